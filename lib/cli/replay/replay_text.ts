/**
 * What a replay found, for people (changes of the same kind together) and for programs.
 *
 * @module
 */

import { isoTime } from "../amounts.ts";
import { type Paint, printable } from "../paint.ts";
import type { Change, Goals } from "./comparison.ts";
import type { Tally } from "./tally.ts";

/** Mails that are named of each kind of change. */
const MOST_NAMED = 5;

/** Most addresses named in a heading: a mail may have a thousand. */
const MOST_GOALS = 20;

/** For programs: as the other commands, every field always there, moments in ISO 8601. */
export function replayValue(tally: Tally): Readonly<Record<string, unknown>> {
  const { mails, changed, lastLost, headersOnly, withoutText, undecided, changes } = tally;
  return {
    since: isoTime(tally.since),
    mails,
    changed,
    lastLost,
    headersOnly,
    withoutText,
    undecided,
    changes: changes.map((change) => ({ ...change, receivedAt: isoTime(change.receivedAt) })),
  };
}

/** The changes by kind, those that lose a mail first, and the sum at the end. */
export function replayLines(tally: Tally, brush: Paint): string[] {
  const { changes } = tally;
  const kinds = [...Map.groupBy(changes, kindOf).values()]
    .toSorted((a, b) => Number(lastLost(b)) - Number(lastLost(a)) || b.length - a.length);
  return [
    ...kinds.flatMap((kind) => kindLines(kind, brush)),
    ...sumLines(tally, changes.length, brush),
  ];
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
    ...gained.length === 0 ? [] : [`now ${lost.length === 0 ? "also " : ""}to ${names(gained)}`],
    ...reworded ? ["with other words to the same"] : [],
  ].join("; ");
  const mails = count(changes.length, "mail");
  return [
    first.lastLost
      ? brush(`${mails} would go to nobody any more (${what})`, "red")
      : `${mails}: ${what}`,
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

function sumLines(tally: Tally, told: number, brush: Paint): string[] {
  const { since, mails, changed, lastLost, headersOnly, withoutText, undecided } = tally;
  const loses = lastLost === 0
    ? "none loses its last destination"
    : brush(`${lastLost} would lose the last destination`, "red");
  return [
    `${count(mails, "mail")} since ${isoTime(since)}: ${changed} would change, ${loses}`,
    ...changed > told ? [`${changed - told} of the changes are counted only`] : [],
    ...headersOnly === 0 ? [] : [
      `of ${count(headersOnly, "mail")} only the header is kept: what looks at text or ` +
      "attachments saw none (history: full keeps them)",
    ],
    ...withoutText === 0 ? [] : [
      `of ${count(withoutText, "mail")} nothing but envelope and subject is kept: what looks at ` +
      "other fields or the text saw none",
    ],
    ...undecided === 0 ? [] : [
      `${count(undecided, "mail")} could not be decided in full: a lookup or GoCD did not answer`,
    ],
  ];
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? "" : "s"}`;
}

function names(goals: Goals): string {
  const shown = goals.slice(0, MOST_GOALS).map(printable).join(", ");
  return goals.length > MOST_GOALS ? `${shown} and ${goals.length - MOST_GOALS} more` : shown;
}
