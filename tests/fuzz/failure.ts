/**
 * What went wrong in a session, and whether the machine alone may have been the reason.
 *
 * @module
 */

/** A session that did not go as it must. */
export interface Failure {
  /**
   * `wrong`: no machine is so busy that this may be; `odd`: one that has stalled may; `slow`: something
   * took longer than it should, or ended early for that, which counts if it happens again.
   */
  readonly kind: "wrong" | "odd" | "slow";
  /** A transcript that begins with what was wrong. */
  readonly transcript: string;
}

/** Longest that a server may take for anything on a machine that is slow or stalls, in ms. */
export const HANG_MS = 30_000;

/** The last reply to one who says nothing for too long. */
const TIMED_OUT = /421 4\.4\.2 [^\n]*\n$/;

/** What is wrong with the time that something took. */
export function lateness(
  what: string,
  { tookMs, mayMs }: { readonly tookMs: number; readonly mayMs: number },
): { readonly wrong: readonly string[]; readonly slow: readonly string[] } {
  const late = [`${what} after ${Math.round(tookMs)} ms, not ${mayMs}`];
  if (tookMs >= HANG_MS) return { wrong: late, slow: [] };
  return { wrong: [], slow: tookMs > mayMs ? late : [] };
}

/**
 * What to make of two outputs of one session that are not the same: where one of them stopped early
 * because time was over, and was right until then, the machine may have stalled.
 */
export function differenceOf(one: string, other: string): "odd" | "slow" {
  const [short = "", long = ""] = [one, other].sort((a, b) => a.length - b.length);
  const said = short.replace(TIMED_OUT, "");
  return said !== short && long.startsWith(said) ? "slow" : "odd";
}
