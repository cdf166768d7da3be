/**
 * Mails that were not answered 2xx, remembered for an hour: when the notifier comes again
 * with the same mail, whoever had it does not get it twice.
 *
 * A mail is the same when reverse-path, forward-paths and octets are. Mails answered 2xx are not
 * remembered: a UPS that reports the same event twice has two things to say.
 *
 * The durable queue replaces the reason for this; until then it is memory only, and bounded.
 *
 * @module
 */

import type { Mail } from "../mail/message.ts";

const HOUR_MS = 3_600_000;

/** What is known of a mail that may come again. */
export interface Unfinished {
  /** The id it got when it first came; it keeps it. */
  readonly queueId: string;
  /** Who had it: `destination recipient`. */
  readonly delivered: Set<string>;
  /** Settles when no attempt is under way any more; an attempt may outlive the answer. */
  running: Promise<void>;
}

/** Remembers unfinished mails. */
export class Resends {
  readonly #entries = new Map<string, { readonly until: number; readonly mail: Unfinished }>();
  readonly #now: () => number;
  readonly #limit: number;

  /**
   * Makes an empty memory.
   *
   * @param now The clock, in milliseconds since the epoch.
   * @param limit Most mails remembered; beyond, the oldest are forgotten.
   */
  constructor(now: () => number = Date.now, limit = 10_000) {
    this.#now = now;
    this.#limit = limit;
  }

  /** Whether nothing is remembered, so that no key need be made to ask. */
  get empty(): boolean {
    return this.#entries.size === 0;
  }

  /** The unfinished mail that came before under this key, if that was within the hour. */
  find(key: string): Unfinished | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined || entry.until <= this.#now()) return undefined;
    return entry.mail;
  }

  /** Remembers a mail from now on for an hour; a mail already there under the key is joined with it. */
  keep(key: string, mail: Unfinished): void {
    const earlier = this.find(key);
    if (earlier !== undefined && earlier !== mail) {
      for (const had of earlier.delivered) mail.delivered.add(had);
    }
    this.#entries.delete(key);
    this.#entries.set(key, { until: this.#now() + HOUR_MS, mail });
    for (const [oldest, { until }] of this.#entries) {
      if (until > this.#now() && this.#entries.size <= this.#limit) break;
      this.#entries.delete(oldest);
    }
  }

  /** Forgets a mail: it has been answered 2xx. */
  forget(key: string): void {
    this.#entries.delete(key);
  }
}

/** What tells a mail that comes again from another one. */
export function resendKey({ envelope, message }: Pick<Mail, "envelope" | "message">): string {
  const paths = [...new Set(envelope.forwardPaths)].sort();
  return JSON.stringify([message.digest, envelope.reversePath, ...paths]);
}
