/**
 * The notifiers' patience: each mail has a budget of time, and all end at once when the program
 * does.
 *
 * @module
 */

import { RelayError } from "../errors.ts";

/** One mail's budget. */
export interface Budget {
  /** Says why it is spent, once it is. Never rejects. */
  readonly spent: Promise<RelayError>;
  /** Gives it back: the mail has been answered. */
  stop(): void;
}

/** Calls `ring` once after `delayMs`, or a little later; the result takes that back. */
export type SetTimer = (ring: () => void, delayMs: number) => () => void;

const SHUTTING_DOWN = "no answer from the destination before this server shuts down";

/** Makes budgets of a size that may change while some of another size are running. */
export class Budgets {
  readonly #budgetMs: () => number;
  readonly #set: SetTimer;
  readonly #running = new Set<(reason: string) => void>();
  #ended = false;

  /** Makes budgets of as many milliseconds as `budgetMs` says when one begins. */
  constructor(budgetMs: () => number, set: SetTimer = setOne) {
    this.#budgetMs = budgetMs;
    this.#set = set;
  }

  /** Begins a budget. */
  start(): Budget {
    const budgetMs = this.#budgetMs();
    const { promise: spent, resolve } = Promise.withResolvers<RelayError>();
    const spend = (reason: string) => resolve(new RelayError("timeout", reason));
    if (this.#ended) {
      spend(SHUTTING_DOWN);
      return { spent, stop: () => {} };
    }
    const late = `no answer from the destination within ${budgetMs / 1000} s`;
    const clear = this.#set(() => spend(late), budgetMs);
    this.#running.add(spend);
    const stop = () => {
      this.#running.delete(spend);
      clear();
    };
    return { spent, stop };
  }

  /** Spends all budgets, and every one to come. */
  end(): void {
    this.#ended = true;
    for (const spend of this.#running) spend(SHUTTING_DOWN);
  }
}

function setOne(ring: () => void, delayMs: number): () => void {
  const timer = setTimeout(ring, delayMs);
  return () => clearTimeout(timer);
}
