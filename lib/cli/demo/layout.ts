/**
 * How the demo sets its text: labelled lines, wrapped to fit a terminal of 80 columns.
 *
 * @module
 */

import type { Colour, Paint } from "../paint.ts";

/** What fits a terminal of the usual size, in columns. */
export const COLUMNS = 80;

/** Where the text of a labelled line begins, in columns. */
const INDENT = 13;

/** A labelled line of a mail's story. */
export interface Entry {
  /** What the line is about: at most 8 characters. */
  readonly label: string;
  /** The text; printable already. Wrapped at blanks. */
  readonly text: string;
  /** Its colour; absent: that of the terminal. */
  readonly colour?: Colour;
  /** A sign at the right edge, and its colour. */
  readonly mark?: { readonly sign: string; readonly colour: Colour };
}

/** Sets one entry: the label, then the text beside it, on as many lines as it takes. */
export function setEntry({ label, text, colour, mark }: Entry, brush: Paint): string {
  const width = COLUMNS - INDENT - (mark ? 2 : 0);
  return wrap(text, width).map((line, index, { length }) => {
    const margin = `    ${(index === 0 ? label : "").padEnd(INDENT - 4)}`;
    const shown = colour === undefined ? line : brush(line, colour);
    if (mark === undefined || index < length - 1) return `${brush(margin, "dim")}${shown}\n`;
    const gap = " ".repeat(Math.max(1, width + 1 - line.length));
    return `${brush(margin, "dim")}${shown}${gap}${brush(mark.sign, mark.colour)}\n`;
  }).join("");
}

/** Cuts a text at blanks into lines of at most `columns`; a longer word keeps a line to itself. */
export function wrap(text: string, columns: number): readonly string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    const longer = line === "" ? word : `${line} ${word}`;
    if (line !== "" && longer.length > columns) {
      lines.push(line);
      line = word;
    } else line = longer;
  }
  return [...lines, line];
}

/** A text in a column: filled with blanks, or cut with an ellipsis. */
export function column(text: string, columns: number): string {
  return text.length <= columns ? text.padEnd(columns) : `${text.slice(0, columns - 1)}…`;
}

/** Milliseconds for people: one decimal while it says something. */
export function showMs(ms: number): string {
  return `${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms`;
}
