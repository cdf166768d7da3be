/**
 * Mails on their way into the store: their rows and, where a message is in a file, the move of the
 * file to where the store keeps it.
 *
 * INVARIANTS
 *
 * 1. A mail whose file is on its way is not overtaken by notes about it. Calls about other mails may
 *    overtake it: nobody can tell, as it has not been answered.
 * 2. A file is in its place, durably, before the record that names it is sent; it is the caller's
 *    again when that record could not be written.
 * 3. When the database's thread crashed, nobody can tell what became of the record: the file stays
 *    where the database would look for it. If nothing names it, a later start deletes it.
 *
 * @module
 */

import { UnknownOutcome } from "./database_line.ts";
import { MessageFiles } from "./message_files.ts";
import type { MailRow, RecordRow } from "./operations.ts";
import { detached, mailRow, recordRow, restOf, type RowOptions } from "./rows.ts";
import type { NewJournalRecord, NewMail } from "./store.ts";

/** Sends rows to the database. */
export type Write<Answer> = (rows: readonly MailRow[]) => Promise<Answer>;

/** What is on its way into one store. */
export class IncomingMails {
  readonly #files: MessageFiles;
  readonly #options: (text?: RowOptions["text"]) => RowOptions;
  readonly #moving = new Map<string, Promise<void>>();

  /**
   * Into the store in that folder.
   *
   * @param options What rows are made with; `text` where less is kept than the setting says.
   */
  constructor(store: string, options: (text?: RowOptions["text"]) => RowOptions) {
    this.#files = new MessageFiles(store);
    this.#options = options;
  }

  /** Writes mails: at once where all of their octets are at hand. */
  write<Answer>(mails: readonly NewMail[], write: Write<Answer>): Promise<Answer> {
    const options = this.#options();
    const rows: MailRow[] = [];
    for (const mail of mails) {
      const rest = restOf(mail.mail.message);
      if (!(rest instanceof Uint8Array)) return this.#writeLater(mails, write);
      rows.push(mailRow(mail, rest, options));
    }
    return write(rows);
  }

  /** Makes a record, and writes it; settles when the message is not needed any more. */
  note(
    record: NewJournalRecord,
    write: (row: RecordRow) => Promise<void> | void,
  ): Promise<void> | void {
    const { message, entry: { queueId } } = record;
    if (this.#moving.has(queueId)) return this.after(queueId, () => this.note(record, write));
    const make = (rest: Uint8Array | null, text?: RowOptions["text"]) =>
      write(detached(recordRow(record, rest, this.#options(text))));
    if (message === undefined || this.#options().text !== "full") return make(null);
    const rest = restOf(message);
    if (rest instanceof Uint8Array) return make(rest);
    if (rest !== null) return rest.then((octets) => make(octets));
    return this.#files.keep(queueId, message).then((kept) => make(null, kept ? "full" : "headers"));
  }

  /** Does something about a mail when the mail itself is not on its way any more. */
  after(queueId: string, act: () => Promise<void> | void): Promise<void> | void {
    const moving = this.#moving.get(queueId);
    return moving === undefined ? act() : moving.then(act);
  }

  /** Settles when nothing is on its way. */
  async settled(): Promise<void> {
    await Promise.all(this.#moving.values());
  }

  #writeLater<Answer>(mails: readonly NewMail[], write: Write<Answer>): Promise<Answer> {
    const written = this.#takeAndWrite(mails, write);
    const over = written.then(() => {}, () => {}).then(() => {
      for (const { mail } of mails) this.#moving.delete(mail.queueId);
    });
    for (const { mail } of mails) this.#moving.set(mail.queueId, over);
    return written;
  }

  async #takeAndWrite<Answer>(mails: readonly NewMail[], write: Write<Answer>): Promise<Answer> {
    const giveBack = await this.#files.take(mails);
    try {
      const rests = await Promise.all(mails.map(({ mail }) => restOf(mail.message)));
      const options = this.#options();
      return await write(mails.map((mail, index) => mailRow(mail, rests[index] ?? null, options)));
    } catch (error) {
      if (!(error instanceof Error && error.cause instanceof UnknownOutcome)) await giveBack();
      throw error;
    }
  }
}
