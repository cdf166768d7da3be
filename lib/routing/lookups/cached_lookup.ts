/**
 * One remote resource, asked seldom: the part that every lookup shares. It knows nothing of
 * HTTP; what to ask and how to read the answer is given to it as a function.
 *
 * INVARIANTS
 *
 * 1. At most one request per key is under way; whoever comes meanwhile waits for that one.
 * 2. A mail waits at most `waitMs` from the start of the request, not from its own arrival: while a
 *    server hangs, only the first mail pays. The request goes on, up to its limit, for those to come.
 * 3. After a failure nobody asks again for `retryMs`; the last good answer serves at once.
 * 4. A good answer is never lost to a failure; how long it may serve then, `staleIfErrorMs` says.
 * 5. What is remembered keeps within `maxKeys` and `maxOctets`, whatever is asked for; a key that
 *    somebody waits for is not forgotten.
 *
 * @module
 */

import { stackOf } from "../../errors.ts";
import type { LookupTrace } from "../trace.ts";
import { CacheEntries } from "./cache_entries.ts";
import { PROGRAM_ENDS, settledWithin, whyLeft } from "./limits.ts";
import { span } from "./words.ts";

/** An answer, and what to say about it. */
export interface Answer<T> {
  /** What the server said, read and checked. */
  readonly value: T;
  /** Where it came from, without credentials and query. */
  readonly url: string;
  /** What it says, for people: `12 groups, 340 pipelines`. */
  readonly detail: string;
  /** Its entity tag, to ask whether it still holds (RFC 9110 §13.1.2). */
  readonly etag?: string;
  /** How long it is used without asking again, in ms, where that differs from the option. */
  readonly cacheMs?: number;
  /** What it holds, in octets; about. Default 0: only the keys are bounded. */
  readonly octets?: number;
}

/** What came of asking. */
export type Asked<T> =
  | { readonly kind: "answer"; readonly answer: Answer<T> }
  | { readonly kind: "failed"; readonly url: string; readonly detail: string };

/** How one kind of lookup works. */
export interface LookupOptions<T> {
  /** What is asked for, as the trace names it. */
  readonly name: string;
  /** Where, as long as no request has said it better. */
  readonly url: string;
  /**
   * Asks the server. Never rejects for a fault of the server; a rejection is a bug, and counts
   * as a failure. Ends promptly when the signal is aborted.
   */
  ask(key: string, last: Answer<T> | undefined, signal: AbortSignal): Promise<Asked<T>>;
  /** How long an answer is used without asking again, in ms. */
  readonly cacheMs: number;
  /** How long a mail waits for an answer, in ms. */
  readonly waitMs: number;
  /** How long after a failure nobody asks again, in ms. */
  readonly retryMs: number;
  /** How long one request, with all its steps, may take, in ms. */
  readonly limitMs: number;
  /** How much longer an answer is used at once while it is asked for again, in ms; default 0. */
  readonly staleWhileRevalidateMs?: number;
  /** How much longer an answer is used while asking fails, in ms; default for ever. */
  readonly staleIfErrorMs?: number;
  /** Keys remembered at most; default 1,000. */
  readonly maxKeys?: number;
  /** What all answers may hold together, in octets; default without bound. */
  readonly maxOctets?: number;
  /**
   * Asked for leave before each request: `undefined`, and `ask` follows at once, or why not. Unlike
   * after a failure, the next reader asks for leave again.
   */
  readonly admit?: () => string | undefined;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Told when a key begins to fail, and when it answers again; once per change. */
  readonly onChange?: (state: "answers" | "fails", detail: string) => void;
}

/** How long one reader waits. */
export interface ReadLimits {
  /** How long at most, in ms, where it differs from the option. */
  readonly waitMs?: number;
  /** Aborted when nobody waits any more. */
  readonly signal?: AbortSignal | undefined;
}

/** The value, if there is one, and how it was come by. */
export interface Found<T> {
  /** Absent when there is no answer and never was one. */
  readonly value?: T;
  /** For the trace of the mail. */
  readonly trace: LookupTrace;
}

/** How an answer was come by. */
interface Come {
  readonly source: "fresh" | "cached" | "stale";
  readonly started: number;
  /** Why it is no newer, where the entry does not know. */
  readonly why?: string | undefined;
}

interface Flight {
  readonly startedAt: number;
  readonly done: Promise<boolean>;
}

class Entry<T> {
  answer?: Answer<T>;
  answeredAt = 0;
  notBefore = -Infinity;
  problem?: { readonly url: string; readonly detail: string };
  flight?: Flight;

  get octets(): number {
    return this.answer?.octets ?? 0;
  }

  get busy(): boolean {
    return this.flight !== undefined;
  }
}

/** A remote resource with its cache, by key. */
export class CachedLookup<T> {
  readonly #options: LookupOptions<T>;
  readonly #entries: CacheEntries<Entry<T>>;
  readonly #closed = new AbortController();

  /** Makes it; nothing is asked before {@link read}. */
  constructor(options: LookupOptions<T>) {
    const { maxKeys = 1_000, maxOctets = Infinity } = options;
    this.#options = options;
    this.#entries = new CacheEntries({ maxKeys, maxOctets });
  }

