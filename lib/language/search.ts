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

/** What takes a step, some 40 ns: characters looked at or just skipped, units, octets of new states. */
const A_STEP = { characters: 8, idle: 64, units: 4, octets: 8 };

/** Octets of a state for each instruction, about. */
const STATE_OCTETS = 24;

/** Whether a pattern is in a text. */
export interface Searched {
  /** Whether it is. */
  readonly found: boolean;
  /** So many characters of the text were searched. */
  readonly characters: number;
  /** The work that it took. */
  readonly steps: number;
}

/** A first match. */
export interface Found {
  /** Where it begins and, behind it, where it ends. */
  readonly span: readonly [number, number];
  /** A group by its name or number; `null` where it took no part. */
  group(name: string | number): string | null;
}

/** Searches with one pattern. */
export class Searcher {
  readonly #machine: RE2JS;
  /** Characters that can be searched whatever they are. */
  readonly sure: number;
  /** What becomes of the states in a search. */
  #states: "idle" | "enough" | "anew" | "outgrown" | "not-used" = "idle";

  /** Takes a pattern in hand. */
  constructor(machine: RE2JS) {
    this.#machine = machine;
    this.sure = Math.floor(MAX_UNITS / Math.max(1, machine.programSize()));
    this.#bindStates();
  }

  /** The work that a search in a text takes at most. */
  worst(text: string): number {
    const size = this.#machine.programSize();
    const states = Math.min(STORE_OCTETS, text.length * size * STATE_OCTETS);
    const units = Math.min(text.length, this.sure) * size;
    return text.length / A_STEP.characters + 2 * states / A_STEP.octets + units / A_STEP.units;
  }

  /** Tells whether the pattern is in a text. */
  test(text: string): Searched {
    const { dfa } = this.#machine.re2Input;
    const before = dfa.memBudget;
    this.#states = "idle";
    const found = this.#machine.test(text);
    // Read through a function: the search has changed it.
    if (this.#stood("outgrown")) return this.#without(text);
    const looked = this.#stood("idle") ? A_STEP.idle : A_STEP.characters;
    const made = this.#stood("anew") ? 2 * STORE_OCTETS : Math.max(0, before - dfa.memBudget);
    const steps = text.length / looked + made / A_STEP.octets;
    return { found, characters: text.length, steps };
  }

  /** Finds the first match; slower, so that a long text is not searched to its end. */
  find(text: string): { readonly found: Found | null; readonly steps: number } {
    const sure = text.slice(0, this.sure);
    const matcher = this.#machine.matcher(sure);
    const found = matcher.find();
    const looked = (found ? matcher.end() : sure.length) * this.#machine.programSize();
    const steps = looked / A_STEP.units;
    if (!found) return { found: null, steps };
    const span = [matcher.start(), matcher.end()] as const;
    return { found: { span, group: (name) => matcher.group(name) }, steps };
  }

  #without(text: string): Searched {
    const sure = text.slice(0, this.sure);
    this.#states = "not-used";
    return { found: this.#machine.test(sure), characters: sure.length, steps: this.worst(text) };
  }

  #stood(how: "idle" | "anew" | "outgrown"): boolean {
    return this.#states === how;
  }

  /** Gives the store its bound, and says when it is outgrown instead of going on without. */
  #bindStates(): void {
    const { dfa } = this.#machine.re2Input;
    dfa.stateBudget = dfa.memBudget = STORE_OCTETS;
    dfa.resetCache = () => null;
    const match = dfa.match.bind(dfa);
    dfa.match = (input, at, anchor) => {
      if (this.#states === "not-used") return null;
      this.#states = "enough";
      const known = match(input, at, anchor);
      if (known !== null) return known;
      // The states of the texts before it may have been in the way.
      dfa.clearCache();
      this.#states = "anew";
      const anew = match(input, at, anchor);
      if (anew !== null) return anew;
      dfa.clearCache();
      this.#states = "outgrown";
      return false;
    };
  }
}
