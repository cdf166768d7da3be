/**
 * One request to a token endpoint (RFC 6749 §4.4, §6), and what its answer says.
 *
 * Invariants: secrets go to the configured endpoint and to nobody else: over https (loopback
 * excepted), and after no redirect. What comes back is bounded, in time and size. No error holds a
 * secret, nor anything that a terminal would obey.
 *
 * @module
 */

import type { OAuthConfig } from "../config/types.ts";
import { reasonOf, RelayError } from "../errors.ts";
import { printable } from "../mail/printable.ts";
import { Secrets } from "../smtp/client/secrets.ts";

/** Longest time from the request to the end of its answer, in milliseconds. */
export const LIMIT_MS = 10_000;
/** Largest answer, in octets. */
const MAX_ANSWER_OCTETS = 65_536;
/** Longest text of an answer that an error quotes. */
const MAX_QUOTED_CHARACTERS = 200;

/** What the endpoint grants. */
export interface Grant {
  /** The access token: printable ASCII without blanks. */
  readonly accessToken: string;
  /** How long it is good for, in milliseconds, as the endpoint says; absent: it does not say. */
  readonly lifetimeMs?: number;
  /** The refresh token to use from now on, if it is another one. */
  readonly refreshToken?: string;
}

/** How to ask. */
export interface TokenRequest {
  /** Whom, and as who. */
  readonly config: OAuthConfig;
  /** The refresh token that is in force; absent: client credentials. */
  readonly refreshToken?: string;
  /** Where the client names itself: both must not be used at a time (§2.3). */
  readonly clientIn: "body" | "header";
  /** What sends it. */
  readonly fetch: typeof fetch;
  /** Ends it. */
  readonly signal: AbortSignal;
}

/** The endpoint does not know the client, or not in this way (§5.2, `invalid_client`). */
export class UnknownClient extends RelayError {}

/**
 * Asks for an access token, once.
 *
 * @throws {RelayError} `token-failed`; {@link UnknownClient} where another way to name the client may
 * help.
 */
export async function requestToken(request: TokenRequest): Promise<Grant> {
  const url = endpointOf(request.config);
  try {
    const response = await request.fetch(url, {
      method: "POST",
      headers: headersOf(request),
      body: bodyOf(request),
      redirect: "manual",
      signal: request.signal,
    });
    return grantOf(response.status, await readText(response));
  } catch (error) {
    if (request.signal.aborted) throw failed(url, reasonOf(request.signal.reason));
    const text = scrub(innermostReason(error), request);
    const Kind = error instanceof UnknownClient ? UnknownClient : RelayError;
    throw failed(url, printable(text, MAX_QUOTED_CHARACTERS), Kind);
  }
}

/** The endpoint, if secrets may go there. */
function endpointOf({ url }: OAuthConfig): URL {
  const endpoint = URL.parse(url);
  if (endpoint === null) throw new RelayError("token-failed", "token endpoint is no URL");
  const { protocol, hostname, username, password } = endpoint;
  const loopback = /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(hostname);
  if (protocol !== "https:" && !(protocol === "http:" && loopback)) {
    throw failed(endpoint, "is not asked: its URL must begin with https://");
  }
  if (username !== "" || password !== "") {
    throw failed(endpoint, "is not asked: its URL must not hold a user or password");
  }
  return endpoint;
}

function headersOf({ config, clientIn }: TokenRequest): Headers {
  const headers = new Headers({
    "content-type": "application/x-www-form-urlencoded",
    accept: "application/json",
  });
  if (clientIn === "header") {
    const pair = [config.clientId, config.clientSecret ?? ""].map(formEncode).join(":");
    headers.set("authorization", `Basic ${btoa(pair)}`);
  }
  return headers;
}

function bodyOf({ config, clientIn, refreshToken }: TokenRequest): URLSearchParams {
  const body = new URLSearchParams(
    refreshToken === undefined
      ? { grant_type: "client_credentials" }
      : { grant_type: "refresh_token", refresh_token: refreshToken },
  );
  if (config.scope !== undefined) body.set("scope", config.scope);
  if (clientIn === "body") {
    body.set("client_id", config.clientId);
    if (config.clientSecret !== undefined) body.set("client_secret", config.clientSecret);
  }
  return body;
}

/** §2.3.1: both parts of Basic are form-encoded before they are joined. */
function formEncode(text: string): string {
  return new URLSearchParams({ "": text }).toString().slice(1);
}

async function readText({ body }: Response): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  let octets = 0;
  for await (const piece of body ?? []) {
    octets += piece.length;
    if (octets > MAX_ANSWER_OCTETS) {
      throw new Error(`answers with over ${MAX_ANSWER_OCTETS} octets`);
    }
    text += decoder.decode(piece, { stream: true });
  }
  return text + decoder.decode();
}

function grantOf(status: number, text: string): Grant {
  const answer = readAnswer(text);
  if (status !== 200) {
    const { error, error_description: description } = answer;
    const said = [error, description].filter((word) => typeof word === "string").join(": ");
    const reason = `answered with ${status}${said === "" ? "" : ` ${said}`}`;
    throw error === "invalid_client"
      ? new UnknownClient("token-failed", reason)
      : new Error(reason);
  }
  const { access_token: accessToken, token_type: type, expires_in: seconds } = answer;
  // It becomes part of an AUTH command: nothing in it may end the field or the line.
  if (typeof accessToken !== "string" || !/^[!-~]+$/.test(accessToken)) {
    throw new Error("answered without a usable access_token");
  }
  if (typeof type === "string" && type.toLowerCase() !== "bearer") {
    throw new Error(`grants a token of type ${type}; mail servers take bearer tokens`);
  }
  const { refresh_token: refreshToken } = answer;
  const lifetimeMs = Number(seconds) * 1_000;
  return {
    accessToken,
    ...(lifetimeMs > 0 && { lifetimeMs }),
    ...(typeof refreshToken === "string" && refreshToken !== "" && { refreshToken }),
  };
}

/** The fields of an answer; none when it is no JSON object. */
function readAnswer(text: string): Readonly<Record<string, unknown>> {
  try {
    const answer: unknown = JSON.parse(text);
    return typeof answer === "object" && answer !== null ? { ...answer } : {};
  } catch {
    // A proxy's page in HTML: the status says what there is to say.
    return {};
  }
}

/** What `fetch` says of a failure, which is in its cause; without the URL, whose query may be secret. */
function innermostReason(error: unknown): string {
  const innermost = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return reasonOf(innermost)
    .replace(/^error sending request for url \([^)]*\): /, "")
    .replace(/^client error \(\w+\): /, "");
}

/** An endpoint may quote what it was sent, the header with its base64 included. */
function scrub(text: string, { config, refreshToken }: TokenRequest): string {
  const secrets = new Secrets();
  for (const secret of [config.clientSecret, config.refreshToken, refreshToken]) {
    if (secret === undefined) continue;
    secrets.add(secret);
    secrets.add(formEncode(secret));
  }
  return secrets.hide(text);
}

/** Names the endpoint without its query, which may hold what is nobody's business. */
function failed({ origin, pathname }: URL, reason: string, Kind = RelayError): RelayError {
  return new Kind("token-failed", `token endpoint ${origin}${pathname} ${reason}`);
}
