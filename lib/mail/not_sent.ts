/**
 * Why a mail goes to nobody: the words that routing records, the journal keeps, people read, and
 * the tests of a configuration expect.
 *
 * @module
 */

/**
 * Every reason. Where several managers have one each, the first of these is the mail's: what somebody
 * may have to mend stands before what somebody wanted, and that before what nobody thought of.
 *
 * - `no-address`: every address that was to be rendered is missing or is none.
 * - `undecided`: rules lacked an answer of a lookup, and `otherwise` is `[]`.
 * - `discarded`: `discard` was the only action.
 * - `already-alerted`: cctray told of this run before, and it was sent then.
 * - `muted`: all that held, or counted as held, is muted at this hour.
 * - `otherwise-empty`: no rule held, and `otherwise` is `[]`.
 * - `no-rule-matched`: no rule held, and `otherwise` is not configured.
 */
export const NOT_SENT = [
  "no-address",
  "undecided",
  "discarded",
  "already-alerted",
  "muted",
  "otherwise-empty",
  "no-rule-matched",
] as const;

/** Why a mail goes to nobody: always exactly one of these. */
export type NotSent = typeof NOT_SENT[number];
