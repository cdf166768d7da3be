/**
 * One GET with every bound it needs: time, size, no redirects. The answer is a value whatever
 * the server does.
 *
 * @module
 */

/** Largest answer that is read, in octets: 32 MiB, some 100,000 pipelines. */
const MAX_BODY_OCTETS = 32 * 1024 * 1024;

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
}

/** What became of one request. */
export type HttpAnswer =
  | {
    readonly kind: "response";
    readonly status: number;
    readonly headers: Headers;
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
    const text = await readBody(response);
    if (text === null) {
      return { kind: "no-response", detail: `answer over ${MAX_BODY_OCTETS} octets` };
    }
    return { kind: "response", status: response.status, headers: response.headers, text };
  } catch (error) {
    if (limit.signal.aborted) {
      return { kind: "no-response", detail: `no answer within ${request.limitMs} ms` };
    }
    if (signal.aborted) return { kind: "no-response", detail: "no answer in time" };
    return { kind: "no-response", detail: describeFault(error) };
  } finally {
    clearTimeout(timer);
  }
}

/** Reads a body within the bound; `null` when it is larger. */
async function readBody(response: Response): Promise<string | null> {
  if (response.body === null) return "";
  const decoder = new TextDecoder();
  let text = "";
  let octets = 0;
  for await (const piece of response.body) {
    octets += piece.length;
    if (octets > MAX_BODY_OCTETS) return null; // Leaving the loop cancels the body.
    text += decoder.decode(piece, { stream: true });
  }
  return text + decoder.decode();
}

/** `tcp connect error: Connection refused (os error 111)`: the innermost reason, without the URL. */
function describeFault(error: unknown): string {
  let innermost = error;
  for (let depth = 0; depth < 5 && innermost instanceof Error && innermost.cause; depth++) {
    innermost = innermost.cause;
  }
  const text = innermost instanceof Error ? innermost.message : String(innermost);
  return text.replace(/^error sending request.*?(?:\): |$)/, "").replace(
    /^client error \(\w+\): /,
    "",
  ) ||
    "the connection broke";
}
