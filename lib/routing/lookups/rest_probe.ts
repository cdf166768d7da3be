/**
 * Asks the server of a lookup once, without a mail: whether it is there, and what it says where its
 * URL is the same for every mail.
 *
 * @module
 */

import type { LookupConfig } from "../../config/types.ts";
import { NO_MAIL } from "../../language/no_mail.ts";
import type { Scope } from "../../language/scope.ts";
import { guardedFetch, systemDialer, tryConnection } from "./guarded_fetch.ts";
import { type Fetch, get } from "./http.ts";
import { addressCheck } from "./network.ts";
import { exchange } from "./rest_exchange.ts";
import { maskOf } from "./rest_mask.ts";
import { requestFor } from "./rest_request.ts";

/** What a probe came to; nothing in it is secret. */
export interface Probed {
  /** `connects`: its server is there, and nothing was asked. */
  readonly kind: "answers" | "connects" | "fails";
  /** Where, as it may be shown. */
  readonly url: string;
  /** What it answered, why nothing was asked, or what is wrong. */
  readonly detail: string;
}

/** No template that is asked looks at the mail. */
const EMPTY: Scope = {
  mail: NO_MAIL,
  fields: {},
  event: "",
  lookups: new Map(),
  nowMs: 0,
};

/**
 * Probes a lookup, with the guards and the limit of any mail's request. Never rejects.
 *
 * @param caCerts Authorities (PEM) to trust besides those of the runtime.
 */
export async function probeLookup(
  config: LookupConfig,
  caCerts: readonly string[] = [],
): Promise<Probed> {
  const mask = maskOf(config);
  const unasked = reasonNotToAsk(config);
  const { kind, detail } = unasked === undefined
    ? await ask(config, caCerts)
    : await connect(config, caCerts, unasked);
  return { kind, url: mask.url(config.url.text), detail: mask.hide(detail) };
}

/** Only a mail can say what is to be put into placeholders. */
function reasonNotToAsk({ url, headers }: LookupConfig): string | undefined {
  const varies = ({ text }: { readonly text: string }) => text.includes("{{");
  if (varies(url)) return "its URL has placeholders: not asked";
  const header = headers.find(({ value }) => varies(value));
  return header && `its header field ${header.name} has placeholders: not asked`;
}

async function ask(
  config: LookupConfig,
  caCerts: readonly string[],
): Promise<Omit<Probed, "url">> {
  const requested = requestFor(config, EMPTY);
  if (requested.kind === "unfit") return { kind: "fails", detail: requested.why };
  const fetch = guardedFetch(addressCheck(config.allow), systemDialer(caCerts));
  const parts = { config, fetch, now: Date.now, last: undefined };
  const asked = await exchange(
    requested.request,
    parts,
    AbortSignal.timeout(config.timeoutMs),
  );
  if (asked.kind === "failed") return { kind: "fails", detail: asked.detail };
  const { detail } = asked.answer;
  // Other mails may find something elsewhere; here all of them ask for the same.
  const gone = /^HTTP (?:404|410)\b/.test(detail);
  return gone
    ? { kind: "fails", detail: `${detail}, and every mail asks this; check the url` }
    : { kind: "answers", detail };
}

async function connect(
  { url, allow, timeoutMs }: LookupConfig,
  caCerts: readonly string[],
  unasked: string,
): Promise<Omit<Probed, "url">> {
  const trial: Fetch = async (url, { signal }) => {
    await tryConnection(url, {
      check: addressCheck(allow),
      dialer: systemDialer(caCerts),
      signal: signal ?? AbortSignal.timeout(timeoutMs),
    });
    return new Response();
  };
  const [origin = ""] = /^https?:\/\/[^/?#{]+/i.exec(url.text) ?? [];
  const request = { url: origin, headers: {}, limitMs: timeoutMs };
  const tried = await get(request, AbortSignal.timeout(timeoutMs + 1_000), trial);
  return tried.kind === "response"
    ? { kind: "connects", detail: unasked }
    : { kind: "fails", detail: tried.detail };
}
