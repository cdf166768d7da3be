/**
 * The contract of packs. A pack knows one sender's mails: it reads what they say and gives
 * it names. It asks nobody, remembers nothing and never fails; what a mail does not say,
 * such as whether a pipeline was broken before, is the manager's to find out.
 *
 * @module
 */

import type { MailHead } from "../subject.ts";

/** Reads the mails of one sender. */
export interface Pack {
  /** Its name, as a manager's `type` gives it. */
  readonly name: string;
  /**
   * Reads one mail. Never rejects: a mail of someone else, or a broken one, has just fewer fields.
   *
   * @param head The mail's subject and opening.
   */
  read(head: MailHead): Promise<Reading>;
}

/** What a pack read in a mail. */
export interface Reading {
  /** Its findings by name: `subject`, `pipeline`, … Only what the mail really says. */
  readonly fields: Readonly<Record<string, string>>;
  /** The event that the mail reports, as rules name it; absent when there is none. */
  readonly event?: string;
}
