/**
 * `mail2alert queue retry` and `drop`: changes what becomes of queued mail. A relay that works on
 * the store is asked to do it; where none does, it is done here, under the store's lock.
 *
 * DIAGNOSTICS. Exit 1: no such mail, or a program holds the store and does not answer.
 *
 * @module
 */

import { RelayError } from "../errors.ts";
import type { QueuedMail } from "../store/views.ts";
import { names } from "./journal_text.ts";
import { printable } from "./paint.ts";
import { count } from "./queue_text.ts";
import {
  hasStore,
  type PlaceOptions,
  queueIdOf,
  storeFolder,
  tellNoStore,
  tellNotQueued,
  withReader,
} from "./store_place.ts";
import { changeStore } from "./store_change.ts";
import type { Terminal } from "./terminal.ts";

/** Which mails to try again. */
export interface RetryOptions extends PlaceOptions {
  /** Every mail of the queue. */
  readonly all?: boolean;
}

/**
 * Makes a queued mail, or all of them, due at once; dead letters too.
 *
 * @throws {RelayError} `usage`: neither an id nor `--all`, or both.
 */
export async function queueRetry(
  id: string | undefined,
  options: RetryOptions,
  terminal: Terminal,
): Promise<number> {
  if ((id === undefined) === (options.all !== true)) {
    throw new RelayError("usage", "Cannot tell which mail to retry: name its ID, or --all of them");
  }
  const folder = await storeFolder(options, terminal);
  const queueId = id === undefined ? undefined : queueIdOf(id);
  const stored = await hasStore(folder);
  const { queueIds, by } = stored
    ? await changeStore(folder, { command: "retry", queueId }, terminal)
    : { queueIds: [], by: "us" } as const;
  if (options.json) terminal.out(`${JSON.stringify({ queueIds, relayRuns: by === "relay" })}\n`);
  if (queueId !== undefined && queueIds.length === 0) {
    return await notQueued(queueId, { ...options, store: folder }, terminal);
  }
  if (!stored) tellNoStore(folder, terminal);
  else if (!options.json) terminal.out(retried(queueIds.length, folder, by));
  return 0;
}

function retried(mails: number, folder: string, by: "relay" | "us"): string {
  if (mails === 0) return `the queue in ${folder} is empty: there is nothing to retry\n`;
  const when = by === "relay" ? "now" : "as soon as the relay runs";
  return `${count(mails, "mail")} will be tried ${when}\n`;
}

/** Drops a queued mail with everything that is left of it, and says what that was. */
export async function queueDrop(
  id: string,
  options: PlaceOptions,
  terminal: Terminal,
): Promise<number> {
  const folder = await storeFolder(options, terminal);
  const queueId = queueIdOf(id);
  const place = { ...options, store: folder };
  // Once it is dropped, nobody can say any more what it was.
  const mail = await withReader(
    place,
    terminal,
    (reader) => Promise.resolve(reader?.find(queueId) ?? null),
  );
  if (mail === null) return await notQueued(queueId, place, terminal);
  const { queueIds, underWay } = await changeStore(folder, { command: "drop", queueId }, terminal);
  if (queueIds.length === 0) return await notQueued(queueId, place, terminal);
  const { reversePath, forwardPaths, subject = null } = mail;
  if (options.json) {
    const value = { queueId, reversePath, forwardPaths, subject, underWay };
    terminal.out(`${JSON.stringify(value)}\n`);
  } else terminal.out(dropped(mail, underWay) + await remembered(queueId, place, terminal));
  return 0;
}

function dropped(
  { queueId, reversePath, forwardPaths, subject }: QueuedMail,
  underWay: boolean,
): string {
  const about = subject === undefined ? "without a subject" : `about "${printable(subject)}"`;
  const late = underWay
    ? "it was just being delivered: who was being served may have it all the same\n"
    : "";
  return `dropped ${printable(queueId)} from <${printable(reversePath)}> to ` +
    `${names(forwardPaths)}, ${about}\n${late}`;
}

/** Where the mail can still be looked up, unless the configuration says that nothing is kept. */
async function remembered(
  queueId: string,
  place: PlaceOptions,
  terminal: Terminal,
): Promise<string> {
  return await withReader(place, terminal, (reader) => {
    const known = (reader?.search({ queueId, limit: 1 }) ?? []).length > 0;
    return Promise.resolve(
      known ? `\`mail2alert history --id ${printable(queueId)}\` still knows it\n` : "",
    );
  });
}

async function notQueued(
  queueId: string,
  place: PlaceOptions,
  terminal: Terminal,
): Promise<number> {
  return await withReader(
    place,
    terminal,
    (reader, folder) => Promise.resolve(tellNotQueued(queueId, { reader, folder }, terminal)),
  );
}
