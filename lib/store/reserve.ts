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

  /** Makes the file where it is missing, now and then; says whether it is there. */
  restore(): boolean {
    if (this.#held) return true;
    if (performance.now() < this.#nextTry) return false;
    this.#nextTry = performance.now() + TRY_EVERY_MS;
    this.#held = this.#isThere() || this.#make();
    return this.#held;
  }

  /** Gives the space away; says whether there was any. */
  release(): boolean {
    this.#held = false;
    this.#nextTry = performance.now() + TRY_EVERY_MS;
    try {
      Deno.removeSync(this.#path);
      return true;
    } catch {
      return false;
    }
  }

  #isThere(): boolean {
    try {
      return Deno.statSync(this.#path).size >= this.#octets;
    } catch {
      return false;
    }
  }

  #make(): boolean {
    try {
      using file = Deno.openSync(this.#path, {
        write: true,
        create: true,
        truncate: true,
        mode: 0o600,
      });
      const zeros = new Uint8Array(PIECE_OCTETS);
      for (let left = this.#octets; left > 0;) left -= file.writeSync(zeros.subarray(0, left));
      return true;
    } catch {
      this.release();
      return false;
    }
  }
}
