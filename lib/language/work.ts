/**
 * The work that the conditions and patterns of all rules may do for one mail: each of them is
 * bounded, but there may be a thousand.
 *
 * @module
 */

import type { Scope } from "./scope.ts";
import type { Expression } from "./syntax.ts";
import type { Doubt } from "./values.ts";

/** Steps for one mail; some 200 ms. */
const MAX_MAIL_STEPS = 4_000_000;

/** Steps for the reasons of one mail. */
const MAX_WORD_STEPS = 2_000_000;

/** Steps that a condition may do in any case: what is cheap is told, whatever was before it. */
const ALWAYS = 1_000;

/** With so many steps left a search is begun that may take more. */
const AMPLE = 100_000;

/** A condition that took more steps is not tested again for the same mail. */
export const CHEAP = 100;

/** What a condition came to. */
export type Outcome = boolean | Doubt;

/** What a condition came to, and when. */
export interface Known {
  /** What was known. */
  readonly scope: Scope;
  /** What it came to. */
  readonly outcome: Outcome;
}

/** The work for one mail; it belongs to the mail's facts and is shared by all its managers. */
export class Work {
  /** Steps for the reasons that may still be done. */
  wordsLeft: number = MAX_WORD_STEPS;
  #left = MAX_MAIL_STEPS;
  #known: Map<Expression, Known> | undefined;

  /** Steps that may still be done. */
  get left(): number {
    return Math.max(ALWAYS, this.#left);
  }

  /** Whether all the work has been done. */
  get isOver(): boolean {
    return this.#left < ALWAYS;
  }

  /** Takes steps off. */
  spend(steps: number): void {
    this.#left -= steps;
  }

  /**
   * What a costly condition came to.
   *
   * @param asks Whether it depends on lookups, which may have answered since.
   */
  known(condition: Expression, scope: Scope, asks: boolean): Outcome | undefined {
    const known = this.#known?.get(condition);
    if (known === undefined) return undefined;
    const { mail, fields, lookups } = known.scope;
    const same = mail === scope.mail && fields === scope.fields;
    return same && (!asks || lookups === scope.lookups) ? known.outcome : undefined;
  }

  /** Takes off what a condition took, and keeps what it came to unless it was cheap. */
  keep(condition: Expression, known: Known, steps: number): void {
    this.spend(steps);
    if (steps > CHEAP || this.isOver) (this.#known ??= new Map()).set(condition, known);
  }
}

/** Whether a search may begin: it may overdraw, but not what is nearly empty. */
export function affords(left: number, worst: number): boolean {
  return left >= AMPLE || worst <= left;
}
