/**
 * What a replay found, in words: changes of the same kind together.
 *
 * @module
 */

import { isoTime } from "../amounts.ts";
import { type Paint, printable } from "../paint.ts";
import type { Change, Goals } from "./comparison.ts";

/** What came of a replay. */
export interface Tally {
  /** Mails that were routed by both. */
  readonly mails: number;
  /** Those for which something would change. */
  readonly changed: number;
  /** Those that go to somebody now, and would go to nobody. */
  readonly lastLost: number;
  /** Those of which the journal has not kept the whole text. */
  readonly withoutText: number;
  /** Those about which a rule could not be decided, for want of an answer. */
  readonly undecided: number;
  /** The changes, newest first. */
  readonly changes: readonly Change[];
}

/** Mails that are named of each kind of change. */
const MOST_NAMED = 5;

/** The changes by kind, those that lose a mail first, and the sum at the end. */
export function replayLines(tally: Tally, brush: Paint): string[] {
  const kinds = [...Map.groupBy(tally.changes, kindOf).values()]
    .toSorted((a, b) => Number(lastLost(b)) - Number(lastLost(a)) || b.length - a.length);
  return [...kinds.flatMap((changes) => kindLines(changes, brush)), ...sumLines(tally, brush)];
}

function lastLost(changes: readonly Change[]): boolean {
  return changes[0]?.lastLost ?? false;
}

function kindOf({ lost, gained, lastLost, reworded }: Change): string {
  return JSON.stringify([lost, gained, lastLost, reworded]);
}

function kindLines(changes: readonly Change[], brush: Paint): string[] {
  const [first] = changes;
  if (first === undefined) return [];
  const { lost, gained, reworded } = first;
  const what = [
    ...lost.length === 0 ? [] : [`no longer to ${names(lost)}`],
    ...gained.length === 0 ? [] : [`also to ${names(gained)}`],
    ...reworded ? ["with other words to the same"] : [],
  ].join(", ");
  const heading = first.lastLost
    ? brush(`${mailsOf(changes.length)} to nobody any more (${what})`, "red")
    : `${mailsOf(changes.length)} ${what}`;
  return [
    heading,
    ...changes.slice(0, MOST_NAMED).flatMap((change) => changeLines(change, brush)),
    ...changes.length > MOST_NAMED ? [`  and ${changes.length - MOST_NAMED} more`] : [],
    "",
  ];
}

function changeLines({ queueId, receivedAt, subject, before, after }: Change, brush: Paint) {
  const when = isoTime(receivedAt) ?? "at an unknown time";
  return [
    `  ${when}  ${printable(queueId)}  ${printable(subject ?? "(no subject)")}`,
    brush(`    before: ${printable(before)}`, "dim"),
    `    after:  ${printable(after)}`,
  ];
}

function sumLines(tally: Tally, brush: Paint): string[] {
  const { mails, changed, lastLost, withoutText, undecided, changes } = tally;
  const lost = lastLost === 0 ? "none loses" : brush(`${lastLost} lose`, "red");
  return [
    `${mails} mails compared, ${changed} change, ${lost} the last destination`,
    ...changed > changes.length ? [`the newest ${changes.length} changes are told`] : [],
    ...withoutText === 0 ? [] : [
      `${withoutText} mails without their whole text: conditions on mail.text saw less than they ` +
      "would have (history: {text: full} keeps it)",
    ],
    ...undecided === 0
      ? []
      : [`${undecided} mails could not be decided in part: a lookup or GoCD did not answer`],
  ];
}

function mailsOf(count: number): string {
  return count === 1 ? "1 mail would go" : `${count} mails would go`;
}

function names(goals: Goals): string {
  return goals.map(printable).join(", ");
}
