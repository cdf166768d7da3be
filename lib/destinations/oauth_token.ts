/**
 * Access tokens for mail servers that take no passwords: asked for when first needed, kept until
 * shortly before they expire, asked for once however many connections wait.
 *
 * @module
 */

import type { OAuthConfig } from "../config/types.ts";
import { RelayError } from "../errors.ts";
import { log } from "../log.ts";
import { aborted } from "../smtp/client/client_wire.ts";
import { type Grant, LIMIT_MS, requestToken, UnknownClient } from "./token_request.ts";

const records = log("smarthost");

/** How long before its end a token is not used any more, at most, in milliseconds. */
const MAX_MARGIN_MS = 60_000;
/** The same as a part of its life, for those that are short-lived. */
const MARGIN = 0.1;
/** How long a token is used whose endpoint does not say for how long it is good, in milliseconds. */
const UNKNOWN_LIFETIME_MS = 300_000;
/** A token that is younger is not replaced, whoever refuses it: the fault lies elsewhere. */
const MIN_AGE_MS = 60_000;
/** How long a failure is not tried again, in milliseconds. */
const FAILURE_MS = 5_000;

/** Where access tokens come from. */
export interface TokenSource {
  /**
   * Gives an access token.
   *
   * @param options `fresh`: the one given before was refused; another one, unless it is too young
   * to blame.
   * @param signal Ends the wait; the request goes on for the others.
   * @throws {RelayError} `token-failed`, or `aborted`.
   */
  token(options: { readonly fresh: boolean }, signal: AbortSignal): Promise<string>;
  /** Ends a request under way; no other is made. */
  close(): void;
}

/** What tests replace. */
export interface TokenSourceOptions {
  /** Sends requests. */
  readonly fetch?: typeof fetch;
  /** A clock that never runs backwards, in milliseconds. */
  readonly now?: () => number;
  /** Longest time for one request, in milliseconds; default 10 s. */
  readonly limitMs?: number;
}

/** Makes a source; nothing is asked for before the first token is needed. */
export function createTokenSource(
  config: OAuthConfig,
  options: TokenSourceOptions = {},
): TokenSource {
  return new CachedTokens(config, options);
}

/** A token in hand. */
interface Held {
  readonly accessToken: string;
  readonly since: number;
  readonly until: number;
}

class CachedTokens implements TokenSource {
  readonly #config: OAuthConfig;
  readonly #options: Required<TokenSourceOptions>;
  readonly #closing = new AbortController();
  #refreshToken: string | undefined;
  #clientIn: "body" | "header" = "body";
  #warned = false;
  #held: Held | undefined;
  #failure: { readonly error: RelayError; readonly until: number } | undefined;
  #asking: Promise<string> | undefined;

  constructor(config: OAuthConfig, options: TokenSourceOptions) {
    this.#config = config;
    this.#refreshToken = config.refreshToken;
    this.#options = {
      fetch: globalThis.fetch,
      now: () => performance.now(),
      limitMs: LIMIT_MS,
      ...options,
    };
  }

  async token({ fresh }: { readonly fresh: boolean }, signal: AbortSignal): Promise<string> {
    for (const stop of [signal, this.#closing.signal]) if (stop.aborted) throw aborted(stop);
    const now = this.#options.now();
    const held = this.#held;
    if (held && now < held.until && !(fresh && now - held.since >= MIN_AGE_MS)) {
      return held.accessToken;
    }
    if (this.#failure && now < this.#failure.until) throw this.#failure.error;
    this.#asking ??= this.#ask().finally(() => this.#asking = undefined);
    return await unlessAborted(this.#asking, signal);
  }

  close(): void {
    this.#closing.abort(new RelayError("aborted", "shutting down"));
  }

  async #ask(): Promise<string> {
    try {
      const grant = await this.#request();
      this.#keep(grant);
      return grant.accessToken;
    } catch (error) {
      if (error instanceof RelayError) {
        this.#failure = { error, until: this.#options.now() + FAILURE_MS };
      }
      throw error;
    }
  }

  /** Names the client in the body, as the large providers want it; else as RFC 6749 prefers it. */
  async #request(): Promise<Grant> {
    try {
      return await this.#requestOnce();
    } catch (error) {
      const other = this.#clientIn === "body" && this.#config.clientSecret !== undefined;
      if (!(error instanceof UnknownClient && other)) throw error;
      this.#clientIn = "header";
      return await this.#requestOnce().catch((second) => {
        this.#clientIn = "body";
        throw second instanceof UnknownClient ? error : second;
      });
    }
  }

  async #requestOnce(): Promise<Grant> {
    const { fetch, limitMs } = this.#options;
    const late = new AbortController();
    const reason = new Error(`did not answer within ${limitMs} ms`);
    const timer = setTimeout(() => late.abort(reason), limitMs);
    try {
      return await requestToken({
        config: this.#config,
        ...this.#refreshToken !== undefined && { refreshToken: this.#refreshToken },
        clientIn: this.#clientIn,
        fetch,
        signal: AbortSignal.any([late.signal, this.#closing.signal]),
      });
    } finally {
      clearTimeout(timer);
    }
  }

  #keep({ accessToken, lifetimeMs = UNKNOWN_LIFETIME_MS, refreshToken }: Grant): void {
    const since = this.#options.now();
    const until = since + lifetimeMs - Math.min(MAX_MARGIN_MS, lifetimeMs * MARGIN);
    this.#held = { accessToken, since, until };
    if (refreshToken === undefined || this.#refreshToken === undefined) return;
    this.#refreshToken = refreshToken;
    if (this.#warned || refreshToken === this.#config.refreshToken) return;
    this.#warned = true;
    // It stays in memory: a program that rewrites its configuration surprises everybody.
    records.warning(
      "the refresh token has been replaced: the configured one may fail after a start",
      {
        endpoint: new URL(this.#config.url).origin,
      },
    );
  }
}

/** What a promise comes to, or the end of waiting for it. */
async function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise: stopped, reject } = Promise.withResolvers<never>();
  const stop = () => reject(aborted(signal));
  signal.addEventListener("abort", stop);
  try {
    return await Promise.race([promise, stopped]);
  } finally {
    signal.removeEventListener("abort", stop);
  }
}
