/**
 * The gate before one destination: after failures in a row it closes, lets one probe through when
 * the pause is over, and opens for all the others once a probe has been heard. Pure but for the
 * clock; each destination has its own, so that one that is down holds up no other.
 *
 * Every attempt asks `admit()` and brings back its `report()`. Only outcomes that blame the
 * destination and not the mail count against it ({@link isDestinationAway}); one other outcome shows
 * that it is there, but for those that are our own fault, which show nothing. A destination that is
 * away and says for how long is left alone at once.
 *
 * INVARIANTS
 *
 * 1. While the gate is paused, at most one attempt that it let through is under way: the probe.
 * 2. Only the probe ends or prolongs a pause. Attempts that began before it may end much later, and
 *    prove nothing: a connection that was open already goes on working while a server turns new
 *    ones away, and a time limit that ends now tells of minutes ago. Their reports are put aside,
 *    also when the gate has opened again meanwhile.
 * 3. The pause is never shorter than what the destination asked for.
 *
 * @module
 */

import type { Outcome } from "../mail/outcome.ts";

/** The answer to somebody who wants to try. Hand the very same value to {@link Gate.report}. */
export type Admission =
  | {
    /** Try, then report. */
    readonly kind: "go";
    /** Whether everybody else waits for what this attempt shows. */
    readonly probe: boolean;
  }
  | {
    /** Not now; there is nothing to report. */
    readonly kind: "paused";
    /** Why, without secrets. */
    readonly reason: string;
    /** When to ask again, in milliseconds; while a probe is out, a guess. */
    readonly retryAfterMs: number;
  };

/** What a gate is made from. */
export interface GateOptions {
  /** The destination's name. */
  readonly name: string;
  /** A clock that never runs backwards, in milliseconds. */
  readonly monotonic?: () => number;
  /** Failures in a row that close it; default 5. */
  readonly failures?: number;
  /** The first pause, in milliseconds; it doubles with each probe that fails; default 1 s. */
  readonly firstPauseMs?: number;
  /** The longest pause, but for one that the destination asked for; default 10 s. */
  readonly maxPauseMs?: number;
  /** Told when it closes and when it opens again, with the reason for the log. */
  readonly onChange?: (state: "open" | "paused", reason: string) => void;
}

/** A pause; the gate has none while it is open. */
interface Pause {
  readonly reason: string;
  readonly lengthMs: number;
  readonly until: number;
}

/** Says who may try one destination now. */
export class Gate {
  readonly #options: Required<GateOptions>;
  /** What those get who are let through while it is open; another one after each pause. */
  #pass: Admission = { kind: "go", probe: false };
  #probe: Admission | null = null;
  #pause: Pause | null = null;
  #failures = 0;

  /** Makes an open gate. */
  constructor(options: GateOptions) {
    this.#options = {
      monotonic: () => performance.now(),
      failures: 5,
      firstPauseMs: 1_000,
      maxPauseMs: 10_000,
      onChange: () => {},
      ...options,
    };
  }

  /** Whether everybody may try. */
  get state(): "open" | "paused" {
    return this.#pause === null ? "open" : "paused";
  }

  /** Asks to try. */
  admit(): Admission {
    if (this.#pause === null) return this.#pass;
    const { reason, lengthMs, until } = this.#pause;
    if (this.#probe !== null) return { kind: "paused", reason, retryAfterMs: lengthMs };
    const restMs = until - this.#options.monotonic();
    if (restMs > 0) return { kind: "paused", reason, retryAfterMs: Math.ceil(restMs) };
    this.#probe = { kind: "go", probe: true };
    return this.#probe;
  }

  /**
   * Tells what became of an attempt. Each that was let through must be reported once: a probe that
   * is forgotten would keep the gate closed.
   *
   * @param admission What `admit()` gave.
   * @param outcomes One for each recipient; `null` when we gave the attempt up ourselves, which
   * says nothing about the destination, and so do no outcomes at all, or only such as are our fault.
   */
  report(admission: Admission, outcomes: Iterable<Outcome> | null): void {
    const probed = admission === this.#probe;
    if (probed) this.#probe = null;
    const heard = [...outcomes ?? []].filter((outcome) => !isOwnFault(outcome));
    // Of an attempt from before the last pause nothing is believed.
    if (heard.length === 0 || (!probed && admission !== this.#pass)) return;
    const away = heard.flatMap((outcome) =>
      outcome.kind === "deferred" && isDestinationAway(outcome) ? [outcome] : []
    );
    const askedMs = Math.max(0, ...away.map(({ retryAfterMs = 0 }) => retryAfterMs));
    const alive = away.length < heard.length;
    if (alive && askedMs === 0) return this.#open();
    this.#failures++;
    const enough = probed || askedMs > 0 || this.#failures >= this.#options.failures;
    if (enough) this.#close(away[0]?.reason ?? "", askedMs);
  }

  /** Lets the next probe go at once, whatever the destination asked for: the operator wants to know. */
  hurry(): void {
    if (this.#pause !== null) this.#pause = { ...this.#pause, until: this.#options.monotonic() };
  }

  #open(): void {
    this.#failures = 0;
    if (this.#pause === null) return;
    this.#pause = null;
    this.#options.onChange("open", `${this.#options.name} answers again`);
  }

  /** Begins a pause, or another one after a probe. */
  #close(said: string, askedMs: number): void {
    const { name, firstPauseMs, maxPauseMs, monotonic, onChange } = this.#options;
    const before = this.#pause;
    const lengthMs = before === null ? firstPauseMs : Math.min(before.lengthMs * 2, maxPauseMs);
    const reason = `${name} is away: ${said}`;
    this.#pause = { reason, lengthMs, until: monotonic() + Math.max(lengthMs, askedMs) };
    this.#pass = { kind: "go", probe: false };
    if (before === null) onChange("paused", reason);
  }
}

/**
 * Whether an outcome blames the destination and not the mail: it could not be reached, broke off,
 * or ended the dialog (421, RFC 5321 §3.8).
 */
export function isDestinationAway(outcome: Outcome): boolean {
  if (outcome.kind !== "deferred" || isOwnFault(outcome)) return false;
  return outcome.reply === undefined || outcome.reply.code === 421;
}

/** A message of ours that cannot be read would pause all mail. */
function isOwnFault(outcome: Outcome): boolean {
  return outcome.kind === "deferred" && outcome.ownFault === true;
}
