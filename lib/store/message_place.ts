/**
 * Where the file of a message is right now. While a mail is on its way the file moves: the store
 * takes it over from the spool, or gives it back; whoever reads it meanwhile follows it.
 *
 * INVARIANTS
 *
 * 1. `remove()` deletes the file only while it is the spool's: what the store has taken over is the
 *    store's to delete.
 * 2. A reader that has opened the file reads it to its end, wherever it moves.
 *
 * @module
 */

/** The file of one message. */
export class MessagePlace {
  #path: string;
  #taken = false;
  /** Settles when the file is where `path` says. */
  #moving: Promise<void> | null = null;
  /** How often it has moved: a path alone does not tell of a move there and back. */
  #moves = 0;

  /** A file of the spool. */
  constructor(path: string) {
    this.#path = path;
  }

  /** Where it is. */
  get path(): string {
    return this.#path;
  }

  /**
   * Moves it; from then on it is the store's (`taken`) or the spool's again.
   *
   * @throws {Error} What the disk says; it is where it was.
   */
  async move(path: string, taken: boolean): Promise<void> {
    this.#moves++;
    const moved = Deno.rename(this.#path, path);
    // Readers wait for the end of the move, whichever it is; the caller hears of a failure.
    this.#moving = moved.catch(() => {});
    try {
      await moved;
      this.#path = path;
      this.#taken = taken;
    } finally {
      this.#moving = null;
    }
  }

  /** It is the spool's again, where it is. */
  giveUp(): void {
    this.#taken = false;
  }

  /** Opens it for reading. */
  async open(): Promise<Deno.FsFile> {
    for (;;) {
      await this.#moving;
      const moves = this.#moves;
      try {
        return await Deno.open(this.#path, { read: true });
      } catch (error) {
        // It moved between the look at its path and the opening.
        if (this.#moving === null && this.#moves === moves) throw error;
      }
    }
  }

  /** Deletes it, unless it is the store's. Never rejects. */
  async remove(): Promise<void> {
    await this.#moving;
    if (this.#taken) return;
    try {
      await Deno.remove(this.#path);
    } catch {
      // Gone already, or the disk is ill: the sweep at the next start takes it.
    }
  }
}
