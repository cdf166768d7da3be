/**
 * What changed of one stage between two looks at cctray. Pure.
 *
 * While a stage runs, its entry says how the run before ended, and the URL of the running one; so
 * a run has a name when it is over and nothing runs, or when it was seen running and the one that
 * runs now can only have come right after it.
 *
 * @module
 */

import type { Outcome } from "./heard_mails.ts";
import type { FeedStage, RunPlace } from "./lookups/cctray.ts";
import type { StageState } from "./stage_history.ts";

/** A run that ended since the look before. */
export interface EndedRun {
  /** Which one. */
  readonly place: RunPlace;
  /** When, in ms since the epoch. */
  readonly endedAt: number;
  /** Whether it is a Failure in cctray's words, which may stand for a cancelled run. */
  readonly failure: boolean;
  /** The run that is under way since. */
  readonly running?: RunPlace;
  /** The run that was known to have ended last, `11/1`, where others may have ended in between. */
  readonly after?: string;
  /** How it ended, where GoCD's own history says so; no word of cctray's counts then. */
  readonly told?: StageState;
  /** Whether that time is of a zone that nobody knows. */
  readonly unzoned?: boolean;
  /** Whether a mail has told of a later run already, so that the history has gone on. */
  readonly late?: boolean;
}

/** What is known of a stage in the feed. */
export interface SeenStage {
  /** The run that ended last, `<pipelineCounter>/<stageCounter>`; empty: not known. */
  readonly run: string;
  /** When it ended, in ms since the epoch. */
  readonly endedAt: number;
  /** The run that was under way. */
  readonly running?: RunPlace;
  /** How it ended; absent: not certain, or an earlier process knew. */
  readonly outcome?: Outcome;
}

/** What a first look tells of a stage; a failure may have been cancelled. */
export function firstSeen({ building, endedAt = 0, place, status }: FeedStage): SeenStage {
  if (building || place === undefined) return { run: "", endedAt };
  const run = `${place.pipelineCounter}/${place.stageCounter}`;
  return { run, endedAt, ...status === "Success" && { outcome: { event: "PASSES" } } };
}

/** How far a server's own time without zone may jump, in ms: summer time, and a margin. */
const UNZONED_SLACK_MS = 2 * 3_600_000;

/** How far a server's clock may be ahead of ours, in ms. */
const AHEAD_MS = 3_600_000;

/** Whether a run can only have ended at such a time by a clock that was wrong. */
export function isWrong(endedAt: number, now: number): boolean {
  return endedAt > now + AHEAD_MS;
}

/** The run that ended since a stage was known so, if that is certain; `now` in ms since the epoch. */
export function endedSince(
  stage: FeedStage,
  known: SeenStage,
  now: number,
): EndedRun | undefined {
  const { building, endedAt, place, status, zoned } = stage;
  if (endedAt === undefined || place === undefined) return undefined;
  const over = building ? finished(known.running, place) : place;
  if (over === undefined || `${over.pipelineCounter}/${over.stageCounter}` === known.run) {
    return undefined;
  }
  // After a restart GoCD shows the latest run, which may be older than one that was run again.
  const older = endedAt < known.endedAt - (zoned ? 0 : UNZONED_SLACK_MS);
  // By a clock that was wrong then, all would be older until that day comes.
  if (older && !(zoned && isWrong(known.endedAt, now))) return undefined;
  return {
    place: over,
    endedAt,
    failure: status === "Failure",
    ...!zoned && { unzoned: true },
    ...building && { running: place },
    ...mayMiss(known.run, over) && { after: known.run },
  };
}

/** Whether runs may have come and gone between two of a stage; counters say so where they skip some. */
function mayMiss(before: string, { pipelineCounter, stageCounter }: RunPlace): boolean {
  if (before === "") return false;
  const [pipeline = 0, stage = 0] = before.split("/").map(Number);
  const pipelines = Number(pipelineCounter) - pipeline;
  const stages = Number(stageCounter) - stage;
  return pipelines > 1 || pipelines === 1 && stageCounter !== "1" || pipelines === 0 && stages > 1;
}

/** The run that was under way, where the one that is now can only have come right after it. */
function finished(before: RunPlace | undefined, now: RunPlace): RunPlace | undefined {
  if (before === undefined) return undefined;
  const pipelines = Number(now.pipelineCounter) - Number(before.pipelineCounter);
  const stages = Number(now.stageCounter) - Number(before.stageCounter);
  const next = pipelines === 1 && now.stageCounter === "1" || pipelines === 0 && stages === 1;
  return next ? before : undefined;
}
