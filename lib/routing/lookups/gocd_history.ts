/**
 * The last runs of one stage, as GoCD's own history tells them: in version 3 since GoCD 20.1, ten a
 * page, the one that was scheduled last first. It says when jobs were scheduled, not when they ended.
 *
 * @see https://api.gocd.org/current/#get-stage-history
 * @module
 */

import type { StageState } from "../stage_history.ts";
import type { RunPlace } from "./cctray.ts";
import type { GocdAnswer, GocdApi } from "./gocd_api.ts";
import { stateOf } from "./gocd_answers.ts";
import { each, list, number, object, readJson, type Shape, text, word } from "./json_shapes.ts";

/** One run of a stage. */
export interface PastRun extends Pick<RunPlace, "pipelineCounter" | "stageCounter"> {
  /** How it ended; absent: it is not over. */
  readonly state?: StageState;
  /** When its last job was scheduled, in ms since the epoch; absent: not said. */
  readonly scheduledAt?: number;
}

/** What came of asking. */
export type HistoryAsked =
  | { readonly kind: "runs"; readonly runs: readonly PastRun[] }
  | Extract<GocdAnswer, { readonly kind: "refused" }>;

/** Most runs of an answer; GoCD gives ten. */
const MAX_RUNS = 100;

/** Asks for the last runs of a stage. Never rejects. */
export async function askHistory(
  api: GocdApi,
  { pipeline, stage }: Pick<RunPlace, "pipeline" | "stage">,
  signal: AbortSignal,
): Promise<HistoryAsked> {
  const answer = await api.ask({
    path: `/api/stages/${pipeline}/${stage}/history`,
    accept: "application/vnd.go.cd.v3+json",
    right: "to view the pipeline",
  }, signal);
  if (answer.kind === "refused") return answer;
  const runs = answer.kind === "text" ? await readHistory(answer.text) : null;
  if (runs !== null) return { kind: "runs", runs };
  const detail = "it is not the answer that this API gives";
  return { kind: "refused", detail, elsewhere: true, never: false };
}

/** Reads a page; `null` when it is none. Runs without a usable name are left out. */
export async function readHistory(answer: string): Promise<readonly PastRun[] | null> {
  const read = await readJson(answer, object({ stages: list(pastRun, MAX_RUNS) }));
  return read && read.stages.flatMap((run) => {
    const { counter: stageCounter, ["pipeline_counter"]: pipelineCounter, result, jobs } = run;
    if (!isCounter(stageCounter) || !isCounter(pipelineCounter)) return [];
    const state = stateOf(result);
    const scheduledAt = jobs === undefined || jobs <= 0 ? undefined : jobs;
    return [{
      pipelineCounter,
      stageCounter,
      ...state !== undefined && { state },
      ...scheduledAt !== undefined && { scheduledAt },
    }];
  });
}

/** When the last of some jobs was scheduled. */
const lastScheduled: Shape<number> = async (cursor) => {
  let last = 0;
  const job = object({}, { ["scheduled_date"]: number });
  await each(job, ({ ["scheduled_date"]: at = 0 }) => void (last = Math.max(last, at)))(cursor);
  return last;
};

const pastRun = object(
  { counter: word, ["pipeline_counter"]: word },
  { result: text, jobs: lastScheduled },
);

function isCounter(word: string): boolean {
  return /^\d{1,10}$/.test(word);
}
