/**
 * The notifiers' patience: each mail has a budget of time, and all end at once when the program
 * does.
 *
 * @module
 */

import { RelayError } from "../errors.ts";

/** One mail's budget. */
export interface Budget {
  /** Aborted when it is spent; its reason says why, for people. */
  readonly signal: AbortSignal;
  /** Settles when it is spent. Never rejects. */
  readonly spent: Promise<void>;
  /** Gives it back: the mail has been answered. */
  stop(): void;
}

/** Makes budgets of one size. */
export class Budgets {
  readonly #budgetMs: number;
  readonly #running = new Set<(reason: string) => void>();
  #ended = false;

  /** Makes budgets of `budgetMs` milliseconds. */
  constructor(budgetMs: number) {
    this.#budgetMs = budgetMs;
  }

  /** Begins a budget. */
  start(): Budget {
    const controller = new AbortController();
    const { promise, resolve } = Promise.withResolvers<void>();
    const spend = (reason: string) => {
      controller.abort(new RelayError("timeout", reason));
      resolve();
    };
    const seconds = this.#budgetMs / 1000;
    const timer = setTimeout(() => {
      this.#running.delete(spend);
      spend(`no answer from the destination within ${seconds} s`);
    }, this.#budgetMs);
    this.#running.add(spend);
    const stop = () => {
      clearTimeout(timer);
      this.#running.delete(spend);
    };
    if (this.#ended) spend(SHUTTING_DOWN);
    return { signal: controller.signal, spent: promise, stop };
  }

  /** Spends all budgets, and every one to come. */
  end(): void {
    this.#ended = true;
    for (const spend of this.#running) spend(SHUTTING_DOWN);
  }
}

const SHUTTING_DOWN = "no answer from the destination before this server shuts down";
