/**
 * Whether one of several mail servers is worth a try now. One that failed is passed over for a
 * while, so that no mail waits for its silence; when the while is over one mail finds out whether it
 * is back, and the others still pass it by. Pure but for the clock.
 *
 * Each {@link Attempt} that was begun must be reported: a probe that is forgotten would keep the
 * server passed over. A second report of the same one changes nothing.
 *
 * Invariants: while a server is passed over, at most one probe is under way. Attempts from before
 * the pause prove nothing: what they say of it is put aside.
 *
 * @module
 */

/** When a server is tried again. */
export interface StandingOptions {
  /** A clock that never runs backwards, in milliseconds. */
  now(): number;
  /** The first pause, in milliseconds; it doubles with each probe that fails; default 10 s. */
  readonly firstPauseMs?: number;
  /** The longest pause, but for one that the server asked for; default 5 min. */
  readonly maxPauseMs?: number;
}

/** Leave to try a server once. */
export interface Attempt {
  /** The pause that it was begun in; `null`: the server was not passed over. */
  readonly pause: Pause | null;
  /** Whether the others wait for what it shows. */
  readonly probe: boolean;
}

/** A time in which a server is passed over. */
export interface Pause {
  /** Why, without secrets. */
  readonly reason: string;
  /** How long, in milliseconds, had the server not asked for more. */
  readonly lengthMs: number;
  /** When it ends, by the clock. */
  readonly until: number;
}

/** What came of an attempt: nothing that the server is to blame for, or this. */
export interface Failure {
  /** Why, without secrets. */
  readonly reason: string;
  /** How long the server asked to be left alone, in milliseconds. */
  readonly retryAfterMs?: number;
}

/** What is known of one server. */
export class Standing {
  readonly #options: Required<StandingOptions>;
  #pause: Pause | null = null;
  #probing = false;

  /** Makes the standing of a server that nothing is known against. */
  constructor(options: StandingOptions) {
    this.#options = { firstPauseMs: 10_000, maxPauseMs: 300_000, ...options };
  }

  /** The pause that it is in; `null`: it is not passed over. */
  get pause(): Pause | null {
    return this.#pause;
  }

  /** Asks to try; `null`: it is passed over. */
  begin(): Attempt | null {
    const pause = this.#pause;
    if (pause === null) return { pause, probe: false };
    if (this.#probing || this.#options.now() < pause.until) return null;
    this.#probing = true;
    return { pause, probe: true };
  }

  /** Tries all the same: there is nobody else left. */
  insist(): Attempt {
    return { pause: this.#pause, probe: false };
  }

  /**
   * Tells what came of an attempt.
   *
   * @param attempt What was begun.
   * @param result How the server failed; `fine` when it did not; `null` when nobody can tell.
   * @returns What has changed, if anything.
   */
  report(attempt: Attempt, result: Failure | "fine" | null): "away" | "back" | undefined {
    const before = this.#pause;
    if (attempt.pause !== before) return undefined;
    if (attempt.probe) this.#probing = false;
    if (result === "fine") return this.#change(null);
    if (result === null || (before !== null && !attempt.probe)) return undefined;
    const { firstPauseMs, maxPauseMs, now } = this.#options;
    const lengthMs = before === null ? firstPauseMs : Math.min(before.lengthMs * 2, maxPauseMs);
    const { reason, retryAfterMs = 0 } = result;
    return this.#change({ reason, lengthMs, until: now() + Math.max(lengthMs, retryAfterMs) });
  }

  #change(pause: Pause | null): "away" | "back" | undefined {
    const before = this.#pause;
    this.#pause = pause;
    this.#probing = false;
    if ((before === null) === (pause === null)) return undefined;
    return pause === null ? "back" : "away";
  }
}
