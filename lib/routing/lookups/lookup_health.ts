/**
 * What is known of the health of one lookup's server, and what the log hears of it: every change
 * once, with the URL without query and the reason, never header fields or answers.
 *
 * A fault of the server counts for all keys and goes to the breaker; a refusal of one request
 * counts for its URL alone, so that no mail can stop the lookups of the others. A server that breaks
 * over one key may do so over that key alone: several must fail in a row before it counts for all.
 *
 * @module
 */

import type { Log } from "../../log.ts";
import { Breaker } from "./breaker.ts";
import type { Fault, RestAsked } from "./rest_answer.ts";

/** Refused URLs that are remembered as told of. */
const MAX_REFUSED = 1_000;

/** Keys that make the server break, with no answer in between, before it is taken for broken. */
const BROKEN_KEYS = 3;

/** The health of one lookup. */
export class LookupHealth {
  readonly #lookup: string;
  readonly #log: Log;
  readonly #breaker: Breaker;
  readonly #refused = new Set<string>();
  /** Keys that the server broke over since it last answered. */
  readonly #broken = new Set<string>();
  #state: "answers" | "fails" | "rests" = "answers";

  /** Makes it, in good health. */
  constructor(lookup: string, options: { readonly log: Log; readonly now: () => number }) {
    this.#lookup = lookup;
    this.#log = options.log;
    this.#breaker = new Breaker(options.now);
  }

  /** Asks for leave to send a request; {@link note} or {@link forgo} must follow. */
  admit(): string | undefined {
    return this.#breaker.admit();
  }

  /** Why nobody may ask now, though leave was given before; `undefined` when it still holds. */
  get resting(): string | undefined {
    return this.#breaker.resting ? "not asked: others have failed meanwhile" : undefined;
  }

  /** A request that had leave is not sent after all. */
  forgo(): void {
    this.#breaker.forgo();
  }

  /**
   * Takes note of what came of a request.
   *
   * @param url Where it went, as it may be shown.
   * @param asked What came of it.
   * @param key What was asked for; never shown.
   */
  note(url: string, asked: RestAsked, key: string): void {
    const fault = asked.kind === "failed" ? this.#faultOf(asked.fault, key) : "none";
    if (asked.kind === "failed" && fault === "server") return this.#noteFailure(url, asked);
    if (fault === "key") {
      this.#breaker.forgo();
    } else {
      this.#noteAnswer(url);
    }
    if (asked.kind === "failed") this.#noteRefusal(url, asked.detail);
    else this.#refused.delete(url);
  }

  /** Whose fault a failure is in the light of those before. */
  #faultOf(fault: Fault, key: string): Fault {
    if (fault !== "key") return fault;
    if (this.#broken.size < BROKEN_KEYS) this.#broken.add(key);
    return this.#state === "rests" || this.#broken.size >= BROKEN_KEYS ? "server" : "key";
  }

  #noteFailure(url: string, { detail, retryAfterMs }: RestAsked & { kind: "failed" }): void {
    this.#breaker.failed(detail, retryAfterMs);
    const state = this.#breaker.resting ? "rests" : "fails";
    if (this.#state === state) return;
    const event = state === "rests" ? "a lookup fails and rests" : "a lookup fails";
    this.#log.warning(event, { lookup: this.#lookup, url, reason: detail });
    this.#state = state;
  }

  #noteAnswer(url: string): void {
    this.#breaker.succeeded();
    this.#broken.clear();
    if (this.#state !== "answers") {
      this.#log.info("a lookup's server answers again", { lookup: this.#lookup, url });
    }
    this.#state = "answers";
  }

  #noteRefusal(url: string, reason: string): void {
    if (this.#refused.has(url)) return;
    if (this.#refused.size >= MAX_REFUSED) this.#refused.clear();
    this.#refused.add(url);
    this.#log.warning("a lookup is refused", { lookup: this.#lookup, url, reason });
  }
}
