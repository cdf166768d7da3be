/**
 * Runs that ended and wait for their mail. Pure.
 *
 * @module
 */

import { type Outcome, runKey, type RunName } from "./heard_mails.ts";
import type { RunPlace } from "./lookups/cctray.ts";
import type { StageEvent } from "./packs/gocd.ts";

/** A run that ended without a mail: all that its announcement says. */
export interface SilentStage extends RunPlace {
  /** What happened, as the history has it. */
  readonly event: StageEvent;
  /** When it ended, in ms since the epoch, by GoCD's clock. */
  readonly endedAt: number;
}

/** Most runs in each of the tables of runs. */
const MAX_RUNS = 10_000;

interface Waiting {
  readonly stage: SilentStage;
  readonly unsure: boolean;
  readonly since: number;
}

/** The runs of one server that wait. */
export class WaitingRuns {
  readonly #runs = new Map<string, Waiting>();

  /** They themselves, the longest waiting first. */
  get stages(): readonly SilentStage[] {
    return [...this.#runs.values()].map(({ stage }) => stage);
  }

  /** Whether no more can be remembered. */
  get full(): boolean {
    return this.#runs.size >= MAX_RUNS;
  }

  /** Lets a run wait from now on; `unsure`: nobody could tell if it was cancelled. */
  add(stage: SilentStage, unsure: boolean, now: number): void {
    this.#runs.set(runKey(stage), { stage, unsure, since: now });
  }

  /** How a run that waits ended. */
  outcomeOf(name: RunName): Outcome | undefined {
    const { stage, unsure } = this.#runs.get(runKey(name)) ?? {};
    return stage && { event: stage.event, ...unsure && { unsure } };
  }

  /** Lets a run wait no more. */
  remove(name: RunName): void {
    this.#runs.delete(runKey(name));
  }

  /** The runs whose mail has not come within the grace. */
  due(now: number, graceMs: number): readonly SilentStage[] {
    const due: SilentStage[] = [];
    for (const { stage, since } of this.#runs.values()) {
      // A clock that was set back must not silence anybody: hence `since > now`.
      if (now - since < graceMs && since <= now) break;
      due.push(stage);
    }
    return due;
  }

  /** When the next run is due, in ms since the epoch. */
  nextDue(graceMs: number): number {
    const [first] = this.#runs.values();
    return first === undefined ? Infinity : first.since + graceMs;
  }
}

/** Forgets the oldest entry of a table that has become too large: of runs unless said otherwise. */
export function limited(
  table: { readonly size: number; keys(): Iterator<string>; delete(key: string): boolean },
  limit = MAX_RUNS,
): void {
  if (table.size <= limit) return;
  const oldest = table.keys().next();
  if (!oldest.done) table.delete(oldest.value);
}
