/**
 * The queue in words: a table of mails, and all about one of them.
 *
 * @module
 */

import type { QueuedDelivery, QueuedMail } from "../store/views.ts";
import { showDue, showSize, showSpan } from "./amounts.ts";
import { cut, fit } from "./columns.ts";
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
  return brush(line(cells, ["FROM", "TO"], widthOf(columns)), "bold");
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
  const paths = [sender(mail), firstOf(mail.forwardPaths)] as const;
  const rows = [line(painted, paths, width)];
  if (width < ROOMY) rows.push(INDENT + cut(paths.join(" → "), width - INDENT.length));
  const reason = reasonOf(mail);
  if (reason !== "") rows.push(INDENT + brush(cut(reason, width - INDENT.length), "dim"));
  return rows.join("\n");
}

function widthOf(columns: number | undefined): number {
  return Math.min(Math.max(columns ?? WIDTH.max, WIDTH.min), WIDTH.max);
}

function line(cells: readonly string[], [from, to]: readonly [string, string], width: number) {
  if (width < ROOMY) return cells.join("  ").trimEnd();
  const half = Math.floor((width - FIXED - 2) / 2);
  return [...cells, fit(from, half), cut(to, width - FIXED - 2 - half)].join("  ").trimEnd();
}

function sender({ reversePath }: QueuedMail): string {
  return reversePath === "" ? "<>" : printable(reversePath);
}

function firstOf([first = "-", ...more]: readonly string[]): string {
  return more.length === 0 ? printable(first) : `${printable(first)} and ${more.length} more`;
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
