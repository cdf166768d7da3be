/** A token endpoint (RFC 6749 §3.2) on a loopback port, and what it was asked. @module */

import assert from "node:assert/strict";
import type { OAuthConfig } from "../../lib/config/types.ts";
import { RelayError } from "../../lib/errors.ts";

/** One request, as it came. */
export interface TokenRequest {
  readonly method: string;
  readonly form: Readonly<Record<string, string>>;
  readonly authorization: string | null;
  readonly contentType: string | null;
}

/** A running endpoint. */
export interface TokenEndpoint extends AsyncDisposable {
  /** Where it is. */
  readonly url: string;
  /** What it was asked, in order. */
  readonly requests: readonly TokenRequest[];
  /** A configuration that asks it with client credentials. */
  readonly config: OAuthConfig;
}

/** What it answers to its n-th request, counted from 1. */
export type Answer = (count: number, request: TokenRequest) => Response | Promise<Response>;

/** Starts an endpoint; without an answer it grants `token-1`, `token-2` and so on for an hour. */
export function startTokenEndpoint(answer: Answer = granting()): TokenEndpoint {
  const requests: TokenRequest[] = [];
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async (request) => {
    const form = new URLSearchParams(await request.text());
    const seen = {
      method: request.method,
      form: Object.fromEntries(form),
      authorization: request.headers.get("authorization"),
      contentType: request.headers.get("content-type"),
    };
    requests.push(seen);
    return await answer(requests.length, seen);
  });
  const url = `http://127.0.0.1:${server.addr.port}/token`;
  return {
    url,
    requests,
    config: { url, clientId: "relay", clientSecret: "s3cret+/=" },
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

/** Grants tokens, with whatever else the answer is to hold. */
export function granting(rest: Readonly<Record<string, unknown>> = { expires_in: 3600 }): Answer {
  return (count) =>
    Response.json({ access_token: `token-${count}`, token_type: "Bearer", ...rest });
}

/** Checks that an error is the one that a token source throws, and what it says. */
export function failsWith(pattern: RegExp): (error: unknown) => true {
  return (error) => {
    assert.ok(error instanceof RelayError, String(error));
    assert.equal(error.code, "token-failed");
    assert.match(error.message, pattern);
    return true;
  };
}
