/**
 * Messages that are too large for the database: files that the store takes over from the spool, and
 * gives back when the record that names them could not be written.
 *
 * INVARIANTS
 *
 * 1. A file in `messages/` is whole, and on disk with its name, before the database names it.
 * 2. A file that the database does not name is nobody's: a crash left it.
 *
 * @module
 */

import { reasonOf } from "../errors.ts";
import { log } from "../log.ts";
import { messageFile, messagesFolder } from "./layout.ts";
import { MessagePlace } from "./message_place.ts";
import type { NewMessage } from "./rows.ts";
import type { NewMail } from "./store.ts";
import { storeError } from "./store_error.ts";

const records = log("store");

/** A file that has been taken over, and where it was. */
interface TakenFile {
  readonly place: MessagePlace;
  readonly from: string;
}

/** The files of one store. */
export class MessageFiles {
  readonly #store: string;

  /** In the folder of that store. */
  constructor(store: string) {
    this.#store = store;
  }

  /**
   * Takes over the files of mails, durably.
   *
   * @returns What gives them back.
   * @throws {RelayError} `store-full` or `store-failed`; they are where they were.
   */
  async take(mails: readonly NewMail[]): Promise<() => Promise<void>> {
    const taken: TakenFile[] = [];
    const giveBack = async () => {
      for (const file of taken) await back(file);
    };
    try {
      for (const { mail } of mails) await this.#takeOne(mail.queueId, mail.message, taken);
      if (taken.length > 0) await syncOf(messagesFolder(this.#store));
    } catch (error) {
      await giveBack();
      throw storeError("keep the message's file", error);
    }
    return giveBack;
  }

  async #takeOne(queueId: string, message: NewMessage, taken: TakenFile[]): Promise<void> {
    const { file: from } = message;
    if (from === undefined) return;
    const place = message.place ?? new MessagePlace(from);
    await this.#makeFolder();
    await this.#giveToOwner(from);
    await syncOf(from);
    await place.move(messageFile(this.#store, queueId), true);
    taken.push({ place, from });
  }

  async #makeFolder(): Promise<void> {
    await Deno.mkdir(messagesFolder(this.#store), { recursive: true, mode: 0o700 });
  }

  /**
   * A relay that root runs on somebody else's store must not leave files there that the owner's relay
   * cannot read later.
   */
  async #giveToOwner(path: string): Promise<void> {
    const owner = await Deno.stat(messagesFolder(this.#store));
    const file = await Deno.stat(path);
    if (owner.uid === file.uid && owner.gid === file.gid) return;
    try {
      await Deno.chown(path, owner.uid, owner.gid);
    } catch {
      // Only root may give files away. Whoever else made this one can read it, and keeps it.
    }
  }

  /**
   * Keeps the file of a mail for the journal; the caller keeps it too. Never rejects.
   *
   * @returns Whether it could be kept.
   */
  async keep(queueId: string, message: NewMessage): Promise<boolean> {
    const path = messageFile(this.#store, queueId);
    const from = message.file ?? "";
    if (from === path) return true;
    try {
      await this.#makeFolder();
      await linkOrCopy(from, path);
      await this.#giveToOwner(path);
      return true;
    } catch (error) {
      records.warning("text of a mail not kept", { queueId, reason: reasonOf(error) });
      return false;
    }
  }
}

/** The caller's again, where it was; or where it is, if the disk does not even rename. */
async function back({ place, from }: TakenFile): Promise<void> {
  try {
    await place.move(from, false);
  } catch (error) {
    place.giveUp();
    records.warning("message's file not moved back", { path: place.path, reason: reasonOf(error) });
  }
}

/** Waits until a file, or the names in a folder, are on disk. */
async function syncOf(path: string): Promise<void> {
  using file = await Deno.open(path, { read: true });
  await file.sync();
}

async function linkOrCopy(from: string, to: string): Promise<void> {
  try {
    await Deno.link(from, to);
  } catch (error) {
    // The mail is in the queue as well: its file is here already.
    if (error instanceof Deno.errors.AlreadyExists) return;
    if (error instanceof Deno.errors.NotFound) throw error;
    // A file system without hard links.
    await Deno.copyFile(from, to);
  }
}
