/**
 * The listener that a device needs, as the configuration has it.
 *
 * @module
 */

import { QUIRKS } from "../../smtp/quirks.ts";
import type { SessionRecord } from "./record.ts";

/** How TLS was offered while the device was looked at. */
export type TlsOffer = "starttls" | "implicit" | "none";

/** What a listener is written for. */
export interface SnippetOptions {
  /** Where the device was told to send: `0.0.0.0:2525`. */
  readonly listen: string;
  /** How TLS was offered. */
  readonly tls: TlsOffer;
}

/** Whether the device needs leniency. */
export function needsLenient({ quirks }: SessionRecord): boolean {
  return [...quirks.keys()].some((quirk) => QUIRKS[quirk].accepts === "lenient");
}

/** Writes the listener; YAML that is ready to be copied. */
export function snippet(record: SessionRecord, options: SnippetOptions): string {
  const { peer, login } = record;
  const tls = tlsOf(record, options.tls);
  const clear = record.quirks.has("auth-before-tls");
  const auth = clear
    ? "{ without-tls: true, users: { device: $DEVICE_PASSWORD } }"
    : login && "{ users: { device: $DEVICE_PASSWORD } }";
  // An address that is only of use on one link has the name of that link behind it.
  const address = peer.replace(/%.*$/, "");
  return [
    "local-smtp:",
    `  - listen: ${quoted(options.listen)}`,
    ...callers(record.quirks.has("proxy-header"), quoted(address)),
    ...needsLenient(record) ? ["    profile: lenient"] : [],
    ...tls ? [`    tls: ${tls}`] : [],
    ...auth ? [`    auth: ${auth} # its user and password`] : [],
  ].map((line) => `${line}\n`).join("");
}

/** Behind a load balancer, `allow` is about those whom it speaks for. */
function callers(balanced: boolean, address: string): readonly string[] {
  if (!balanced) return [`    allow: [${address}]`];
  return [
    `    proxy: [${address}]`,
    "    allow: [10.0.0.0/8] # the addresses of those that it speaks for",
  ];
}

function tlsOf({ secure, quirks, tlsFailure }: SessionRecord, offer: TlsOffer): string | undefined {
  if (quirks.has("old-tls")) return undefined;
  const files = "certificate: relay.pem, key: relay.key";
  if (quirks.has("tls-at-once")) return `{ ${files}, mode: implicit }`;
  const mode = offer === "implicit" ? ", mode: implicit" : "";
  if (secure) return `{ self-signed: true${mode} } # or ${files}`;
  const wanted = tlsFailure !== undefined || quirks.has("tls-not-offered");
  return wanted ? `{ ${files}${mode} }` : undefined;
}

/** YAML reads `[` and `:` at the wrong place as something else. */
function quoted(text: string): string {
  return /^[0-9a-z.]+(?::\d+)?$/i.test(text) ? text : JSON.stringify(text);
}
