/**
 * What two configurations do with the same mail, compared. Pure.
 *
 * @module
 */

import type { Routing } from "../../routing/trace.ts";

/** Where a mail goes by one of them: `team@example.com`, or the name of a destination. */
export type Goals = readonly string[];

/** What would change for one mail. */
export interface Change {
  /** The queue id. */
  readonly queueId: string;
  /** When it came, in milliseconds since the epoch. */
  readonly receivedAt: number;
  /** Its subject, as far as the journal knows it. */
  readonly subject: string | null;
  /** Who would not get it any more. */
  readonly lost: Goals;
  /** Who would get it besides. */
  readonly gained: Goals;
  /** Whether it goes to somebody now, and would go to nobody. */
  readonly lastLost: boolean;
  /** Whether it went to the same, in other words: another subject or text. */
  readonly reworded: boolean;
  /** The decision of each in one sentence. */
  readonly before: string;
  readonly after: string;
}

/** A mail and what both do with it. */
export interface Pair {
  readonly queueId: string;
  readonly receivedAt: number;
  readonly subject: string | null;
  readonly before: Routing;
  readonly after: Routing;
}

/** Compares; `null` when nothing would change. */
export function compare({ before, after, ...mail }: Pair): Change | null {
  const [then, now] = [goalsOf(before), goalsOf(after)];
  const lost = then.filter((goal) => !now.includes(goal));
  const gained = now.filter((goal) => !then.includes(goal));
  const reworded = lost.length + gained.length === 0 && wordsOf(before) !== wordsOf(after);
  if (lost.length + gained.length === 0 && !reworded) return null;
  return {
    ...mail,
    lost,
    gained,
    lastLost: then.length > 0 && now.length === 0,
    reworded,
    before: before.trace.reason,
    after: after.trace.reason,
  };
}

function goalsOf({ deliveries }: Routing): Goals {
  const goals = deliveries.flatMap(({ destination, recipients }) => {
    if (destination === "discard") return [];
    return destination === "smarthost" ? recipients : [destination];
  });
  return goals.toSorted();
}

/** What each recipient would read instead of the mail's own words. */
function wordsOf({ deliveries }: Routing): string {
  const words = deliveries.flatMap(({ recipients, rewrite }) =>
    recipients.map((recipient) => [recipient, rewrite?.subject ?? "", rewrite?.text ?? ""])
  );
  return JSON.stringify(words.toSorted());
}
