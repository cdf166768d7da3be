/**
 * Searching with one pattern, in bounded time. RE2 is linear in the text, but times the size of the
 * pattern: what is usual takes a glance at each character, what is nasty a thousand.
 *
 * A text is first searched with the automaton, whose states are made as the text needs them. Where
 * the states of one text outgrow their store, making them is slower than doing without: then only so
 * much of the text is searched as can be without them. Whether that happens depends on the pattern
 * and the text alone, never on the texts before.
 *
 * @module
 */

import type { RE2JS } from "re2js";

/** Characters times instructions that are searched without states; some 20 ms. */
const MAX_UNITS = 2_097_152;

/** Octets of the states that a pattern may keep; a thousand patterns keep theirs. */
const STORE_OCTETS = 262_144;

/** What a step is: some 40 ns, as elsewhere in conditions. */
const A_STEP = { characters: 8, units: 4, octets: 8 };

/** Whether a pattern is in a text. */
export interface Searched {
  /** Whether it is. */
  readonly found: boolean;
  /** So many characters of the text were searched. */
  readonly characters: number;
  /** The work that it took. */
  readonly steps: number;
}

/** Searches with one pattern. */
export class Searcher {
  readonly #machine: RE2JS;
  /** Characters that can always be searched. */
  readonly #sure: number;
  /** How the last search went. */
  #states: "used" | "outgrown" | "not-used" = "used";

  /** Takes the pattern in hand. */
  constructor(machine: RE2JS) {
    this.#machine = machine;
    this.#sure = Math.floor(MAX_UNITS / Math.max(1, machine.programSize()));
    this.#bindStates();
  }

  /** Tells whether the pattern is in a text. */
  test(text: string): Searched {
    const { dfa } = this.#machine.re2Input;
    const before = dfa.memBudget;
    this.#states = "used";
    const found = this.#machine.test(text);
    const steps = text.length / A_STEP.characters;
    if (this.#states !== ("outgrown" as string)) {
      const made = Math.max(0, before - dfa.memBudget) / A_STEP.octets;
      return { found, characters: text.length, steps: steps + made };
    }
    const sure = text.slice(0, this.#sure);
    this.#states = "not-used";
    return {
      found: this.#machine.test(sure),
      characters: sure.length,
      steps: steps + 2 * STORE_OCTETS / A_STEP.octets + this.#unitsOf(sure) / A_STEP.units,
    };
  }

  /** Finds where a match and its groups are; slower, so that less is searched. */
  find(
    text: string,
  ): { readonly found: ReturnType<RE2JS["matcher"]> | null; readonly steps: number } {
    const sure = text.slice(0, this.#sure);
    const matcher = this.#machine.matcher(sure);
    return { found: matcher.find() ? matcher : null, steps: this.#unitsOf(sure) / A_STEP.units };
  }

  #unitsOf(text: string): number {
    return text.length * this.#machine.programSize();
  }

  /** Gives the store its bound, and says when it is outgrown instead of going on without. */
  #bindStates(): void {
    const { dfa } = this.#machine.re2Input;
    dfa.stateBudget = dfa.memBudget = STORE_OCTETS;
    dfa.resetCache = () => null;
    const match = dfa.match.bind(dfa);
    dfa.match = (input, at, anchor) => {
      if (this.#states === "not-used") return null;
      const known = match(input, at, anchor);
      if (known !== null) return known;
      // States of the texts before may have been in the way.
      dfa.clearCache();
      const anew = match(input, at, anchor);
      if (anew !== null) return anew;
      dfa.clearCache();
      this.#states = "outgrown";
      return false;
    };
  }
}
