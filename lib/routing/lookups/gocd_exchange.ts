/**
 * One question to GoCD with its redirects, under one limit of time. They are followed on the same
 * origin only: the account goes with them.
 *
 * A page that a redirect leads to is seldom an answer: it is the login, or what a proxy says instead
 * of GoCD. So what is found there counts as an answer only if it may be one.
 *
 * @module
 */

import { type Fetch, get, type HttpAnswer, type HttpRequest } from "./http.ts";
import { MAX_REDIRECTS, redirectOf } from "./redirects.ts";
import { shownUrl } from "./words.ts";

/** A question to GoCD. */
export interface GocdRequest extends HttpRequest {
  /** The end of its URL, below the base URL that the operator has configured. */
  readonly path: string;
}

/** Most characters of a URL that are told. */
const MAX_TOLD = 200;

const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/** Asks, and follows redirects on the same origin. Never rejects. */
export async function ask(
  request: GocdRequest,
  signal: AbortSignal,
  fetch?: Fetch,
): Promise<HttpAnswer> {
  const began = performance.now();
  let { url } = request;
  for (let hop = 0;; hop++) {
    const limitMs = hop === 0 ? request.limitMs : leftOf(request, began);
    const answer = await get({ ...request, url, limitMs }, signal, fetch);
    if (answer.kind === "no-response") return answer;
    const { status, headers } = answer;
    if (!REDIRECTS.has(status)) return hop === 0 ? answer : arrived(answer, url);
    const location = headers.get("location");
    const redirect = redirectOf(url, location);
    if (redirect.kind === "refused" || !redirect.sameOrigin) {
      return astray(status, whereTo(url, location, request));
    }
    ({ url } = redirect);
    if (hop === MAX_REDIRECTS) {
      return astray(status, `redirected to ${told(url)}, one of too many redirects; check the url`);
    }
  }
}

/** What is left of the time; never nothing, which would not be a limit. */
function leftOf({ limitMs }: HttpRequest, began: number): number {
  return Math.max(1, Math.round(limitMs - (performance.now() - began)));
}

/** What has been found where a redirect led to. */
function arrived(answer: HttpAnswer & { kind: "response" }, url: string): HttpAnswer {
  const { status, headers } = answer;
  // Of the path that was asked for it says nothing: it may be there all the same.
  if (status === 404) {
    return astray(status, `redirected to ${told(url)}, where there is nothing; check the url`);
  }
  if (status === 200 && /^text\/html\b/i.test(headers.get("content-type") ?? "")) {
    const remedy = "check the url, and user and passwd, or the token";
    return astray(status, `redirected to ${told(url)}, which is a page for people; ${remedy}`);
  }
  return answer;
}

/** Where a redirect leads that is not followed, and what to do. */
function whereTo(
  from: string,
  location: string | null,
  { path, headers }: GocdRequest,
): string {
  const target = location !== null && URL.canParse(location, from) ? new URL(location, from) : null;
  if (target === null || !/^https?:$/.test(target.protocol)) {
    return "redirected to nowhere; check the url";
  }
  const { origin, pathname, username, password } = target;
  const where = `redirected to ${told(target.href)}, which is not followed`;
  if (username + password !== "") return `${where}, for it names an account; check the url`;
  const base = pathname.endsWith(path) ? origin + pathname.slice(0, -path.length) : undefined;
  const remedy = base === undefined ? "check the url" : `if that is right, set url to ${base}`;
  const why = headers.authorization === undefined ? "it is not on" : "the account stays with";
  return `${where}, for ${why} ${new URL(from).origin}; ${remedy}`;
}

/** A URL without what may be secret in it. */
function told(url: string): string {
  return shownUrl(url).slice(0, MAX_TOLD);
}

function astray(status: number, why: string): HttpAnswer {
  return { kind: "no-response", detail: `HTTP ${status}: ${why}` };
}
