/**
 * What is known of the health of one lookup's server, and what the log hears of it: every change
 * once, with the URL without query and the reason, never header fields or answers.
 *
 * A fault of the server counts for all keys and goes to the breaker; a refusal of one request
 * counts for its URL alone, so that no mail can stop the lookups of the others.
 *
 * @module
 */

import type { Log } from "../../log.ts";
import { Breaker } from "./breaker.ts";
import type { RestAsked } from "./rest_answer.ts";

/** Refused URLs that are remembered as told of. */
const MAX_REFUSED = 1_000;

/** The health of one lookup. */
export class LookupHealth {
  readonly #lookup: string;
  readonly #log: Log;
  readonly #breaker: Breaker;
  readonly #refused = new Set<string>();
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
   */
  note(url: string, asked: RestAsked): void {
    if (asked.kind === "failed" && asked.fault === "server") {
      this.#breaker.failed(asked.detail, asked.retryAfterMs);
      const state = this.#breaker.resting ? "rests" : "fails";
      if (this.#state === state) return;
      const event = state === "rests" ? "a lookup fails and rests" : "a lookup fails";
      this.#log.warning(event, { lookup: this.#lookup, url, reason: asked.detail });
      this.#state = state;
      return;
    }
    this.#breaker.succeeded();
    if (this.#state !== "answers") {
      this.#log.info("a lookup's server answers again", { lookup: this.#lookup, url });
    }
    this.#state = "answers";
    if (asked.kind === "failed") this.#noteRefusal(url, asked.detail);
    else this.#refused.delete(url);
  }

  #noteRefusal(url: string, reason: string): void {
    if (this.#refused.has(url)) return;
    if (this.#refused.size >= MAX_REFUSED) this.#refused.clear();
    this.#refused.add(url);
    this.#log.warning("a lookup is refused", { lookup: this.#lookup, url, reason });
  }
}
