/**
 * How the counting sink treats the mails that it is offered: shares of faults, and what a draw of
 * the dice makes of them. Pure.
 *
 * @module
 */

/** Shares of the attempts, 0 to 1; what is left over goes well at once. */
export interface SinkCourse {
  /** Answered 4xx. */
  readonly temporary?: number;
  /** Answered 5xx. */
  readonly permanent?: number;
  /** Cut off; a third of them before the message, a third before it is taken, a third after. */
  readonly drop?: number;
  /** Answered late. */
  readonly slow?: number;
  /** How late, in ms: the shortest and the longest. */
  readonly slowMs?: readonly [number, number];
}

/** A moment of a transaction at which the server can refuse. */
export type RefusalMoment = "MAIL" | "RCPT" | ".";

/** What happens to one attempt. */
export type Fault =
  | { readonly kind: "none" }
  | { readonly kind: "refuse"; readonly at: RefusalMoment; readonly reply: string }
  | { readonly kind: "drop"; readonly at: "MAIL" | "untaken" | "taken" }
  | { readonly kind: "slow"; readonly ms: number };

const MOMENTS: readonly RefusalMoment[] = ["MAIL", "RCPT", "."];
const DROPS = ["MAIL", "untaken", "taken"] as const;

/** Draws what happens to an attempt; `random` draws from [0, 1). */
export function drawFault(course: SinkCourse, random: () => number = Math.random): Fault {
  const { temporary = 0, permanent = 0, drop = 0, slow = 0, slowMs = [100, 300] } = course;
  const pick = <T>(among: readonly T[]) => among[Math.floor(random() * among.length)] as T;
  let draw = random();
  const falls = (share: number) => (draw -= share) < 0;
  if (falls(temporary)) return { kind: "refuse", at: pick(MOMENTS), reply: "451 4.3.2 not now" };
  if (falls(permanent)) return { kind: "refuse", at: pick(MOMENTS), reply: "550 5.7.1 never" };
  if (falls(drop)) return { kind: "drop", at: pick(DROPS) };
  if (falls(slow)) {
    return { kind: "slow", ms: Math.round(slowMs[0] + random() * (slowMs[1] - slowMs[0])) };
  }
  return { kind: "none" };
}