  /**
   * Finds the value of a key. Never rejects.
   *
   * @param key What is asked for, in the words of `ask`.
   * @param limits How long to wait at most.
   */
  async read(key: string, limits: ReadLimits = {}): Promise<Found<T>> {
    const { waitMs = this.#options.waitMs, signal } = limits;
    const started = this.#options.now();
    const entry = this.#entries.use(key, () => new Entry());
    this.#entries.trim();
    if (this.#serves(entry, started, 0)) return this.#found(entry, { source: "cached", started });
    const refusal = entry.flight === undefined ? this.#mayAsk(entry, started) : undefined;
    if (entry.flight === undefined && refusal === undefined) this.#ask(key, entry);
    const why = refusal || undefined;
    if (this.#serves(entry, started, this.#options.staleWhileRevalidateMs ?? 0)) {
      return this.#found(entry, { source: "stale", started, why: why ?? "asked for again" });
    }
    if (entry.flight === undefined) return this.#found(entry, { source: "stale", started, why });
    const patienceMs = Math.max(waitMs, this.#options.waitMs);
    const leftMs = Math.min(waitMs, entry.flight.startedAt + patienceMs - started);
    const fresh = leftMs > 0 && await settledWithin(entry.flight.done, leftMs, signal);
    const left = fresh === undefined && signal?.aborted ? whyLeft(signal) : undefined;
    return this.#found(entry, { source: fresh === true ? "fresh" : "stale", started, why: left });
  }

  /** Ends every request and waits for that; the lookup answers from its cache only. */
  async close(): Promise<void> {
    this.#closed.abort(PROGRAM_ENDS);
    await Promise.all(this.#entries.values().map((entry) => entry.flight?.done));
  }

  /** Whether an entry has an answer that is at most so much too old. */
  #serves({ answer, answeredAt }: Entry<T>, now: number, moreMs: number): boolean {
    const ageMs = now - answeredAt;
    // A clock that was set back must not keep an answer for ever: hence `ageMs >= 0`.
    return answer !== undefined && ageMs >= 0 &&
      ageMs < (answer.cacheMs ?? this.#options.cacheMs) + moreMs;
  }

  /** `undefined` when a request may be sent, else why not; empty: the entry's problem says it. */
  #mayAsk(entry: Entry<T>, now: number): string | undefined {
    if (this.#closed.signal.aborted) return "not asked: the program ends";
    const early = now < entry.notBefore && entry.notBefore - now <= this.#options.retryMs;
    return early ? "" : this.#options.admit?.();
  }

  #ask(key: string, entry: Entry<T>): void {
    const limit = new AbortController();
    const timer = setTimeout(() => limit.abort(), this.#options.limitMs);
    const signal = AbortSignal.any([limit.signal, this.#closed.signal]);
    const done = this.#askSafely(key, entry.answer, signal)
      .then((asked) => this.#settle(entry, asked))
      .finally(() => {
        clearTimeout(timer);
        delete entry.flight;
        this.#entries.trim();
      });
    entry.flight = { startedAt: this.#options.now(), done };
  }

  async #askSafely(
    key: string,
    last: Answer<T> | undefined,
    signal: AbortSignal,
  ): Promise<Asked<T>> {
    try {
      return await this.#options.ask(key, last, signal);
    } catch (error) {
      return { kind: "failed", url: this.#options.url, detail: `bug: ${stackOf(error)}` };
    }
  }

  #settle(entry: Entry<T>, asked: Asked<T>): boolean {
    const now = this.#options.now();
    const failedBefore = entry.problem !== undefined;
    if (asked.kind === "failed") {
      entry.problem = { url: asked.url, detail: asked.detail };
      entry.notBefore = now + this.#options.retryMs;
      const silent = failedBefore || this.#closed.signal.aborted;
      if (!silent) this.#options.onChange?.("fails", asked.detail);
      return false;
    }
    entry.answer = asked.answer;
    entry.answeredAt = now;
    delete entry.problem;
    if (failedBefore) this.#options.onChange?.("answers", asked.answer.detail);
    return true;
  }

  #found(entry: Entry<T>, { source, started, why }: Come): Found<T> {
    const { name, waitMs, staleIfErrorMs = Infinity } = this.#options;
    const now = this.#options.now();
    const tookMs = now - started;
    const problem = why ?? entry.problem?.detail ?? `no answer within ${waitMs} ms`;
    const { answer } = entry;
    // A clock that was set back makes no answer too old.
    const tooOld = answer !== undefined && now >= entry.answeredAt && source === "stale" &&
      !this.#serves(entry, now, staleIfErrorMs);
    if (answer === undefined || tooOld) {
      const url = entry.problem?.url ?? this.#options.url;
      const past = tooOld ? `; the last answer is ${span(now - entry.answeredAt)} old` : "";
      return { trace: { name, url, source: "none", tookMs, detail: problem + past } };
    }
    const { value, url, detail } = answer;
    const ageMs = now - entry.answeredAt;
    const said = source === "stale" ? `${detail}; not newer: ${problem}` : detail;
    return { value, trace: { name, url, source, ageMs, tookMs, detail: said } };
  }
}
