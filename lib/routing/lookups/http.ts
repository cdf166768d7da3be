/**
 * One GET with every bound it needs: time, size, no redirects. The answer is a value whatever
 * the server does.
 *
 * @module
 */

import { decode } from "./charset.ts";
import { whyAborted } from "./limits.ts";

/** Largest answer that is read unless the request says otherwise: 32 MiB, some 100,000 pipelines. */
const MAX_BODY_OCTETS = 32 * 1024 * 1024;

/** Most of an error that is told: a certificate may quote names without end. */
const MAX_FAULT_LETTERS = 300;

/** What `fetch` is called with; tests give their own. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/** One request. */
export interface HttpRequest {
  /** Where; without credentials. */
  readonly url: string;
  /** Header fields; may hold credentials, and therefore never reach a log. */
  readonly headers: Readonly<Record<string, string>>;
  /** Longest time for the whole answer, in ms. */
  readonly limitMs: number;
  /** Largest answer, in octets; default 32 MiB. */
  readonly maxOctets?: number;
}

/** What became of one request. */
export type HttpAnswer =
  | {
    readonly kind: "response";
    readonly status: number;
    readonly headers: Headers;
    /** The body; empty unless the status is 2xx. */
    readonly text: string;
  }
  | { readonly kind: "no-response"; readonly detail: string };

/**
 * Asks once. Never rejects.
 *
 * @param request What to ask.
 * @param signal Aborted when the answer is not wanted any more.
 * @param fetch_ How to ask.
 */
export async function get(
  request: HttpRequest,
  signal: AbortSignal,
  fetch_: Fetch = fetch,
): Promise<HttpAnswer> {
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(), request.limitMs);
  try {
    const response = await fetch_(request.url, {
      headers: { ...request.headers },
      redirect: "manual",
      signal: AbortSignal.any([limit.signal, signal]),
    });
    const { maxOctets = MAX_BODY_OCTETS } = request;
    const body = response.ok ? await readBody(response, maxOctets) : await leaveBody(response);
    if (body === null) {
      return { kind: "no-response", detail: `answer over ${maxOctets} octets` };
    }
    const text = decode(body, response.headers.get("content-type") ?? "");
    return { kind: "response", status: response.status, headers: response.headers, text };
  } catch (error) {
    if (limit.signal.aborted) {
      return { kind: "no-response", detail: `no answer within ${request.limitMs} ms` };
    }
    if (signal.aborted) {
      return { kind: "no-response", detail: whyAborted(signal) ?? "no answer in time" };
    }
    return { kind: "no-response", detail: describeFault(error) };
  } finally {
    clearTimeout(timer);
  }
}

/** Reads a body within the bound; `null` when it is larger. */
async function readBody(response: Response, maxOctets: number): Promise<Uint8Array | null> {
  const pieces: Uint8Array[] = [];
  let octets = 0;
  for await (const piece of response.body ?? []) {
    octets += piece.length;
    if (octets > maxOctets) return null; // Leaving the loop cancels the body.
    pieces.push(piece);
  }
  const body = new Uint8Array(octets);
  let filled = 0;
  for (const piece of pieces) {
    body.set(piece, filled);
    filled += piece.length;
  }
  return body;
}

/** What a server says with a refusal is for people who look at pages. */
async function leaveBody(response: Response): Promise<Uint8Array> {
  await response.body?.cancel();
  return new Uint8Array();
}

/** `tcp connect error: Connection refused (os error 111)`: the innermost reason, without the URL. */
function describeFault(error: unknown): string {
  let innermost = error;
  for (let depth = 0; depth < 5 && innermost instanceof Error && innermost.cause; depth++) {
    innermost = innermost.cause;
  }
  const text = innermost instanceof Error ? innermost.message : String(innermost);
  const short = text.replace(/^error sending request.*?(?:\): |$)/, "")
    .replace(/^client error \(\w+\): /, "");
  return short.slice(0, MAX_FAULT_LETTERS) || "the connection broke";
}
