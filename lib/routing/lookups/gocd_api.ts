/**
 * The REST API of one GoCD server: where it is, who we are, and what its refusals mean.
 *
 * Credentials are in the header field and nowhere else: the configuration refuses a URL that holds
 * some, so that none can reach a trace, an error or the log.
 *
 * @module
 */

import type { GocdConfig } from "../../config/types.ts";
import type { Log } from "../../log.ts";
import { ask } from "./gocd_exchange.ts";
import type { Fetch } from "./http.ts";

/** What became of one question to GoCD. */
export type GocdAnswer =
  /** 200. */
  | { readonly kind: "text"; readonly text: string; readonly etag?: string }
  /** 304: the answer that we have still holds. */
  | { readonly kind: "unchanged" }
  /**
   * No data. `elsewhere`: another path of the same server may answer. `never`: GoCD does not have
   * this path, which need not be asked soon again. Where the path names a pipeline or a stage, that
   * may be what is missing; else it is the API, in this version.
   */
  | {
    readonly kind: "refused";
    readonly detail: string;
    readonly elsewhere: boolean;
    readonly never: boolean;
  };

/** One question to GoCD. */
export interface GocdQuestion {
  /** Path below the base URL, with a leading slash. */
  readonly path: string;
  /** Versioned media type, or what the path wants. */
  readonly accept: string;
  /** Entity tag of the answer that we have. */
  readonly etag?: string | undefined;
  /** What the account must be allowed to, should the server refuse. */
  readonly right: string;
}

/** Where a GoCD server is, and who we are there. */
export type GocdAccount = Pick<GocdConfig, "url" | "basic" | "token">;

/** How to ask one GoCD server. */
export interface GocdApi {
  /** Base URL as configured: without credentials, query and trailing slash. */
  readonly url: string;
  /** Asks once, within the time limit. Never rejects. */
  ask(question: GocdQuestion, signal: AbortSignal): Promise<GocdAnswer>;
}

/** What an API needs of the program. */
export interface GocdApiOptions {
  /** How to ask. */
  readonly fetch?: Fetch | undefined;
  /** Longest time of one request, in ms. */
  readonly limitMs: number;
  /** Where deprecations are told, once each. */
  readonly log: Log;
}

/**
 * Largest answer, in octets. A pipeline is some 2,000 of them on the dashboard, and 1,000 in cctray,
 * which is XML and costs more to read.
 */
const MAX_OCTETS = { json: 24 * 1024 * 1024, xml: 16 * 1024 * 1024 };

/** Makes the API of one server. */
export function gocdApi(config: GocdAccount, options: GocdApiOptions): GocdApi {
  const { url } = config;
  const authorization = authorizationOf(config);
  const warned = new Set<string>();
  // `fetch` would quote the whole field in its error, and the secret with it.
  const unusable = authorization !== undefined && !/^[\x20-\x7e]+$/.test(authorization);
  return {
    url,
    async ask(question: GocdQuestion, signal: AbortSignal): Promise<GocdAnswer> {
      if (unusable) return refused("the token has characters that no header field may hold");
      const headers: Record<string, string> = { accept: question.accept };
      if (authorization !== undefined) headers.authorization = authorization;
      if (question.etag !== undefined) headers["if-none-match"] = question.etag;
      const maxOctets = question.accept === "application/xml" ? MAX_OCTETS.xml : MAX_OCTETS.json;
      const { path } = question;
      const request = { url: url + path, path, headers, limitMs: options.limitMs, maxOctets };
      const answer = await ask(request, signal, options.fetch);
      if (answer.kind === "no-response") return refused(answer.detail);
      const deprecation = describeDeprecation(answer.headers);
      if (deprecation !== undefined && !warned.has(question.path)) {
        warned.add(question.path);
        options.log.warning("GoCD calls an API deprecated", { path: question.path, deprecation });
      }
      return judge(answer, question.right);
    },
  };
}

/** The field that says who we are; absent for nobody in particular. */
function authorizationOf({ token, basic }: GocdAccount): string | undefined {
  const trimmed = token?.trim();
  if (trimmed) return `bearer ${trimmed}`;
  if (basic === undefined) return undefined;
  const octets = new TextEncoder().encode(`${basic.user}:${basic.password}`);
  return `Basic ${btoa(String.fromCharCode(...octets))}`;
}

/** Says what a response means for us. */
function judge(
  { status, headers, text }: { status: number; headers: Headers; text: string },
  right: string,
): GocdAnswer {
  const etag = headers.get("etag");
  if (status === 200) return etag === null ? { kind: "text", text } : { kind: "text", text, etag };
  if (status === 304) return { kind: "unchanged" };
  if (status === 202) return refused("HTTP 202: GoCD has not loaded its dashboard yet");
  if (status >= 300 && status < 400) {
    return refused(`HTTP ${status}: that is not GoCD; check the url`);
  }
  if (status === 401) {
    return refused("HTTP 401: GoCD does not know the account; check user and passwd, or the token");
  }
  if (status === 403) {
    return { ...refused(`HTTP 403: the account needs ${right}`), elsewhere: true };
  }
  if (status === 404) {
    const detail = "HTTP 404: this version of GoCD does not have it, or the url is wrong";
    return { ...refused(detail), elsewhere: true, never: true };
  }
  // A gateway speaks for the whole server; a fault of one path may be of that path alone.
  const gateway = status === 429 || status === 502 || status === 503 || status === 504;
  return { ...refused(`HTTP ${status}`), elsewhere: !gateway };
}

function refused(detail: string): GocdAnswer & { kind: "refused" } {
  return { kind: "refused", detail, elsewhere: false, never: false };
}

/** What GoCD says about the end of an API; `undefined` when it says nothing. */
function describeDeprecation(headers: Headers): string | undefined {
  const since = headers.get("x-gocd-api-deprecated-in");
  const removal = headers.get("x-gocd-api-removal-in");
  if (since === null && removal === null) return undefined;
  return `deprecated in ${since ?? "?"}, removed in ${removal ?? "?"}`;
}
