/**
 * Space held back in a file of its own. To take mail out of a database takes space too: without any,
 * a store that is full could never be emptied. The file goes when the disk is full, so that what
 * shortens the queue can be written; as long as it cannot be made again, no new mail is taken.
 *
 * @module
 */

const PIECE_OCTETS = 65_536;
/** Pause between two tries to make the file again, in milliseconds. */
const TRY_EVERY_MS = 500;

/** Where the usual size does not fit, this is better than nothing, in octets. */
const LEAST_OCTETS = 196_608;

/** The reserve of one store. */
export class Reserve {
  readonly #path: string;
  readonly #octets: number;
  #held = false;
  #nextTry = -Infinity;

  /** Names the file; nothing is made yet. */
  constructor(path: string, octets: number) {
    this.#path = path;
    this.#octets = octets;
  }

  /** Makes the file where it is missing, now and then; says whether there is space for it. */
  restore(): boolean {
    if (this.#held) return true;
    if (performance.now() < this.#nextTry) return false;
    this.#nextTry = performance.now() + TRY_EVERY_MS;
    return this.#held = this.#isThere() || this.#make(this.#octets) ||
      this.#make(Math.min(LEAST_OCTETS, this.#octets));
  }

  /** Gives the space away; says whether there was any. */
  release(): boolean {
    this.#held = false;
    this.#nextTry = performance.now() + TRY_EVERY_MS;
    return this.#remove();
  }

  #isThere(): boolean {
    try {
      return Deno.statSync(this.#path).size >= Math.min(LEAST_OCTETS, this.#octets);
    } catch {
      return false;
    }
  }

  /** A disk that fails in another way than by being full says so better to whoever writes mail. */
  #make(octets: number): boolean {
    try {
      using file = Deno.openSync(this.#path, {
        write: true,
        create: true,
        truncate: true,
        mode: 0o600,
      });
      const zeros = new Uint8Array(PIECE_OCTETS);
      for (let left = octets; left > 0;) left -= file.writeSync(zeros.subarray(0, left));
      return true;
    } catch (error) {
      this.#remove();
      return !/No space left|quota/i.test(String(error));
    }
  }

  #remove(): boolean {
    try {
      Deno.removeSync(this.#path);
      return true;
    } catch {
      return false;
    }
  }
}
