/**
 * What the counting sink has seen: each copy of each mail, and in which life of the program.
 *
 * @module
 */

import { readArrival } from "./proof_mail.ts";

/** A copy of a mail that the sink has taken. */
export interface Copy {
  /** In which life of the program its connection began. */
  readonly life: number;
  /** When its last octet was read, in milliseconds since the epoch. */
  readonly at: number;
  /** Whether the 250 could be sent; where not, the program must take it for lost. */
  readonly answered: boolean;
}

/** A notice that the sink has taken. */
export interface SeenNotice {
  /** The id of the mail it is about; empty where it does not say. */
  readonly about: string;
  /** What it reports: `failed` or `delayed`. */
  readonly action: string;
  /** Whether the 250 could be sent. */
  readonly answered: boolean;
}

/** Everything that the sink knows. */
export interface SinkReport {
  /** The copies of each mail, by id. */
  readonly copies: Readonly<Record<string, readonly Copy[]>>;
  /** The notices. */
  readonly notices: readonly SeenNotice[];
  /** Ids of mails that came with a body other than they were sent with. */
  readonly damaged: readonly string[];
  /** Messages that were neither. */
  readonly strangers: number;
  /** Connections that the kill of each life has cut off, from life 0. */
  readonly cut: readonly number[];
}

/** The totals, for a look in between. */
export interface SinkCounts {
  /** Mails of which there is at least one copy. */
  readonly mails: number;
  /** Copies of mails. */
  readonly copies: number;
  /** Notices. */
  readonly notices: number;
  /** Transactions that have begun. */
  readonly attempts: number;
  /** When the first and the last copy came, in milliseconds since the epoch; 0: none has. */
  readonly firstAt: number;
  readonly lastAt: number;
}

/** Keeps the books of one sink. */
export class SinkBooks {
  readonly #copies = new Map<string, Copy[]>();
  readonly #notices: SeenNotice[] = [];
  readonly #damaged: string[] = [];
  readonly #cut: number[] = [0];
  #strangers = 0;
  #total = 0;
  #attempts = 0;
  #firstAt = 0;
  #lastAt = 0;

  /** The life that is on now, from 0. */
  get life(): number {
    return this.#cut.length - 1;
  }

  /** The program has been killed and will be started again. */
  beginLife(): void {
    this.#cut.push(0);
  }

  /** The program is about to be killed: what is cut from now on is cut by that. */
  brace(): void {
    this.#cut[this.life] = 0;
  }

  /** A transaction has begun. */
  attempt(): void {
    this.#attempts++;
  }

  /** A connection of that life ended without a farewell. */
  cut(life: number): void {
    this.#cut[life] = (this.#cut[life] ?? 0) + 1;
  }

  /** A message has been taken. */
  take(message: Uint8Array, copy: Copy): void {
    const arrival = readArrival(message);
    switch (arrival.kind) {
      case "mail":
        return this.#takeMail(arrival, copy);
      case "notice":
        this.#notices.push({ about: arrival.about, action: arrival.action, ...answeredOf(copy) });
        return;
      case "stranger":
        this.#strangers++;
        return;
    }
  }

  /** Totals. */
  counts(): SinkCounts {
    return {
      mails: this.#copies.size,
      copies: this.#total,
      notices: this.#notices.length,
      attempts: this.#attempts,
      firstAt: this.#firstAt,
      lastAt: this.#lastAt,
    };
  }

  /** Everything. */
  report(): SinkReport {
    return {
      copies: Object.fromEntries(this.#copies),
      notices: this.#notices,
      damaged: this.#damaged,
      strangers: this.#strangers,
      cut: this.#cut,
    };
  }

  #takeMail({ id, whole }: { readonly id: string; readonly whole: boolean }, copy: Copy): void {
    if (!whole) this.#damaged.push(id);
    const copies = this.#copies.get(id);
    if (copies === undefined) this.#copies.set(id, [copy]);
    else copies.push(copy);
    this.#total++;
    this.#firstAt ||= copy.at;
    this.#lastAt = copy.at;
  }
}

function answeredOf({ answered }: Copy): { readonly answered: boolean } {
  return { answered };
}
