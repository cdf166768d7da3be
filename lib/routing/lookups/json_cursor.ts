/**
 * A place in a JSON text that is read from its begin to its end: what nobody wants is passed over,
 * what is wanted is read value by value, and others have their turn meanwhile. `JSON.parse` keeps
 * everybody waiting while it makes objects of a whole dashboard, most of which nobody looks at.
 *
 * What is passed over is not judged: only its brackets and strings are counted.
 *
 * @module
 */

/** A text is not what it should be; its reading ends there. */
export class Misfit extends Error {}

/** Longest text between quotes: no name is as long, and no page that may be passed over. */
const MAX_STRING = 1024 * 1024;

const BLANKS: ReadonlySet<number> = new Set([9, 10, 13, 32]);

/** Most blanks in a row; after them comes what fits nowhere, another blank. */
const MAX_BLANKS = 64 * 1024;

/** Most items of lists that are read of one text: some ten times those of the largest servers. */
const MAX_ITEMS = 500_000;

/** How many characters are read before the clock is looked at. */
const LOOK_EVERY = 16 * 1024;

/** How long is read without a pause, in ms. */
const SLICE_MS = 10;

/** A place in a JSON text. */
export class JsonCursor {
  readonly #text: string;
  #at = 0;
  #items = 0;
  #lookAt = LOOK_EVERY;
  #since = performance.now();

  /** Begins where the text does. */
  constructor(text: string) {
    this.#text = text;
  }

  /** The character that comes next but for blanks; empty at the end. */
  next(): string {
    const from = this.#at;
    while (BLANKS.has(this.#text.charCodeAt(this.#at)) && this.#at - from <= MAX_BLANKS) this.#at++;
    return this.#text[this.#at] ?? "";
  }

  /** Passes that character if it comes next; whether it did. */
  take(character: string): boolean {
    if (this.next() !== character) return false;
    this.#at++;
    return true;
  }

  /** Passes that character. Throws {@link Misfit} where another one comes. */
  expect(character: string): void {
    if (!this.take(character)) throw new Misfit();
  }

  /** Counts an item that is going to be kept. Throws {@link Misfit} where there are too many. */
  item(): void {
    if (++this.#items > MAX_ITEMS) throw new Misfit();
  }

  /** Reads what stands between quotes. Throws {@link Misfit} where there are none. */
  text(): string {
    // Parsed, it is a text of its own, and does not hold the whole answer in memory.
    return parsed(this.#string()) as string;
  }

  /** Reads a number, `true`, `false` or `null`. Throws {@link Misfit} where none comes. */
  scalar(): unknown {
    return parsed(this.#word());
  }

  /** Passes one value, whatever it is. Throws {@link Misfit} where none comes. */
  async skip(): Promise<void> {
    let depth = 0;
    do {
      const next = this.next();
      if (next === '"') this.#string();
      else if ("{[".includes(next || "end")) depth += this.#step(1);
      else if (depth > 0 && "}]".includes(next || "end")) depth += this.#step(-1);
      else if (depth > 0 && ",:".includes(next || "end")) this.#step(0);
      else this.#word();
      const pause = this.pause();
      if (pause !== undefined) await pause;
    } while (depth > 0);
  }

  /** Something to wait for where others should have their turn. */
  pause(): Promise<void> | undefined {
    if (this.#at < this.#lookAt) return undefined;
    this.#lookAt = this.#at + LOOK_EVERY;
    if (performance.now() - this.#since < SLICE_MS) return undefined;
    return new Promise((resolve) => {
      setTimeout(() => {
        this.#since = performance.now();
        resolve();
      });
    });
  }

  #step<T>(depth: T): T {
    this.#at++;
    return depth;
  }

  /** Passes a string, and gives it with its quotes. */
  #string(): string {
    this.expect('"');
    const start = this.#at - 1;
    let escapes = 1;
    while (escapes % 2 === 1) {
      const end = this.#text.indexOf('"', this.#at);
      if (end === -1 || end - start > MAX_STRING) throw new Misfit();
      this.#at = end + 1;
      escapes = 0;
      while (this.#text[end - 1 - escapes] === "\\") escapes++;
    }
    return this.#text.slice(start, this.#at);
  }

  /** Passes what is neither string nor bracket, and gives it. */
  #word(): string {
    const word = /[-+.\w]{1,40}/y;
    word.lastIndex = this.#at;
    const [found] = word.exec(this.#text) ?? [];
    if (found === undefined) throw new Misfit();
    this.#at += found.length;
    return found;
  }
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    throw new Misfit();
  }
}
