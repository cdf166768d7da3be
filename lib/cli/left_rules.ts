/**
 * How to see what rules said that the journal has not kept, of the many of a large company.
 *
 * @module
 */

import type { JournalRecord } from "../mail/journal.ts";
import type { RouteTrace } from "../routing/trace.ts";
import type { StoreReader } from "../store/views.ts";
import { isoTime } from "./amounts.ts";
import type { PlaceOptions } from "./store_place.ts";

/** What the text of a mail is read from. */
export interface TextPlace {
  /** The store. */
  readonly reader: StoreReader;
  /** How the command line has named it. */
  readonly options: PlaceOptions;
}

/** Most addresses that a command names. */
const MOST_ADDRESSES = 5;

/** What no shell takes for anything else; who sends a mail has chosen its addresses. */
const PLAIN_ADDRESS = /^\w[\w.+=-]*@\w[\w.-]*$/;

/** The command that tells of every rule, where the mail is still there; empty: none is left out. */
export function leftRulesLines(
  record: JournalRecord,
  trace: RouteTrace,
  place: TextPlace,
): readonly string[] {
  const isLeft = [trace, ...trace.further ?? []].some(({ rulesLeft }) => rulesLeft !== undefined);
  if (!isLeft) return [];
  const text = textOf(record.queueId, place);
  if (text === null) {
    return [
      "what the other rules said is not kept, nor is the mail: `mail2alert explain FILE` tells of " +
      "every rule for one like it; `history: full` keeps mails",
    ];
  }
  return [
    `what every rule says by the configuration as it is now${text.lacks}:`,
    `  ${text.command} | ${explainCommand(record, place)}`,
  ];
}

/** What prints the mail, and what it does not print. */
function textOf(
  queueId: string,
  { reader, options }: TextPlace,
): { readonly command: string; readonly lacks: string } | null {
  const where = [...optionOf("--config", options.config), ...optionOf("--store", options.store)];
  const command = (...words: readonly string[]) => ["mail2alert", ...words, ...where].join(" ");
  if (reader.find(queueId) !== null) {
    return { command: command("queue", "export", queueId), lacks: "" };
  }
  const kept = reader.kept(queueId);
  if (kept === null) return null;
  return {
    command: command("history", "--id", queueId, "--message"),
    lacks: kept.text === "full" ? "" : " (only the header is kept: mail.text is empty)",
  };
}

/** Explains it as it came: to the same, at the same hour. */
function explainCommand(
  { envelope: { reversePath, forwardPaths }, receivedAt }: JournalRecord,
  { options }: TextPlace,
): string {
  const isPlain = forwardPaths.length <= MOST_ADDRESSES &&
    forwardPaths.every((path) => PLAIN_ADDRESS.test(path));
  const from = reversePath === "" ? "'<>'" : reversePath;
  return [
    "mail2alert explain -",
    ...optionOf("--config", options.config),
    `--from ${reversePath === "" || PLAIN_ADDRESS.test(from) ? from : "ADDRESS"}`,
    `--to ${isPlain ? forwardPaths.join(",") : "ADDRESSES"}`,
    ...optionOf("--at", isoTime(receivedAt) ?? undefined),
  ].join(" ");
}

function optionOf(name: string, given: string | undefined): readonly string[] {
  if (given === undefined) return [];
  const quoted = /^[\w./:-]+$/.test(given) ? given : `'${given.replaceAll("'", `'\\''`)}'`;
  return [`${name} ${quoted}`];
}
