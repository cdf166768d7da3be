/**
 * What the answer of a REST API means for a lookup.
 *
 * @module
 */

import type { LookupConfig } from "../../config/types.ts";
import type { Answered } from "../../language/scope.ts";
import { readAnswered } from "./answer.ts";
import type { Answer } from "./cached_lookup.ts";
import type { HttpAnswer } from "./http.ts";

/** How long "there is none" is believed at most, in ms. */
const MAX_NOTHING_MS = 60_000;

/** What one key of a lookup stands for. */
export interface RestValue {
  /** What the server said; absent: it knows of nothing here. */
  readonly answered?: { readonly value: Answered };
  /** Where the final answer came from, in full; validators are for there only. */
  readonly url: string;
  /** `Last-Modified`, to ask whether it still holds (RFC 9110 §13.1.3). */
  readonly lastModified?: string;
}

/**
 * Whose fault a failure is: the server's or the way to it, that of this one request, or the server's
 * with this key and perhaps no other.
 */
export type Fault = "server" | "request" | "key";

/** What came of asking once. */
export type RestAsked =
  | { readonly kind: "answer"; readonly answer: Answer<RestValue> }
  | {
    readonly kind: "failed";
    readonly detail: string;
    /** Whose fault. */
    readonly fault: Fault;
    /** How long the server wants to be left alone, in ms. */
    readonly retryAfterMs?: number;
  };

/** A response, and what it answers. */
export interface RestResponse {
  /** The response. */
  readonly response: HttpAnswer & { readonly kind: "response" };
  /** Where it came from, in full. */
  readonly url: string;
  /** The same without what may be secret. */
  readonly shownUrl: string;
  /** The answer that we have. */
  readonly last: Answer<RestValue> | undefined;
  /** Whether credentials were left out after a redirect. */
  readonly anonymous: boolean;
}

/** Judges a response that is no redirect. */
export function judge(config: LookupConfig, said: RestResponse, now: number): RestAsked {
  const { response: { status, headers }, last, shownUrl, url } = said;
  if (status === 304) {
    if (last === undefined || last.value.url !== url) {
      return failed("HTTP 304 although nothing was known", "server");
    }
    return { kind: "answer", answer: last };
  }
  if (status === 200 || status === 203) return read(config, said);
  if (status === 204 || status === 404 || status === 410) {
    const cacheMs = Math.min(config.cacheMs, MAX_NOTHING_MS);
    const detail = `HTTP ${status}: it knows of none`;
    return { kind: "answer", answer: { value: { url }, url: shownUrl, detail, cacheMs } };
  }
  const retryAfterMs = status === 429 || status === 503 ? retryAfter(headers, now) : undefined;
  return {
    ...failed(explain(status, said.anonymous), faultOf(status)),
    ...retryAfterMs === undefined ? {} : { retryAfterMs },
  };
}

function read(
  config: LookupConfig,
  { response: { status, headers, text }, url, shownUrl }: RestResponse,
): RestAsked {
  const found = readAnswered(text, config.format, headers.get("content-type") ?? "");
  if (found.kind === "problem") return failed(`HTTP ${status}, but ${found.why}`, "request");
  const { value, detail, octets } = found;
  const etag = validator(headers.get("etag"));
  const lastModified = validator(headers.get("last-modified"));
  const known: RestValue = { answered: { value }, url, ...lastModified && { lastModified } };
  const answer = { value: known, url: shownUrl, detail: `HTTP ${status}, ${detail}`, octets };
  return { kind: "answer", answer: { ...answer, ...etag && { etag } } };
}

/** A validator that is kept with every answer must not be long. */
function validator(field: string | null): string | undefined {
  return field !== null && field.length <= 500 && /^[\x20-\x7e]+$/.test(field) ? field : undefined;
}

/** What the operator can do about it. */
function explain(status: number, anonymous: boolean): string {
  const said = `HTTP ${status}`;
  if ((status === 401 || status === 403) && anonymous) {
    return `${said}: credentials are not sent after a redirect to https; write https in the url`;
  }
  if (status === 401) return `${said}: check the credentials in headers`;
  if (status === 403) return `${said}: these credentials may not read it, or it wants some`;
  if (status === 407) return `${said}: a proxy wants credentials`;
  if (status === 429) return `${said}: asked too often; a longer cache helps`;
  if (status >= 500) return `${said}: the server is at fault`;
  if (status >= 400) return `${said}: it does not take this request; check url and headers`;
  return `${said}: not an answer that can be used`;
}

/** A refusal of one request says nothing of the next one: no mail may stop the others' lookups. */
function faultOf(status: number): Fault {
  if (status === 500) return "key";
  return status >= 500 || status === 401 || status === 429 ? "server" : "request";
}

/** `Retry-After` in ms (RFC 9110 §10.2.3): seconds or a date. */
function retryAfter(headers: Headers, now: number): number | undefined {
  const field = headers.get("retry-after")?.trim() ?? "";
  if (/^\d{1,9}$/.test(field)) return Number(field) * 1_000;
  const at = /^[A-Z][a-z]{2}, /.test(field) ? Date.parse(field) : NaN;
  return at > now ? at - now : undefined;
}

function failed(detail: string, fault: Fault): RestAsked & { kind: "failed" } {
  return { kind: "failed", detail, fault };
}
