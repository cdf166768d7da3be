/**
 * Whom a configuration has the relay connect to.
 *
 * @module
 */

import type { Configuration } from "./types.ts";

/** Somebody who is connected to. */
export interface Call {
  /** What of the configuration wants it: `remote-smtp`, `lookup owner`. */
  readonly who: string;
  /** Where, as permissions of Deno name it: `host:port`, or a host with all its ports. */
  readonly host: string;
}

/** Everybody whom a configuration names, and what TLS needs. */
export function callsOf({ listeners, smarthosts, managers, lookups }: Configuration): Call[] {
  const tokens = smarthosts.flatMap(({ auth }) => auth?.kind === "oauth" ? [auth.token.url] : []);
  return [
    ...smarthosts.map(({ hostname, port }) => ({
      who: "remote-smtp",
      host: `${bracketed(hostname)}:${port}`,
    })),
    // The runtime has TLS for servers on sockets of its own only: peers are led there by way of
    // ports that are not known before.
    ...listeners.some(({ tls }) => tls) ? [{ who: "tls of local-smtp", host: "127.0.0.1" }] : [],
    ...managers.flatMap(({ name, gocd }) =>
      gocd ? [{ who: `manager ${name}`, host: hostAndPort(gocd.url) }] : []
    ),
    ...tokens.map((url) => ({ who: "token-url of remote-smtp", host: hostAndPort(url) })),
    // Its host stands in the file as it is, whatever the path is made from.
    ...lookups.map(({ name, url }) => ({
      who: `lookup ${name}`,
      host: hostAndPort(/^[^:]+:\/\/[^/?]+/.exec(url.text)?.[0] ?? url.text),
    })),
  ];
}

/** A name or an address before a port: IPv6 addresses need brackets. */
export function bracketed(hostname: string): string {
  return hostname.includes(":") && !hostname.startsWith("[") ? `[${hostname}]` : hostname;
}

function hostAndPort(url: string): string {
  const { hostname, port, protocol } = new URL(url);
  return `${hostname}:${port || (protocol === "https:" ? 443 : 80)}`;
}
