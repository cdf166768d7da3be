/**
 * What two configurations do with the same mail, compared. Pure.
 *
 * @module
 */

import { addressKey } from "../../mail/address.ts";
import type { Delivery } from "../../mail/delivery.ts";
import { summarise } from "../../routing/summary.ts";
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
  /** Whether it goes to the same, in other words: another subject, text, `To` or `From`. */
  readonly reworded: boolean;
  /** What the one decides, in one sentence. */
  readonly before: string;
  /** What the other decides. */
  readonly after: string;
}

/** A mail and what both do with it. */
export interface Pair extends Pick<Change, "queueId" | "receivedAt" | "subject"> {
  /** What the one does. */
  readonly before: Routing;
  /** What the other does. */
  readonly after: Routing;
  /** Addresses that the other passes the mail on to, though the one claims them: no mailboxes. */
  readonly dead?: readonly string[];
}

/** Most addresses that are named for being no mailboxes. */
const MOST_DEAD = 5;

/** Compares; `null` when nothing would change. */
export function compare({ before, after, dead = [], ...mail }: Pair): Change | null {
  const sentBefore = before.deliveries.filter(isSent);
  const sentAfter = after.deliveries.filter(isSent).flatMap((one) => withoutDead(one, dead));
  const [then, now] = [goalsOf(sentBefore), goalsOf(sentAfter)];
  const lost = without(then, now);
  const gained = without(now, then);
  const reworded = lost.length + gained.length === 0 && wordsOf(sentBefore) !== wordsOf(sentAfter);
  if (lost.length + gained.length === 0 && !reworded) return null;
  return {
    ...mail,
    lost,
    gained,
    // Something changes, so there was somebody.
    lastLost: now.size === 0,
    reworded,
    before: summarise(before.trace).reason,
    after: [summarise(after.trace).reason, ...whyDead(dead)].join("; "),
  };
}

/** Whether a rule lacked an answer, so that the routing says little. */
export function isUndecided({ trace }: Routing): boolean {
  return [trace, ...trace.further ?? []].some(({ rules }) =>
    rules.some(({ verdict }) => verdict === "undecided")
  );
}

function isSent({ destination }: Delivery): boolean {
  return destination !== "discard";
}

/** Who gets it as it came, but for addresses that nobody reads; what a rule says about them counts. */
function withoutDead(delivery: Delivery, dead: readonly string[]): readonly Delivery[] {
  if (delivery.destination !== "smarthost" || delivery.rewrite !== undefined) return [delivery];
  const keys = new Set(dead.map(addressKey));
  const recipients = delivery.recipients.filter((address) => !keys.has(addressKey(address)));
  return recipients.length > 0 ? [{ ...delivery, recipients }] : [];
}

function whyDead(dead: readonly string[]): readonly string[] {
  if (dead.length === 0) return [];
  const more = dead.length > MOST_DEAD ? ` and ${dead.length - MOST_DEAD} more` : "";
  return [
    `no mailbox: ${dead.slice(0, MOST_DEAD).join(", ")}${more}, which a manager of the ` +
    "configuration in force claims; look at messages-we-want",
  ];
}

/** By what makes two of them the same. */
function goalsOf(sent: readonly Delivery[]): ReadonlyMap<string, string> {
  return new Map(sent.flatMap(({ destination, recipients }) => {
    if (destination !== "smarthost") return [[`to ${destination}`, destination]];
    return recipients.map((address) => [addressKey(address), address] as const);
  }));
}

function without(some: ReadonlyMap<string, string>, others: ReadonlyMap<string, string>): Goals {
  return [...some].filter(([key]) => !others.has(key)).map(([, goal]) => goal).toSorted();
}

/** What each recipient would read instead of the mail's own words. */
function wordsOf(sent: readonly Delivery[]): string {
  const words = sent.flatMap(({ recipients, rewrite }) =>
    recipients.map((address) => [
      addressKey(address),
      rewrite?.subject ?? "",
      rewrite?.text ?? "",
      String(rewrite?.to !== undefined),
      rewrite?.from ?? "",
    ])
  );
  return JSON.stringify(words.map((word) => JSON.stringify(word)).toSorted());
}
