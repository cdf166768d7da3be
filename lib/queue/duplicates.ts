/**
 * Mails that were answered 2xx a short while ago: a notifier whose 250 got lost sends the same mail
 * again, and is told the same without a second delivery. The store keeps the keys, so that a restart
 * in between changes nothing; here they are looked up.
 *
 * A mail is the same when peer, envelope and octets are, header included. The body alone would not
 * do: cron and monitors send mails that differ in nothing but `Date` and `Message-ID`, and each of
 * them has something to say. Who sends a mail again because no answer came sends what it had
 * queued, octet for octet, and asks for the same. What it asks for (notifications, REQUIRETLS) counts
 * therefore: who asks for a report with a mail that came before without must not be told that all is
 * done. How the session was protected and who had authenticated may change from one try to the next.
 *
 * INVARIANTS
 *
 * 1. The window counts from the first time; coming again does not prolong it.
 * 2. At most `limit` mails are remembered; the oldest are forgotten first.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { dsnKey } from "../mail/dsn.ts";
import type { Envelope } from "../mail/envelope.ts";
import type { Mail } from "../mail/message.ts";
import type { RecentMail } from "../store/store.ts";

/** How long mails are remembered, and how many. */
export interface DuplicatesOptions {
  /** How long, in ms of queue time; 0: not at all. Asked each time: a reload may change it. */
  readonly windowMs: number;
  /** Most of them; 100,000 when absent. */
  readonly limit?: number;
}

/** Remembers mails for a while. */
export class Duplicates {
  readonly #options: DuplicatesOptions;
  /** By key, oldest first. */
  #recent = new Map<string, RecentMail>();

  /** Makes an empty memory. */
  constructor(options: DuplicatesOptions) {
    this.#options = options;
  }

  /** Takes in what the store knows, in any order, beside what has been added already. */
  load(recent: readonly RecentMail[]): void {
    const all = [...recent, ...this.#recent.values()].sort((a, b) => a.at - b.at);
    this.#recent = new Map();
    for (const { key, queueId, at } of all) this.add(key, queueId, at);
  }

  /**
   * Looks for a mail that came before.
   *
   * @param now The queue time.
   * @returns The queue id of the first time; `null` when there was none within the window.
   */
  find(key: string, now: number): string | null {
    const mail = this.#recent.get(key);
    return mail !== undefined && this.#counts(mail, now) ? mail.queueId : null;
  }

  /** Remembers a mail, unless it is known; `now` is the queue time when it was taken. */
  add(key: string, queueId: string, now: number): void {
    if (this.find(key, now) !== null) return;
    this.#recent.delete(key);
    this.#recent.set(key, { key, queueId, at: now });
    const { limit = 100_000 } = this.#options;
    for (const [oldest, mail] of this.#recent) {
      if (this.#recent.size <= limit && this.#counts(mail, now)) break;
      this.#recent.delete(oldest);
    }
  }

  #counts({ at }: RecentMail, now: number): boolean {
    return now - at < this.#options.windowMs;
  }
}

/** What two mails have in common when one is the other sent again: 32 hexadecimal digits. */
export function duplicateKey({ envelope, message }: Pick<Mail, "envelope" | "message">): string {
  const { session, reversePath, forwardPaths } = envelope;
  const paths = [...new Set(forwardPaths)].sort();
  // As JSON: no choice of words in one field can look like another field.
  const wishes = wishesOf(envelope);
  const parts = [session.peer, reversePath, paths, message.digest];
  // The keys of plain mails, most of all, stay what earlier versions have stored.
  const text = JSON.stringify(wishes === "" ? parts : [...parts, wishes]);
  return createHash("sha256").update(text).digest("hex").slice(0, 32);
}

/** What is asked for with a mail beyond its delivery; empty: nothing. */
export function wishesOf(envelope: Pick<Envelope, "dsn" | "requireTls">): string {
  return `${envelope.requireTls ? "REQUIRETLS " : ""}${dsnKey(envelope)}`;
}
