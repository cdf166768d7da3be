/**
 * Strings as PyYAML writes them: plain where that reads back as the same string, else in single
 * quotes, else in double quotes with every character outside ASCII escaped
 * (`allow_unicode=False`, `width=80`).
 *
 * @module
 */

/** How a string is written. */
export type ScalarStyle = "plain" | "single" | "double";

/** Where a string is written: it is folded at blanks once a line is over the width. */
export interface ScalarPlace {
  /** Column of the first character. */
  readonly column: number;
  /** Blanks before each further line. */
  readonly indent: number;
  /** Whether it may be folded; a simple key may not. */
  readonly fold: boolean;
}

/** Width beyond which PyYAML folds. */
const WIDTH = 80;

/** What YAML 1.1 reads as a boolean, a number, null, a merge key, a date or a value sign. */
const IMPLICIT: readonly RegExp[] = [
  /^(?:yes|Yes|YES|no|No|NO|true|True|TRUE|false|False|FALSE|on|On|ON|off|Off|OFF)$/,
  /^(?:[-+]?[0-9][0-9_]*\.[0-9_]*(?:[eE][-+][0-9]+)?|\.[0-9][0-9_]*(?:[eE][-+][0-9]+)?)$/,
  /^(?:[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+\.[0-9_]*|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/,
  /^(?:[-+]?0b[01_]+|[-+]?0[0-7_]+|[-+]?(?:0|[1-9][0-9_]*)|[-+]?0x[0-9a-fA-F_]+)$/,
  /^[-+]?[1-9][0-9_]*(?::[0-5]?[0-9])+$/,
  /^(?:~|null|Null|NULL|<<|=|)$/,
  /^[0-9]{4}-[0-9]{2}-[0-9]{2}$/,
  /^[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:[Tt]|[ \t]+)[0-9]{1,2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]*)?(?:[ \t]*(?:Z|[-+][0-9]{1,2}(?::[0-9]{2})?))?$/,
];

/** The escapes that have a letter of their own. */
const ESCAPES: Readonly<Record<string, string>> = {
  "\0": "0",
  "\x07": "a",
  "\b": "b",
  "\t": "t",
  "\n": "n",
  "\v": "v",
  "\f": "f",
  "\r": "r",
  "\x1b": "e",
  '"': '"',
  "\\": "\\",
  "\x85": "N",
  "\xa0": "_",
  "\u2028": "L",
  "\u2029": "P",
};

/** Which style PyYAML chooses, as a value in a block or as a simple key. */
export function scalarStyle(text: string, simpleKey: boolean): ScalarStyle {
  const special = /[^\n\x20-\x7e]/.test(text) || / \n/.test(text);
  const multiline = text.includes("\n");
  const plain = !special && !multiline && !/^ | $/.test(text) && !hasIndicators(text) &&
    !IMPLICIT.some((pattern) => pattern.test(text));
  if (plain) return "plain";
  const single = !special && !/\n /.test(text) && !(simpleKey && multiline);
  return single ? "single" : "double";
}

/** Whether a character means something to YAML where it stands. */
function hasIndicators(text: string): boolean {
  return /^(?:---|\.\.\.|[#,[\]{}&*!|>'"%@`]|[?:-](?: |$))/.test(text) || /:(?: |$)| #/.test(text);
}

/** Writes a string in a style at a place. */
export function writeScalar(text: string, style: ScalarStyle, place: ScalarPlace): string {
  switch (style) {
    case "plain":
      return foldSpaces(text, place, false);
    case "single":
      return `'${foldSpaces(text, { ...place, column: place.column + 1 }, true)}'`;
    case "double":
      return writeDouble([...text], place);
  }
}

/** Breaks the text at single blanks beyond the width; in single quotes also writes line breaks. */
function foldSpaces(text: string, { column, indent, fold }: ScalarPlace, quoted: boolean): string {
  let out = "";
  let at = column;
  let done = 0;
  const newLine = `\n${" ".repeat(indent)}`;
  for (const part of text.match(/ +|\n+|'|[^ \n']+/g) ?? []) {
    const edge = quoted && (done === 0 || done + part.length === text.length);
    done += part.length;
    if (part === " " && fold && at > WIDTH && !edge) {
      out += newLine;
      at = indent;
    } else if (part.startsWith("\n")) {
      out += `\n${part}${" ".repeat(indent)}`;
      at = indent;
    } else {
      const written = quoted && part === "'" ? "''" : part;
      out += written;
      at += written.length;
    }
  }
  return out;
}

/** Double quotes: the line is broken after a blank or an escape beyond the width. */
function writeDouble(characters: readonly string[], { column, indent, fold }: ScalarPlace): string {
  let out = '"';
  let at = column + 1;
  let pending = "";
  const flush = (text: string) => {
    out += text;
    at += text.length;
    pending = "";
  };
  const last = characters.length - 1;
  for (const [index, character] of characters.entries()) {
    const escape = escapeOf(character);
    if (escape !== null) flush(pending + escape);
    // PyYAML counts an escape one short here, and breaks before or after it, or at a blank.
    const width = escape === null ? at + pending.length : at - 1;
    const breakable = character === " " || pending === "";
    if (fold && index > 0 && index < last && breakable && width > WIDTH) {
      flush(`${pending}\\`);
      out += `\n${" ".repeat(indent)}`;
      at = indent;
      const next = escape === null ? character : characters[index + 1];
      if (next === " ") flush("\\");
    }
    if (escape === null) pending += character;
  }
  return `${out}${pending}"`;
}

/** The escape of a character; `null` for one that stands for itself. */
function escapeOf(character: string): string | null {
  const short = ESCAPES[character];
  if (short !== undefined) return `\\${short}`;
  if (/^[\x20-\x7e]$/.test(character)) return null;
  const code = character.codePointAt(0) ?? 0;
  const digits = code.toString(16).toUpperCase();
  if (code <= 0xff) return `\\x${digits.padStart(2, "0")}`;
  return code <= 0xffff ? `\\u${digits.padStart(4, "0")}` : `\\U${digits.padStart(8, "0")}`;
}
