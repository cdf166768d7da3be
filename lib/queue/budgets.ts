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

interface Running {
  readonly dueAt: number;
  spend(reason: string): void;
}

/** Makes budgets of a size that may change while some of another size are running. */
export class BudgetsOf {
  readonly #budgetMs: () => number;
  readonly #sizes = new Map<number, Budgets>();
  #ended = false;

  /** Makes budgets of as many milliseconds as `budgetMs` says when one begins. */
  constructor(budgetMs: () => number) {
    this.#budgetMs = budgetMs;
  }

  /** Begins a budget. */
  start(): Budget {
    const size = this.#budgetMs();
    const budgets = this.#sizes.get(size) ?? new Budgets(size);
    this.#sizes.set(size, budgets);
    if (this.#ended) budgets.end();
    return budgets.start();
  }

  /** Spends all budgets, and every one to come. */
  end(): void {
    this.#ended = true;
    for (const budgets of this.#sizes.values()) budgets.end();
  }
}

/** Makes budgets of one size, on one timer: they end in the order in which they began. */
export class Budgets {
  readonly #budgetMs: number;
  readonly #running = new Set<Running>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #ended = false;

  /** Makes budgets of `budgetMs` milliseconds. */
  constructor(budgetMs: number) {
    this.#budgetMs = budgetMs;
  }

  /** Begins a budget. */
  start(): Budget {
    const { promise: spent, resolve } = Promise.withResolvers<RelayError>();
    const running: Running = {
      dueAt: performance.now() + this.#budgetMs,
      spend: (reason) => resolve(new RelayError("timeout", reason)),
    };
    if (this.#ended) running.spend(SHUTTING_DOWN);
    else this.#running.add(running);
    this.#timer ??= setTimeout(() => this.#spendDue(), this.#budgetMs);
    return { spent, stop: () => this.#stop(running) };
  }

  /** Spends all budgets, and every one to come. */
  end(): void {
    this.#ended = true;
    for (const running of this.#running) running.spend(SHUTTING_DOWN);
  }

  #stop(running: Running): void {
    this.#running.delete(running);
    if (this.#running.size === 0) this.#clear();
  }

  #clear(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #spendDue(): void {
    this.#clear();
    for (const running of this.#running) {
      const restMs = running.dueAt - performance.now();
      if (restMs > 0) {
        this.#timer = setTimeout(() => this.#spendDue(), Math.ceil(restMs));
        return;
      }
      this.#running.delete(running);
      running.spend(`no answer from the destination within ${this.#budgetMs / 1000} s`);
    }
  }
}

const SHUTTING_DOWN = "no answer from the destination before this server shuts down";
