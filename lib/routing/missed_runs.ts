/**
 * Finds the runs that came and went between two looks at cctray, which shows the last one only: the
 * counters say that there may have been some, and GoCD's history of the stage names them.
 *
 * INVARIANTS
 *
 * 1. It is asked only where counters have been skipped, and not for long: what it does not say, for
 *    whatever reason, is not announced, and all goes on.
 * 2. A run of which a mail has come, or which has been announced, is not found again.
 *
 * @module
 */

import type { Log } from "../log.ts";
import type { EndedRun } from "./feed_change.ts";
import { runKey } from "./heard_mails.ts";
import type { RunPlace } from "./lookups/cctray.ts";
import type { GocdApi } from "./lookups/gocd_api.ts";
import { askHistory, type PastRun } from "./lookups/gocd_history.ts";
import type { SilentStages } from "./silent_stages.ts";
import { type StageHistory, stageKey, type StageState } from "./stage_history.ts";

/** Whom to ask. */
export interface MissedRunsOptions {
  /** The server. */
  readonly api: GocdApi;
  /** What mails have told of late. */
  readonly history: StageHistory;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Aborted when nobody waits any more. */
  readonly signal: AbortSignal;
  /** Where it is told what could not be found out. */
  readonly log: Log;
}

/** Most stages that are asked for after one look, and the time after which none is any more, in ms. */
const MAX_STAGES = 20;
const LIMIT_MS = 10_000;

/** How long a server without this API is left alone, in ms: it may be upgraded meanwhile. */
const FORGET_MISSING_MS = 3_600_000;

/** A run of the history that is over. */
type OverRun = PastRun & { readonly state: StageState };

/** The missed runs of one server. */
export class MissedRuns {
  readonly #stages: SilentStages;
  readonly #options: MissedRunsOptions;
  #missingUntil = -Infinity;
  /** Whether the server has this API: it has answered. */
  #answered = false;
  /** The last stage that was not found. */
  #unfound: string | undefined;

  /** Makes it; `stages` knows what has been announced. */
  constructor(stages: SilentStages, options: MissedRunsOptions) {
    this.#stages = stages;
    this.#options = options;
  }

  /** Puts before each run those that ended since the one that was known before it. Never rejects. */
  async filledIn(ended: readonly EndedRun[]): Promise<readonly EndedRun[]> {
    const { api, signal, log } = this.#options;
    const gaps = ended.filter(({ after }) => after !== undefined);
    if (gaps.length === 0 || this.#missing) return ended;
    const found = new Map<EndedRun, readonly EndedRun[]>();
    const began = performance.now();
    let reason = "too many at once";
    for (const run of gaps.slice(0, MAX_STAGES)) {
      if (signal.aborted || performance.now() - began >= LIMIT_MS) break;
      const asked = await askHistory(api, run.place, signal);
      if (asked.kind === "runs") {
        this.#answered = true;
        found.set(run, this.#between(run, asked.runs));
        continue;
      }
      reason = asked.detail;
      if (asked.never) this.#notFound(run.place);
      // What is wrong with this stage alone says nothing of the others.
      if (this.#missing || !asked.elsewhere) break;
    }
    if (found.size < gaps.length) {
      const stages = gaps.length - found.size;
      log.debug("runs between two looks at cctray are not known", { url: api.url, stages, reason });
    }
    return ended.flatMap((run) => found.get(run) ?? [run]);
  }

  get #missing(): boolean {
    return this.#options.now() < this.#missingUntil;
  }

  /** One that was deleted or renamed is not found either: only two tell that there is no such API. */
  #notFound({ pipeline, stage }: RunPlace): void {
    const key = stageKey(pipeline, stage);
    if (!this.#answered && this.#unfound !== undefined && this.#unfound !== key) {
      this.#missingUntil = this.#options.now() + FORGET_MISSING_MS;
    }
    this.#unfound = key;
  }

  /** The run and those before it that are news, the oldest first. */
  #between(run: EndedRun, history: readonly PastRun[]): readonly EndedRun[] {
    const at = history.findIndex((past) => nameOf(past) === nameOf(run.place));
    const [last, ...before] = at === -1 ? [] : history.slice(at);
    if (last?.state === undefined) return [run];
    const end = before.findIndex((past) => nameOf(past) === run.after);
    const since = end === -1 ? before.filter((past) => isAfter(past, run)) : before.slice(0, end);
    const news: EndedRun[] = [{ ...run, told: last.state }];
    let late = this.#knows(run.place, last.state);
    for (const past of since.filter(isOver)) {
      const missed = missedRun(run, past);
      const known = this.#knows(missed.place, past.state);
      // Of mails that cctray has not confirmed yet `settle` thinks the better.
      const heard = this.#stages.heard.statesOf(missed.place) !== undefined;
      if (!known || heard) news.unshift(late ? { ...missed, late } : missed);
      late ||= known;
    }
    return news;
  }

  /** Whether a mail, or an announcement, has told of a run that ended so. */
  #knows(place: RunPlace, state: StageState): boolean {
    return this.#stages.announced.has(runKey(place)) ||
      this.#stages.heard.statesOf(place)?.has(state) === true ||
      this.#options.history.knows(place, state);
  }
}

/** `11/1`. */
function nameOf({ pipelineCounter, stageCounter }: Omit<PastRun, "state">): string {
  return `${pipelineCounter}/${stageCounter}`;
}

/** Whether its counters are behind those of the run that was known before. */
function isAfter({ pipelineCounter, stageCounter }: PastRun, { after = "" }: EndedRun): boolean {
  const [pipeline = 0, stage = 0] = after.split("/").map(Number);
  const pipelines = Number(pipelineCounter) - pipeline;
  return pipelines > 0 || pipelines === 0 && Number(stageCounter) > stage;
}

function isOver(past: PastRun): past is OverRun {
  return past.state !== undefined;
}

/** A run of the history, as if cctray had shown it; it ended before the one that cctray shows. */
function missedRun({ place, endedAt }: EndedRun, past: OverRun): EndedRun {
  const { pipelineCounter, stageCounter, state, scheduledAt = endedAt } = past;
  const url = new URL(place.url);
  url.pathname = url.pathname.replace(
    /\d+\/([^/]+)\/\d+$/,
    (_, stage) => `${pipelineCounter}/${stage}/${stageCounter}`,
  );
  return {
    place: { ...place, pipelineCounter, stageCounter, url: url.href },
    endedAt: Math.min(scheduledAt, endedAt),
    failure: state !== "success",
    told: state,
  };
}
