/**
 * What a replay has found so far.
 *
 * @module
 */

import type { Change } from "./comparison.ts";
import type { JournalMail } from "./journal_mails.ts";

/** Most changes that are kept to be told, and as many that lose a mail; the others are counted. */
export const MAX_CHANGES = 10_000;

/** What is known of a mail besides its change. */
export interface Compared extends Pick<JournalMail, "text"> {
  /** Whether a rule lacked an answer. */
  readonly undecided: boolean;
}

/** Counts, and the changes that are told. */
export class Tally {
  /** The mails compared are those since then, in milliseconds since the epoch. */
  readonly since: number;
  /** Mails that were routed by both. */
  mails = 0;
  /** Those for which something would change. */
  changed = 0;
  /** Those that go to somebody now, and would go to nobody. */
  lastLost = 0;
  /** Those of which the journal has kept the header only. */
  headersOnly = 0;
  /** Those of which the journal has kept no text at all. */
  withoutText = 0;
  /** Those about which a rule could not be decided, for want of an answer. */
  undecided = 0;
  readonly #losses: Change[] = [];
  readonly #others: Change[] = [];

  /** Begins with nothing. */
  constructor(since: number) {
    this.since = since;
  }

  /** The changes, those that lose a mail first, else newest first. */
  get changes(): readonly Change[] {
    return [...this.#losses, ...this.#others];
  }

  /** Counts a mail; they come newest first. */
  add(change: Change | null, { text, undecided }: Compared): void {
    this.mails++;
    this.headersOnly += Number(text === "headers");
    this.withoutText += Number(text === "none");
    this.undecided += Number(undecided);
    if (change === null) return;
    this.changed++;
    this.lastLost += Number(change.lastLost);
    const list = change.lastLost ? this.#losses : this.#others;
    if (list.length < MAX_CHANGES) list.push(change);
  }
}
