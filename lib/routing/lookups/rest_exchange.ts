/**
 * One question of a lookup, with its redirects, under one limit of time.
 *
 * @module
 */

import type { LookupConfig } from "../../config/types.ts";
import type { Answer } from "./cached_lookup.ts";
import { type Fetch, get } from "./http.ts";
import { whyAborted } from "./limits.ts";
import { MAX_REDIRECTS, redirectOf } from "./redirects.ts";
import { judge, type RestAsked, type RestValue } from "./rest_answer.ts";
import type { RestRequest } from "./rest_request.ts";
import { shownUrl } from "./words.ts";

/** What an exchange needs. */
export interface Exchange {
  /** The lookup. */
  readonly config: LookupConfig;
  /** How to ask; checks every address. */
  readonly fetch: Fetch;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** The answer that we have. */
  readonly last: Answer<RestValue> | undefined;
}

/** Asks. Never rejects; ends when its time is up or the signal is aborted. */
export async function exchange(
  request: RestRequest,
  { config, fetch, now, last }: Exchange,
  signal: AbortSignal,
): Promise<RestAsked> {
  let { url } = request;
  let anonymous = false;
  for (let hop = 0;; hop++) {
    const headers = { ...anonymous ? anonymousOf(request) : request.headers };
    const { timeoutMs, maxOctets } = config;
    const hopRequest = { url, headers: { ...validators(last, url), ...headers } };
    // The limit is the flight's; this one is for what would not heed it.
    const limits = { limitMs: timeoutMs + 1_000, maxOctets };
    const response = await get({ ...hopRequest, ...limits }, signal, fetch);
    if (response.kind === "no-response") {
      const late = signal.aborted && whyAborted(signal) === undefined;
      const detail = late ? `no answer within ${timeoutMs} ms` : response.detail;
      return { kind: "failed", detail, fault: "server" };
    }
    if (![301, 302, 303, 307, 308].includes(response.status)) {
      return judge(config, { response, url, shownUrl: shownUrl(url), last, anonymous }, now());
    }
    const redirect = redirectOf(url, response.headers.get("location"));
    if (redirect.kind === "refused" || hop === MAX_REDIRECTS) {
      const why = redirect.kind === "refused"
        ? redirect.why
        : `more than ${MAX_REDIRECTS} redirects`;
      return { kind: "failed", detail: `HTTP ${response.status}: ${why}`, fault: "request" };
    }
    url = redirect.url;
    anonymous ||= !redirect.sameOrigin;
  }
}

/** Of the header fields only what is ours: any of the others may hold a secret. */
function anonymousOf({ headers }: RestRequest): Readonly<Record<string, string>> {
  const { accept = "*/*", "user-agent": agent = "mail2alert" } = headers;
  return { accept, "user-agent": agent };
}

/** What makes the server answer 304 when nothing has changed (RFC 9110 §13.1). */
function validators(
  last: Answer<RestValue> | undefined,
  url: string,
): Readonly<Record<string, string>> {
  if (last === undefined || last.value.url !== url) return {};
  const { lastModified } = last.value;
  return {
    ...last.etag && { "if-none-match": last.etag },
    ...lastModified && { "if-modified-since": lastModified },
  };
}
