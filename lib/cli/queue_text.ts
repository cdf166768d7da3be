/**
 * The queue in words: a table of mails, and all about one of them.
 *
 * @module
 */

import type { QueuedDelivery, QueuedMail } from "../store/views.ts";
import { showDue, showSize, showSpan } from "./amounts.ts";
import { columnsOf, cut, fit } from "./columns.ts";
import { names, showDestination } from "./journal_text.ts";
import { type Colour, type Paint, printable } from "./paint.ts";

/** Narrowest and widest table, in columns of the terminal. */
const WIDTH = { min: 80, max: 120 } as const;

/** From here on, sender and recipients have columns of their own; below, a line. */
const ROOMY = 110;

const COLUMNS = [
  { heading: "ID", width: 26 },
  { heading: "AGE", width: 6 },
  { heading: "SIZE", width: 7 },
  { heading: "STATE", width: 7 },
  { heading: "NEXT TRY", width: 9 },
] as const;

const INDENT = "    ";

/** Columns taken by those of fixed width, each with its gap of two. */
const FIXED = COLUMNS.reduce((sum, { width }) => sum + width + 2, 0);

const COLOURS: Readonly<Record<QueuedMail["state"], Colour>> = {
  waiting: "yellow",
  dead: "red",
  damaged: "red",
};

/** How to draw the table. */
export interface TableStyle {
  /** The clock, in milliseconds since the epoch. */
  readonly now: number;
  /** Columns of the terminal; absent: no terminal. */
  readonly columns?: number | undefined;
  /** The brush. */
  readonly brush: Paint;
}

/** The first line of the table. */
export function tableHeading({ columns, brush }: TableStyle): string {
  const cells = COLUMNS.map(({ heading, width }) => fit(heading, width));
  return brush(line(cells, { from: "FROM", to: ["TO"] }, widthOf(columns)), "bold");
}

/** One mail of the table, without a newline at its end: its row, and below it what was said last. */
export function tableRow(mail: QueuedMail, { now, columns, brush }: TableStyle): string {
  const width = widthOf(columns);
  const { queueId, receivedAt, octets, state } = mail;
  const nextTry = nextTryInMs(mail);
  const cells = [
    printable(queueId),
    showSpan(now - receivedAt),
    showSize(octets),
    state,
    nextTry === null ? "-" : showDue(nextTry),
  ].map((cell, column) => fit(cell, COLUMNS[column]?.width ?? 0));
  const painted = cells.map((cell, column) => column === 3 ? brush(cell, COLOURS[state]) : cell);
  const way = { from: sender(mail), to: owedTo(mail) };
  const rows = [line(painted, way, width)];
  if (width < ROOMY) rows.push(INDENT + wayLine(way, width - INDENT.length));
  const reason = reasonOf(mail);
  if (reason !== "") rows.push(INDENT + brush(cut(reason, width - INDENT.length), "dim"));
  return rows.join("\n");
}

function widthOf(columns: number | undefined): number {
  return Math.min(Math.max(columns ?? WIDTH.max, WIDTH.min), WIDTH.max);
}

/** From whom, and to whom still. */
interface Way {
  readonly from: string;
  readonly to: readonly string[];
}

function line(cells: readonly string[], { from, to }: Way, width: number) {
  if (width < ROOMY) return cells.join("  ").trimEnd();
  const half = Math.floor((width - FIXED - 2) / 2);
  return [...cells, fit(from, half), cutWhom(to, width - FIXED - 2 - half)].join("  ").trimEnd();
}

function wayLine({ from, to }: Way, columns: number): string {
  const sent = `${cut(from, Math.floor(columns / 2))} → `;
  return sent + cutWhom(to, columns - columnsOf(sent));
}

/** The first, and how many others there are: whatever is cut, not that. */
function cutWhom([first = "-", ...more]: readonly string[], columns: number): string {
  const others = more.length === 0 ? "" : ` and ${more.length} more`;
  return cut(printable(first), columns - others.length) + others;
}

function sender({ reversePath }: QueuedMail): string {
  return reversePath === "" ? "<>" : printable(reversePath);
}

/** Who has not had it, those first who are still tried; not the address that brought it here. */
function owedTo({ deliveries, forwardPaths }: QueuedMail): readonly string[] {
  const owed = [
    ...deliveries.filter(({ state }) => state === "waiting"),
    ...deliveries.filter(({ state }) => state === "dead"),
  ].flatMap(({ recipients }) => recipients);
  return [...new Set(owed.length > 0 ? owed : forwardPaths)];
}

/** When any part of a mail is due, in milliseconds from now; `null`: nothing of it waits. */
export function nextTryInMs({ deliveries }: Pick<QueuedMail, "deliveries">): number | null {
  const waiting = deliveries.filter(({ state }) => state === "waiting");
  return waiting.length === 0 ? null : Math.min(...waiting.map(({ dueInMs }) => dueInMs));
}

/** What was said last, of the first delivery that anything was said of. */
function reasonOf({ deliveries }: QueuedMail): string {
  const told = deliveries.filter(({ reason }) => reason !== "");
  const [first] = told;
  if (first === undefined) return "";
  const others = told.length > 1 ? ` (and ${told.length - 1} more)` : "";
  return `${showDestination(first.destination)}: ${printable(first.reason)}${others}`;
}

/** The sums below the table. */
export interface Totals {
  /** Mails in each state. */
  readonly mails: Readonly<Record<QueuedMail["state"], number>>;
  /** Octets of all messages. */
  readonly octets: number;
}

/** The last line of the table. */
export function tableTotals({ mails, octets }: Totals): string {
  const all = mails.waiting + mails.dead + mails.damaged;
  const parts = [`${mails.waiting} waiting`, `${mails.dead} dead`];
  if (mails.damaged > 0) parts.push(`${mails.damaged} damaged`);
  return `${count(all, "mail")}: ${parts.join(", ")}; ${showSize(octets)}`;
}

/** `1 mail`, `2 mails`. */
export function count(amount: number, noun: string): string {
  return `${amount} ${noun}${amount === 1 ? "" : "s"}`;
}

/** Everything that is left of a queued mail. */
export function deliveryLines(deliveries: readonly QueuedDelivery[], brush: Paint): string[] {
  return deliveries.flatMap(({ destination, recipients, state, attempts, dueInMs, reason }) => {
    const next = state === "waiting" ? `, next try ${showDue(dueInMs)}` : "";
    return [
      `  ${showDestination(destination)}: ${brush(state, COLOURS[state])}, ${
        attempts === 0 ? "not tried yet" : `tried ${times(attempts)}`
      }${next}`,
      `${INDENT}for ${names(recipients)}`,
      ...reason === "" ? [] : [`${INDENT}${printable(reason)}`],
    ];
  });
}

function times(attempts: number): string {
  return attempts === 1 ? "once" : `${attempts} times`;
}
