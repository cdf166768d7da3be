/**
 * What ends attempts: all of them at once, when the program does, or those of one mail.
 *
 * `AbortSignal.any` would do the same at twenty times the work for a mail: it keeps weak references,
 * and the garbage collector has to follow each.
 *
 * @module
 */

/** Signals for pieces of work that may end alone, and all end together. */
export class Endings {
  readonly #all = new AbortController();
  readonly #pieces = new Set<AbortController>();

  /** For work that ends with all the rest. */
  get signal(): AbortSignal {
    return this.#all.signal;
  }

  /** Begins a piece of work, which its signal ends; {@link Endings.done} must follow. */
  begin(): AbortController {
    const piece = new AbortController();
    if (this.signal.aborted) piece.abort(this.signal.reason);
    else this.#pieces.add(piece);
    return piece;
  }

  /** Nothing runs of that piece any more. */
  done(piece: AbortController): void {
    this.#pieces.delete(piece);
  }

  /** Ends everything, and what is begun later at once. */
  abort(reason: Error): void {
    this.#all.abort(reason);
    for (const piece of this.#pieces) piece.abort(reason);
    this.#pieces.clear();
  }
}
