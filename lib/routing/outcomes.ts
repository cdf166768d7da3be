/**
 * Finds out how runs ended that cctray calls failed: some of them were cancelled.
 *
 * @module
 */

import type { EndedRun } from "./feed_change.ts";
import type { RunPlace } from "./lookups/cctray.ts";
import type { GocdApi } from "./lookups/gocd_api.ts";
import { askRuns } from "./lookups/gocd_stages.ts";
import type { StageEvent } from "./packs/gocd.ts";
import { runKey, type SilentStages } from "./silent_stages.ts";
import type { StageState } from "./stage_history.ts";

/** Whom to ask, and what for. */
export interface OutcomesOptions {
  /** The server. */
  readonly api: GocdApi;
  /** Which runs are to wait for their mail. */
  readonly wanted: { wants(run: EndedRun, event: StageEvent): boolean };
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Aborted when nobody waits any more. */
  readonly signal: AbortSignal;
}

/** How often a run is asked for before cctray's own word is taken: an alert too many is no loss. */
const MAX_QUESTIONS = 5;

/** The outcomes of one server's runs. */
export class Outcomes {
  readonly #stages: SilentStages;
  readonly #options: OutcomesOptions;
  /** Questions that were asked in vain, by run. */
  #asked: ReadonlyMap<string, number> = new Map();

  /** Makes it; what is found out goes to `stages`. */
  constructor(stages: SilentStages, options: OutcomesOptions) {
    this.#stages = stages;
    this.#options = options;
  }

  /** Whether a run is to be asked for again. */
  get open(): boolean {
    return this.#asked.size > 0;
  }

  /** Settles the runs of which it is certain how they ended; the others stay news. */
  async settle(ended: readonly EndedRun[]): Promise<void> {
    const { api, signal, now, wanted } = this.#options;
    const unclear = new Map<string, RunPlace>();
    for (const { place, failure, told } of ended) {
      // Of a run that a mail calls failed nothing is to be found out.
      if (failure && told === undefined && !this.#stages.heard.statesOf(place)?.has("failure")) {
        unclear.set(runKey(place), place);
      }
    }
    const told = unclear.size === 0 ? new Map() : await askRuns(api, unclear, signal);
    const asked = new Map<string, number>();
    for (const run of ended) {
      const key = runKey(run.place);
      const times = (this.#asked.get(key) ?? 0) + 1;
      const open = told.get(key) === "open" && (signal.aborted || times < MAX_QUESTIONS);
      if (open) asked.set(key, times);
      else {
        const word = run.told ?? told.get(key);
        const unsure = run.failure && (word === undefined || word === "open");
        this.#stages.settle(run, reportedAs(run, word), { now: now(), wanted, unsure });
      }
    }
    this.#asked = asked;
  }
}

/** GoCD's word for how a run ended; cctray's own where nobody could tell. */
function reportedAs({ failure }: EndedRun, told: StageState | "open" | undefined): StageEvent {
  switch (told) {
    case "unknown":
      return "CANCELLED";
    case "success":
      return "PASSES";
    case "failure":
      return "FAILS";
    case "open":
    case undefined:
      return failure ? "FAILS" : "PASSES";
  }
}
