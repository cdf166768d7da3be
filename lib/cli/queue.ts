/**
 * `mail2alert queue list`, `show` and `export`: looks at what waits, whether a relay runs or not.
 *
 * DIAGNOSTICS. Exit 1: the mail is not in the queue, or the store cannot be read. Exit 2: the
 * configuration is wrong.
 *
 * @module
 */

import type { QueuedMail } from "../store/views.ts";
import { lifeLines } from "./life_text.ts";
import { paint } from "./paint.ts";
import { mailValue, recordValue } from "./queue_json.ts";
import { tableHeading, tableRow, tableTotals } from "./queue_text.ts";
import {
  type PlaceOptions,
  queueIdOf,
  tellNoStore,
  tellNotQueued,
  withReader,
} from "./store_place.ts";
import type { Terminal } from "./terminal.ts";
import { writeArray, writeLines, writeOctets } from "./writing.ts";

/** Lists the queued mails, oldest first. */
export async function queueList(options: PlaceOptions, terminal: Terminal): Promise<number> {
  return await withReader(options, terminal, (reader, folder) => {
    if (reader === null) tellNoStore(folder, terminal);
    const mails = reader?.list() ?? [];
    const now = Date.now();
    if (options.json) writeArray(map(mails, (mail) => mailValue(mail, now)), terminal);
    else if (mails.length > 0) writeLines(table(mails, now, terminal), terminal);
    else if (reader !== null) terminal.out(`the queue in ${folder} is empty\n`);
    return Promise.resolve(0);
  });
}

function* map<T, R>(values: Iterable<T>, change: (value: T) => R): Generator<R> {
  for (const value of values) yield change(value);
}

function* table(
  mails: Iterable<QueuedMail>,
  now: number,
  { colour, columns }: Terminal,
): Generator<string> {
  const style = { now, columns, brush: paint(colour) };
  const totals = { mails: { waiting: 0, dead: 0, damaged: 0 }, octets: 0 };
  yield tableHeading(style);
  for (const mail of mails) {
    yield tableRow(mail, style);
    totals.mails[mail.state]++;
    totals.octets += mail.octets;
  }
  yield tableTotals(totals);
}

/** Shows everything about a queued mail: what is left of it, and what happened to it. */
export async function queueShow(
  id: string,
  options: PlaceOptions,
  terminal: Terminal,
): Promise<number> {
  const queueId = queueIdOf(id);
  return await withReader(options, terminal, (reader, folder) => {
    const mail = reader?.find(queueId);
    if (!reader || !mail) {
      return Promise.resolve(tellNotQueued(queueId, { reader, folder }, terminal));
    }
    const [record = null] = reader.search({ queueId, limit: 1 });
    const now = Date.now();
    if (options.json) {
      const journal = record === null ? null : recordValue(record);
      terminal.out(`${JSON.stringify({ ...mailValue(mail, now), journal }, null, 2)}\n`);
    } else {
      writeLines(lifeLines(mail, record, { now, brush: paint(terminal.colour) }), terminal);
    }
    return Promise.resolve(0);
  });
}

/** Writes the message of a queued mail to stdout: its octets as they came, and nothing else. */
export async function queueExport(
  id: string,
  options: PlaceOptions,
  terminal: Terminal,
): Promise<number> {
  const queueId = queueIdOf(id);
  return await withReader(options, terminal, async (reader, folder) => {
    const message = reader?.message(queueId);
    if (!message) return tellNotQueued(queueId, { reader, folder }, terminal);
    await writeOctets(message, terminal);
    return 0;
  });
}
