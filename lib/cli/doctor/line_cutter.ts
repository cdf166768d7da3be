/**
 * Cuts what a device says into lines, of which the beginnings are kept.
 *
 * @module
 */

import { type ClientLine, SHOWN_OCTETS } from "./spoken.ts";

const CR = 0x0d;
const LF = 0x0a;

/** One more than is shown: a CR may be the last one. */
const KEPT_OCTETS = SHOWN_OCTETS + 1;

/** Cuts lines. */
export class LineCutter {
  #kept: number[] = [];
  #length = 0;
  #last = 0;

  /** Octets of a line whose end has not come. */
  get unfinished(): number {
    return this.#length;
  }

  /** How many octets of `octets` belong to the line that is coming, its LF included. */
  measure(octets: Uint8Array): number {
    const end = octets.indexOf(LF);
    return end < 0 ? octets.length : end + 1;
  }

  /** Takes octets up to a LF at most; the line, once that has come. */
  take(octets: Uint8Array): ClientLine | null {
    const ended = octets.at(-1) === LF;
    const text = ended ? octets.subarray(0, -1) : octets;
    this.#kept.push(...text.subarray(0, KEPT_OCTETS - this.#kept.length));
    this.#length += text.length;
    this.#last = text.at(-1) ?? this.#last;
    return ended ? this.cut() : null;
  }

  /** Ends the line here, as it is. */
  cut(): ClientLine {
    const lfAlone = this.#length === 0 || this.#last !== CR;
    const length = lfAlone ? this.#length : this.#length - 1;
    const octets = Uint8Array.from(this.#kept.slice(0, length));
    this.forget();
    return { octets, length, lfAlone };
  }

  /** Forgets what has come of a line. */
  forget(): void {
    this.#kept = [];
    this.#length = 0;
    this.#last = 0;
  }
}
