/**
 * Mails under way, and those that were not answered 2xx, which are remembered for an hour: when the
 * notifier comes again with the same mail, whoever had it does not get it twice.
 *
 * A mail is the same when peer, reverse-path, forward-paths, octets and what is asked for with it
 * are. One that is still under way when it comes again belongs to a notifier that has lost patience:
 * the second try waits for the answer to the first. Mails answered 2xx are `duplicates.ts`'s business.
 *
 * @module
 */

import type { Mail, Message } from "../mail/message.ts";
import type { Reply } from "../mail/reply.ts";
import type { Attempt } from "./attempts.ts";
import { duplicateKey, wishesOf } from "./duplicates.ts";

const HOUR_MS = 3_600_000;

/** What tells a mail that comes again from another one. */
export type Arrived = Pick<Mail, "queueId" | "envelope" | "message">;

/** What is known of a mail that may come again. */
export interface Unfinished {
  /** The id it got when it first came; it keeps it. */
  readonly queueId: string;
  /** Who had it: `destination recipient`. */
  readonly delivered: Set<string>;
  /** The reports of success that it owes from before, by the same keys (`owed.ts`). */
  readonly owed: Map<string, Attempt>;
  /** Settles when no attempt is under way any more; an attempt may outlive a 4xx answer. */
  running: Promise<void>;
}

/** A mail between its end of data and its answer. */
export interface Entry {
  /** What is known of it. */
  readonly mail: Unfinished;
  /** Whether it came before. */
  readonly again: boolean;
  /** The answer to the try before it that is still under way; absent: there is none. */
  readonly before?: Promise<Reply>;
  /** Takes note of the answer; called once. */
  leave(reply: Reply): void;
}

interface UnderWay {
  readonly first: Arrived;
  readonly mail: Unfinished;
  /** The answer to the newest try. */
  last: Promise<Reply>;
  tries: number;
}

/** Remembers unfinished mails. */
export class Resends {
  readonly #kept = new Map<string, { readonly until: number; readonly mail: Unfinished }>();
  readonly #underWay = new Map<string, UnderWay[]>();
  readonly #now: () => number;
  readonly #limit: number;

  /**
   * Makes an empty memory.
   *
   * @param now The clock, in milliseconds since the epoch.
   * @param limit Most mails remembered after their answer; beyond, the oldest are forgotten.
   */
  constructor(now: () => number = Date.now, limit = 10_000) {
    this.#now = now;
    this.#limit = limit;
  }

  /**
   * Takes note of a mail that has come; `leave` must follow.
   *
   * @param alone Two that are alike and come at the same time are two mails; only one that was not
   * answered 2xx is known when it comes again.
   */
  enter(arrived: Arrived, alone = false): Entry {
    const look = looksOf(arrived);
    const alike = alone ? [] : this.#underWay.get(look) ?? [];
    const same = alike.find(({ first }) => sameMessage(first.message, arrived.message));
    const kept = same === undefined ? this.#find(arrived) : undefined;
    // Two that are under way at once must not both get its id: the store knows a mail by that.
    if (alone && kept !== undefined) this.#kept.delete(duplicateKey(arrived));
    const answer = Promise.withResolvers<Reply>();
    const before = same?.last;
    const current = same ??
      { first: arrived, mail: kept ?? begin(arrived), tries: 0, last: answer.promise };
    current.tries++;
    current.last = answer.promise;
    if (same === undefined && !alone) this.#underWay.set(look, [...alike, current]);
    return {
      mail: current.mail,
      again: before !== undefined || kept !== undefined,
      ...before && { before },
      leave: (reply) => {
        answer.resolve(reply);
        current.tries--;
        if (current.tries === 0) this.#remove(look, current);
        if (reply.code >= 300) this.#keep(arrived, current.mail);
        else if (this.#kept.size > 0) this.#kept.delete(duplicateKey(arrived));
      },
    };
  }

  #find(arrived: Arrived): Unfinished | undefined {
    // Hashing a message is not free: most of the time nothing is remembered.
    const entry = this.#kept.size > 0 ? this.#kept.get(duplicateKey(arrived)) : undefined;
    return entry !== undefined && entry.until > this.#now() ? entry.mail : undefined;
  }

  #keep(arrived: Arrived, mail: Unfinished): void {
    const key = duplicateKey(arrived);
    this.#kept.delete(key);
    this.#kept.set(key, { until: this.#now() + HOUR_MS, mail });
    for (const [oldest, { until }] of this.#kept) {
      if (until > this.#now() && this.#kept.size <= this.#limit) break;
      this.#kept.delete(oldest);
    }
  }

  #remove(look: string, current: UnderWay): void {
    const others = this.#underWay.get(look)?.filter((other) => other !== current) ?? [];
    if (others.length > 0) this.#underWay.set(look, others);
    else this.#underWay.delete(look);
  }
}

function begin({ queueId }: Arrived): Unfinished {
  return { queueId, delivered: new Set(), owed: new Map(), running: Promise.resolve() };
}

/** What can be told apart without hashing the message. */
function looksOf({ envelope, message }: Arrived): string {
  const { session, reversePath, forwardPaths } = envelope;
  const paths = pathsOf(forwardPaths);
  return `${session.peer} ${message.octets} ${reversePath} ${paths} ${wishesOf(envelope)}`;
}

/** The header usually tells different mails apart long before their hashes have been made. */
function sameMessage(a: Message, b: Message): boolean {
  return a.fields.length === b.fields.length &&
    a.fields.every((octet, index) => octet === b.fields[index]) && a.digest === b.digest;
}

/** The forward-paths in an order of their own; none holds a blank outside quotes. */
function pathsOf(paths: readonly string[]): string {
  return paths.length === 1 ? paths[0] ?? "" : [...new Set(paths)].sort().join(" ");
}
