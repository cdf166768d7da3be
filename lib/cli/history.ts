/**
 * `mail2alert history`: what became of each mail, and why, whether a relay runs or not.
 *
 * DIAGNOSTICS. Exit 1: there is no mail of that `--id`, nothing is kept of its text, or the store
 * cannot be read. Exit 2: wrong usage or configuration.
 *
 * @module
 */

import { readCount } from "../config/units.ts";
import { suggest } from "../config/suggest.ts";
import { RelayError } from "../errors.ts";
import { isMailState, MAIL_STATES, type MailState } from "../mail/journal.ts";
import type { JournalQuery, StoreReader } from "../store/views.ts";
import { lifeLines, recordRow } from "./life_text.ts";
import { paint, printable } from "./paint.ts";
import { recordValue } from "./queue_json.ts";
import { type PlaceOptions, queueIdOf, tellNoStore, withReader } from "./store_place.ts";
import type { Terminal } from "./terminal.ts";
import { readMoment } from "./time_option.ts";
import { writeArray, writeLines, writeOctets } from "./writing.ts";

/** What the command line asks the journal. */
export interface HistoryOptions extends PlaceOptions {
  /** The queue id. */
  readonly id?: string;
  /** The `Message-ID`. */
  readonly messageId?: string;
  /** An address of the envelope or a recipient, or a part of one. */
  readonly address?: string;
  /** A part of the subject. */
  readonly subject?: string;
  /** Received at or after. */
  readonly since?: string;
  /** Received before. */
  readonly until?: string;
  /** States, with commas between. */
  readonly state?: string;
  /** Most mails. */
  readonly limit: string;
  /** The kept text of the mail with `id`, instead of what happened to it. */
  readonly message?: boolean;
}

/** Most mails that one question may ask for: they are in memory all at once. */
const MOST = 10_000;

/** Asks the journal. */
export async function history(options: HistoryOptions, terminal: Terminal): Promise<number> {
  const query = readQuery(options, Date.now());
  if (options.message && query.queueId === undefined) {
    throw new RelayError("usage", "--message prints the text of one mail: name it with --id");
  }
  return await withReader(options, terminal, async (reader, folder) => {
    if (reader === null) tellNoStore(folder, terminal);
    if (query.queueId !== undefined) {
      const place = { reader, folder, queueId: query.queueId };
      if (options.message) return await printMessage(place, terminal);
      return printLife({ ...place, query }, options, terminal);
    }
    printList(reader, query, { json: options.json === true, terminal });
    return 0;
  });
}

function readQuery(options: HistoryOptions, now: number): JournalQuery {
  const { id, messageId, address, subject, since, until, state } = options;
  return {
    limit: readLimit(options.limit),
    ...id !== undefined && { queueId: queueIdOf(id) },
    ...messageId !== undefined && { messageId: messageId.trim() },
    ...address !== undefined && { address },
    ...subject !== undefined && { subject },
    ...since !== undefined && { since: readMoment(since, "--since", now) },
    ...until !== undefined && { until: readMoment(until, "--until", now) },
    ...state !== undefined && { states: state.split(",").map((word) => readState(word.trim())) },
  };
}

function readLimit(text: string): number {
  const limit = readCount(text, 1, MOST);
  if (limit.kind === "value") return limit.value;
  throw new RelayError(
    "usage",
    `Cannot read --limit ${JSON.stringify(text)}: expected a number from 1 to ${MOST}; ` +
      "--since and --until divide what is more",
  );
}

function readState(word: string): MailState {
  if (isMailState(word)) return word;
  const shown = JSON.stringify(word);
  throw new RelayError(
    "usage",
    `Cannot read --state ${shown}: no such state${suggest(word, MAIL_STATES)}`,
  );
}

function printList(
  reader: StoreReader | null,
  query: JournalQuery,
  { json, terminal }: { readonly json: boolean; readonly terminal: Terminal },
): void {
  // One more than is shown tells whether there are more.
  const found = reader?.search({ ...query, limit: query.limit + 1 }) ?? [];
  const shown = found.slice(0, query.limit);
  const brush = paint(terminal.colour);
  if (json) writeArray(shown.values().map(recordValue), terminal);
  else if (shown.length > 0) {
    writeLines(shown.values().map((record) => recordRow(record, brush, query.address)), terminal);
  } else if (reader !== null) terminal.out("the journal knows no such mail\n");
  if (found.length > shown.length) {
    const more = query.limit < MOST ? `--limit ${Math.min(MOST, query.limit * 10)}, or ` : "";
    terminal.err(`these are the newest ${shown.length}; for older ones: ${more}--until a time\n`);
  }
}

/** One mail, and where it is looked for. */
interface Place {
  readonly reader: StoreReader | null;
  readonly folder: string;
  readonly queueId: string;
}

/** The whole life of one mail. */
function printLife(
  { reader, folder, queueId, query }: Place & { readonly query: JournalQuery },
  { json }: HistoryOptions,
  terminal: Terminal,
): number {
  const [record] = reader?.search({ ...query, limit: 1 }) ?? [];
  if (json) writeArray(record === undefined ? [] : [recordValue(record)], terminal);
  if (reader === null) return 1;
  if (record === undefined) {
    terminal.err(`the journal in ${folder} knows no such mail as ${printable(queueId)}\n`);
    return 1;
  }
  const style = { now: Date.now(), brush: paint(terminal.colour) };
  if (!json) writeLines(lifeLines(reader.find(queueId), record, style), terminal);
  return 0;
}

/** What is kept of a mail's text, and nothing else. */
async function printMessage({ reader, folder, queueId }: Place, terminal: Terminal) {
  const kept = reader?.kept(queueId) ?? null;
  if (kept !== null) {
    await writeOctets(kept.octets(), terminal);
    if (kept.text === "headers") {
      terminal.err("this is the header section: `history` in the configuration keeps no more\n");
    }
    return 0;
  }
  if (reader === null) return 1;
  const shown = printable(queueId);
  const [record] = reader.search({ queueId, limit: 1 });
  const why = reader.find(queueId) !== null
    ? `it is in the queue, though: \`mail2alert queue export ${shown}\` prints it`
    : record === undefined
    ? "the journal does not know that mail"
    : "`history` in the configuration says what is kept of messages";
  terminal.err(`no text of ${shown} is kept in ${folder}: ${why}\n`);
  return 1;
}
