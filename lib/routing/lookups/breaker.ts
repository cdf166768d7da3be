/**
 * A circuit breaker: a server that fails again and again is left alone for a while, then asked once.
 *
 * @module
 */

import { span } from "./words.ts";

/** Failures in a row after which nobody asks. */
const PATIENCE = 5;

/** The first pause, in ms; it doubles with each probe that fails. */
const FIRST_PAUSE_MS = 5_000;

/** The longest pause of our own, in ms. */
const MAX_PAUSE_MS = 60_000;

/** The longest pause that a server may ask for, in ms: a nonsense number must not be for ever. */
const MAX_ASKED_MS = 3_600_000;

/** Whether a server is asked. */
export class Breaker {
  readonly #now: () => number;
  #failures = 0;
  #pauseMs = 0;
  #pausedAt = 0;
  #probing = false;
  #reason = "";

  /** Makes it; the server counts as well. */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** Whether the server is left alone at this moment. */
  get resting(): boolean {
    return this.#leftMs() > 0;
  }

  /**
   * Asks for leave to send one request; after a pause only one has it. {@link succeeded},
   * {@link failed} or {@link forgo} must follow.
   *
   * @returns `undefined`, or why not.
   */
  admit(): string | undefined {
    if (this.#pauseMs === 0) return undefined;
    const leftMs = this.#leftMs();
    if (leftMs > 0) return `not asked for another ${span(leftMs)}: ${this.#reason}`;
    if (this.#probing) return `not asked until one request has been answered: ${this.#reason}`;
    this.#probing = true;
    return undefined;
  }

  /** The server works. */
  succeeded(): void {
    this.#failures = 0;
    this.#pauseMs = 0;
    this.#probing = false;
  }

  /** A request that had leave is not sent: someone else may be the probe. */
  forgo(): void {
    this.#probing = false;
  }

  /**
   * The server, or the way to it, is at fault.
   *
   * @param reason What happened.
   * @param askedMs How long it wants to be left alone, in ms.
   */
  failed(reason: string, askedMs = 0): void {
    const resting = this.resting;
    if (!resting) this.#failures++;
    this.#reason = reason;
    const ownMs = this.#ownPauseMs(resting);
    const pauseMs = Math.max(ownMs, Math.min(askedMs, MAX_ASKED_MS));
    // What began before the pause and fails within it must not make it longer.
    if (pauseMs > 0 && (!resting || askedMs > this.#leftMs())) {
      this.#pauseMs = pauseMs;
      this.#pausedAt = this.#now();
    }
    if (!resting) this.#probing = false;
  }

  #ownPauseMs(resting: boolean): number {
    const probe = this.#pauseMs > 0;
    if (resting || (this.#failures < PATIENCE && !probe)) return 0;
    const before = Math.max(0, this.#failures - PATIENCE);
    return Math.min(FIRST_PAUSE_MS * 2 ** Math.min(before, 10), MAX_PAUSE_MS);
  }

  /** A clock that was set back must not make a pause longer than it was. */
  #leftMs(): number {
    const passedMs = this.#now() - this.#pausedAt;
    return passedMs < 0 ? 0 : Math.max(0, this.#pauseMs - passedMs);
  }
}
