/**
 * One lookup of the configuration: a REST API, its cache, and what is known of its health.
 *
 * @module
 */

import type { LookupConfig } from "../../config/types.ts";
import type { LookupKnown, Scope } from "../../language/scope.ts";
import type { Log } from "../../log.ts";
import {
  type Answer,
  type Asked,
  CachedLookup,
  type Found,
  type ReadLimits,
} from "./cached_lookup.ts";
import type { Fetch } from "./http.ts";
import { whyAborted } from "./limits.ts";
import type { LookedUp } from "./lookups.ts";
import { LookupHealth } from "./lookup_health.ts";
import type { RestAsked, RestValue } from "./rest_answer.ts";
import { exchange } from "./rest_exchange.ts";
import { type Mask, maskOf } from "./rest_mask.ts";
import { requestFor, type RestRequest } from "./rest_request.ts";
import { Slots } from "./slots.ts";

/** Requests of one lookup at a time. */
const MAX_REQUESTS = 16;

/** Keys that one lookup remembers. */
const MAX_KEYS = 1_000;

/** What the answers of one lookup may hold together, in octets; about. */
const MAX_CACHE_OCTETS = 16 * 1024 * 1024;

/** How long after a failure the same key is left alone, in ms. */
const RETRY_MS = 5_000;

/** What a lookup needs of the program. */
export interface RestLookupOptions {
  /** How to ask; checks every address. */
  readonly fetch: Fetch;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Where failures are told. */
  readonly log: Log;
}

/** A lookup with its cache. */
export class RestLookup {
  readonly #config: LookupConfig;
  readonly #options: RestLookupOptions;
  readonly #cache: CachedLookup<RestValue>;
  readonly #health: LookupHealth;
  readonly #slots = new Slots(MAX_REQUESTS);
  readonly #mask: Mask;
  readonly #url: string;
  #closed = false;

  /** Makes it; nothing is asked before {@link ask}. */
  constructor(config: LookupConfig, options: RestLookupOptions) {
    this.#config = config;
    this.#options = options;
    this.#mask = maskOf(config);
    this.#url = this.#mask.url(config.url.text);
    this.#health = new LookupHealth(config.name, options);
    this.#cache = new CachedLookup({
      name: config.name,
      url: this.#url,
      ask: (key, last, signal) => this.#ask(JSON.parse(key), last, signal),
      admit: () => this.#health.admit(),
      cacheMs: config.cacheMs,
      staleWhileRevalidateMs: config.staleWhileRevalidateMs,
      staleIfErrorMs: config.staleIfErrorMs,
      waitMs: config.timeoutMs,
      retryMs: RETRY_MS,
      // The exchange ends in time by itself; this is for a bug in it.
      limitMs: config.timeoutMs + 2_000,
      maxKeys: MAX_KEYS,
      maxOctets: MAX_CACHE_OCTETS,
      now: options.now,
    });
  }

  /** Finds the answer for one mail. Never rejects. */
  async ask(scope: Scope, limits: ReadLimits): Promise<LookedUp> {
    const { name } = this.#config;
    const requested = requestFor(this.#config, scope);
    if (requested.kind === "unfit") {
      const trace = {
        name,
        url: this.#url,
        source: "none",
        tookMs: 0,
        detail: this.#mask.hide(requested.why),
      } as const;
      return this.#withMissing(trace);
    }
    const { request } = requested;
    const waitMs = Math.min(limits.waitMs ?? Infinity, this.#config.timeoutMs);
    const found = await this.#cache.read(JSON.stringify(request), { ...limits, waitMs });
    const detail = this.#mask.hide(found.trace.detail);
    const trace = { ...found.trace, url: this.#mask.url(request.url), detail };
    const answered = found.value?.answered;
    if (answered === undefined) return this.#withMissing(trace);
    return { known: { kind: "answer", value: answered.value }, trace };
  }

  /** Ends running requests, leaves no timer. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#cache.close();
  }

  /** What stands in for an answer. */
  #withMissing(trace: Found<RestValue>["trace"]): LookedUp {
    const { onMissing } = this.#config;
    if (onMissing.kind !== "value") {
      const known: LookupKnown = { kind: "missing", why: trace.detail };
      return { known, trace };
    }
    const detail = `${trace.detail}; the value of on-missing stands in`;
    const known: LookupKnown = { kind: "answer", value: onMissing.value, standsIn: true };
    return { known, trace: { ...trace, detail } };
  }

  async #ask(
    request: RestRequest,
    last: Answer<RestValue> | undefined,
    closed: AbortSignal,
  ): Promise<Asked<RestValue>> {
    const { timeoutMs } = this.#config;
    const limit = new AbortController();
    const timer = setTimeout(() => limit.abort(), timeoutMs);
    const signal = AbortSignal.any([limit.signal, closed]);
    try {
      const asked = await this.#inTurn(request, last, signal);
      if (asked.kind === "answer") return asked;
      return { kind: "failed", url: this.#mask.url(request.url), detail: asked.detail };
    } catch (error) {
      this.#health.forgo(); // Else a bug in a probe would be the last thing that was asked.
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  /** Asks when it is this request's turn, unless the server has failed too often meanwhile. */
  async #inTurn(
    request: RestRequest,
    last: Answer<RestValue> | undefined,
    signal: AbortSignal,
  ): Promise<RestAsked> {
    const giveBack = await this.#slots.take(signal);
    const { timeoutMs } = this.#config;
    if (giveBack === null) {
      return this.#unasked(whyAborted(signal) ?? `no turn within ${timeoutMs} ms`);
    }
    try {
      const { resting } = this.#health;
      if (resting !== undefined) return this.#unasked(resting);
      const { fetch, now } = this.#options;
      const said = await exchange(request, { config: this.#config, fetch, now, last }, signal);
      const asked = this.#mask.asked(said);
      if (!this.#closed) this.#health.note(this.#mask.url(request.url), asked, request.url);
      return asked;
    } finally {
      giveBack();
    }
  }

  #unasked(detail: string): RestAsked {
    this.#health.forgo();
    return { kind: "failed", detail, fault: "request" };
  }
}
