/**
 * Templates taken apart: literal text, and placeholders such as `{{ fields.host | upper }}`.
 *
 * A placeholder begins with a name or a text in quotes; filters follow, each after a bar, with
 * their arguments in brackets. `{{"{{"}}` is how a literal `{{` is written.
 *
 * @module
 */

import { compiled, placeOf, problem } from "./compiled.ts";
import type { Compiled } from "./scope.ts";

/** A filter as it is written. */
export interface FilterCall {
  /** Its name. */
  readonly name: string;
  /** Its arguments. */
  readonly args: readonly (string | number)[];
}

/** What a placeholder begins with. */
export type Subject =
  /** A text in quotes. */
  | { readonly kind: "text"; readonly text: string }
  /** A name: `lookup.owner.0` in its parts; of `mail.header("X")`, `["mail", "header"]`. */
  | {
    readonly kind: "name";
    readonly path: readonly string[];
    readonly argument: string | null;
  };

/** What stands between `{{` and `}}`. */
export interface Placeholder {
  /** Tells it apart. */
  readonly kind: "placeholder";
  /** Where it begins, in characters from the start. */
  readonly at: number;
  /** How it is written, on one line. */
  readonly source: string;
  /** What is put in. */
  readonly subject: Subject;
  /** What is done with it, in order. */
  readonly filters: readonly FilterCall[];
}

/** A piece of a template. */
export type Piece = { readonly kind: "literal"; readonly text: string } | Placeholder;

/** Longest template, in characters. */
export const MAX_TEMPLATE_CHARACTERS = 65_536;

/** Most placeholders in one, and most filters in one of these. */
const MAX_PLACEHOLDERS = 200;
const MAX_FILTERS = 10;

/** One thing between `{{` and `}}`. */
interface Token {
  readonly kind: "word" | "text" | "mark" | "end";
  readonly text: string;
  readonly at: number;
}

class Malformed {
  constructor(readonly at: number, readonly why: string) {}
}

/** Takes a template apart; names and filters are not yet looked up. */
export function parseTemplate(text: string): Compiled<readonly Piece[]> {
  if (text.length > MAX_TEMPLATE_CHARACTERS) {
    return problem(
      `the template has ${text.length} characters; ${MAX_TEMPLATE_CHARACTERS} are allowed`,
    );
  }
  try {
    return compiled(pieces(text));
  } catch (error) {
    if (!(error instanceof Malformed)) throw error;
    return problem(`${placeOf(text, error.at)}: ${error.why}`);
  }
}

function pieces(text: string): Piece[] {
  const found: Piece[] = [];
  let count = 0;
  for (let at = 0; at < text.length;) {
    const start = text.indexOf("{{", at);
    const end = start < 0 ? text.length : start;
    if (end > at) found.push({ kind: "literal", text: text.slice(at, end) });
    if (start < 0) break;
    if (++count > MAX_PLACEHOLDERS) {
      throw new Malformed(start, `over ${MAX_PLACEHOLDERS} placeholders are too many`);
    }
    const reader = new Reader(text, start);
    found.push(reader.placeholder());
    at = reader.end;
  }
  return found;
}

const WORD = /[\p{L}\p{N}_-]+/uy;

/** Reads one placeholder. */
class Reader {
  readonly #text: string;
  readonly #start: number;
  #token: Token;
  /** Where what was read ends. */
  end: number;

  constructor(text: string, start: number) {
    this.#text = text;
    this.#start = start;
    this.end = start + 2;
    this.#token = this.#next();
  }

  placeholder(): Placeholder {
    const subject = this.#subject();
    const filters: FilterCall[] = [];
    while (this.#takes("|")) filters.push(this.#filter());
    if (filters.length > MAX_FILTERS) this.#fail(`over ${MAX_FILTERS} filters are too many`);
    if (this.#token.kind !== "end") {
      this.#fail(
        `${JSON.stringify(this.#token.text)} is not expected here: after a name stands ` +
          `| and a filter, or }}`,
      );
    }
    const source = this.#text.slice(this.#start + 2, this.end - 2).trim();
    return { kind: "placeholder", at: this.#start, source, subject, filters };
  }

  #subject(): Subject {
    const { kind, text } = this.#token;
    if (kind === "text") {
      this.#advance();
      return { kind, text };
    }
    const path = [this.#word("a name such as fields.host")];
    while (this.#takes(".")) path.push(this.#word("a name after the dot"));
    const args = this.#takes("(") ? this.#args() : null;
    if (args === null) return { kind: "name", path, argument: null };
    const [argument] = args;
    if (args.length === 1 && typeof argument === "string") return { kind: "name", path, argument };
    return this.#fail('a name takes one text in quotes: mail.header("X-Name")');
  }

  #filter(): FilterCall {
    const name = this.#word("the name of a filter after |");
    return { name, args: this.#takes("(") ? this.#args() : [] };
  }

  #args(): readonly (string | number)[] {
    const args: (string | number)[] = [];
    while (!this.#takes(")")) {
      if (args.length > 0 && !this.#takes(",")) this.#fail("here , or ) is missing");
      const { kind, text } = this.#token;
      if (kind === "text") args.push(text);
      else if (kind === "word" && /^\d{1,9}$/.test(text)) args.push(Number(text));
      else this.#fail("an argument is a number or a text in quotes");
      this.#advance();
    }
    return args;
  }

  #word(expected: string): string {
    const { kind, text } = this.#token;
    if (kind !== "word") return this.#fail(`${expected} is missing`);
    this.#advance();
    return text;
  }

  #takes(mark: string): boolean {
    if (this.#token.kind !== "mark" || this.#token.text !== mark) return false;
    this.#advance();
    return true;
  }

  #advance(): void {
    this.#token = this.#next();
  }

  #next(): Token {
    while (/\s/.test(this.#text[this.end] ?? "")) this.end++;
    const at = this.end;
    if (at >= this.#text.length) throw new Malformed(this.#start, "{{ is not closed by }}");
    if (this.#text.startsWith("}}", at)) return this.#made("end", "}}", at + 2);
    const first = this.#text[at] ?? "";
    if (first === '"' || first === "'") return this.#quoted(first, at);
    WORD.lastIndex = at;
    const word = WORD.exec(this.#text)?.[0];
    return word === undefined
      ? this.#made("mark", first, at + 1)
      : this.#made("word", word, at + word.length);
  }

  #made(kind: Token["kind"], text: string, end: number): Token {
    const at = this.end;
    this.end = end;
    return { kind, text, at };
  }

  /** A backslash in front of a quote, a backslash or an `n` means that character or a line end. */
  #quoted(quote: string, start: number): Token {
    let text = "";
    for (let at = start + 1; at < this.#text.length; at++) {
      const character = this.#text[at] ?? "";
      if (character === quote) return this.#made("text", text, at + 1);
      if (character === "\\") {
        const next = this.#text[++at] ?? "";
        text += next === "n" ? "\n" : /["'\\]/.test(next) ? next : `\\${next}`;
      } else {
        text += character;
      }
    }
    throw new Malformed(start, `a text that begins with ${quote} is not closed`);
  }

  #fail(why: string): never {
    throw new Malformed(this.#token.at, why);
  }
}
