/**
 * Text of others made fit for people and for header fields: one line, bounded, nothing in it that
 * a terminal or a mail program would obey. Pure.
 *
 * @module
 */

/**
 * What must not pass: controls (ESC among them), line and paragraph separators, overrides of the
 * direction of writing, and halves of characters.
 */
const UNSAFE = /[\p{Cc}\p{Cs}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu;

/** Puts text on one line of so many characters at most; what was cut off leaves ` ...`. */
export function printable(text: string, maxCharacters: number): string {
  // Cut first: a text of a megabyte is not worth a look at all of it.
  const near = clip(text, 4 * maxCharacters);
  const line = near.replace(/[\r\n\t ]+/g, " ").replace(UNSAFE, "?").trim();
  if (line.length <= maxCharacters && near.length === text.length) return line;
  return `${clip(line, maxCharacters - 4).trimEnd()} ...`;
}

/** The first characters of a text, never half of one. */
export function clip(text: string, maxCharacters: number): string {
  if (text.length <= maxCharacters) return text;
  const last = text.charCodeAt(maxCharacters - 1);
  return text.slice(0, last >= 0xd800 && last < 0xdc00 ? maxCharacters - 1 : maxCharacters);
}

/** Whether a text is ASCII without control characters. */
export function isPlainAscii(text: string): boolean {
  return /^[ -~]*$/.test(text);
}

/** Whatever is not printable ASCII as `\x{E9}`, the way RFC 6533 §3 writes it in addresses. */
export function escapeToAscii(text: string): string {
  return text.replace(/[^ -~]/gu, hexPoint);
}

/** A character as RFC 6533 §3 embeds it: its code point in at least two hexadecimal digits. */
export function hexPoint(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  return `\\x{${code.toString(16).toUpperCase().padStart(2, "0")}}`;
}

/**
 * Breaks text into lines at its blanks; a word that is longer than a line stays whole.
 *
 * @param text One line, blanks single.
 * @param columns Longest line; `first` less for the first one, where something stands before it.
 */
export function breakLines(text: string, columns: number, first = 0): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    const room = columns - (lines.length === 0 ? first : 0);
    if (line !== "" && line.length + 1 + word.length > room) {
      lines.push(line);
      line = word;
    } else {
      line = line === "" ? word : `${line} ${word}`;
    }
  }
  return [...lines, line];
}

/**
 * Writes a header field in ASCII, folded at its blanks (RFC 5322 §2.2.3), CR LF included. The
 * value must be printable ASCII.
 */
export function foldField(name: string, value: string): string {
  return `${name}: ${breakLines(value, 77, name.length + 2).join("\r\n ")}\r\n`;
}
