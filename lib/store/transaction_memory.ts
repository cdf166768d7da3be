/**
 * What the thread of the database remembers beside the database, and forgets again with a
 * transaction that did not happen: who is claimed, how large the journal is, which files nobody
 * needs any more, and what the operator is to be told.
 *
 * INVARIANT. After `rewind(mark)` everything is as it was when `mark()` was called.
 *
 * @module
 */

import type { Warn } from "./tables.ts";

/** A point in a transaction to come back to. */
export interface Mark {
  /** Steps that can be undone. */
  readonly undo: number;
  /** Files to be told. */
  readonly orphans: number;
  /** Warnings to be told. */
  readonly warnings: number;
}

/** What goes along with transactions. */
export class TransactionMemory {
  readonly #claims = new Set<number>();
  readonly #undo: (() => void)[] = [];
  readonly #orphans: string[] = [];
  readonly #warnings: Parameters<Warn>[] = [];
  #told: string[] = [];
  #journalOctets: number | null = null;

  /** How many deliveries are claimed. */
  get claims(): number {
    return this.#claims.size;
  }

  /** Whether a delivery is claimed. */
  claimed(id: number): boolean {
    return this.#claims.has(id);
  }

  /** Claims a delivery. */
  claim(id: number): void {
    if (this.#claims.has(id)) return;
    this.#claims.add(id);
    this.#undo.push(() => this.#claims.delete(id));
  }

  /** Ends a claim, where there is one. */
  release(id: number): void {
    if (!this.#claims.delete(id)) return;
    this.#undo.push(() => this.#claims.add(id));
  }

  /** The size of the journal, counted when it is first asked for and kept up from then on. */
  journalOctets(count: () => number): number {
    return this.#journalOctets ??= count();
  }

  /** The journal has grown by so many octets, or shrunk. */
  journalGrew(octets: number): void {
    if (this.#journalOctets === null) return;
    this.#journalOctets += octets;
    this.#undo.push(() => this.#journalOctets = (this.#journalOctets ?? 0) - octets);
  }

  /** Nobody needs this file once the transaction has happened. */
  orphan(path: string): void {
    this.#orphans.push(path);
  }

  /** To be told to the operator once the transaction has happened. */
  warn(...warning: Parameters<Warn>): void {
    this.#warnings.push(warning);
  }

  /** A point to come back to. */
  mark(): Mark {
    return {
      undo: this.#undo.length,
      orphans: this.#orphans.length,
      warnings: this.#warnings.length,
    };
  }

  /** Forgets what came after that point. */
  rewind({ undo, orphans, warnings }: Mark): void {
    for (const step of this.#undo.splice(undo).reverse()) step();
    this.#orphans.length = orphans;
    this.#warnings.length = warnings;
  }

  /** The transaction has happened. */
  settle(warn: Warn): void {
    this.#undo.length = 0;
    this.#told.push(...this.#orphans.splice(0));
    for (const warning of this.#warnings.splice(0)) warn(...warning);
  }

  /** The files that nobody needs any more; told once. */
  takeOrphans(): readonly string[] {
    const told = this.#told;
    this.#told = [];
    return told;
  }
}
