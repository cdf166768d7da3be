/**
 * How the stages of a GoCD server ended: what cctray says, and what it cannot tell.
 *
 * cctray says Failure also of a cancelled stage, and a stage that passes after it was cancelled
 * has fixed nothing. So a Failure counts only if another API confirms it: the page of that one run,
 * or the dashboard, which tells of all of them at once.
 *
 * @module
 */

import type { StageState } from "../stage_history.ts";
import { type FeedStage, readFeed, type RunPlace } from "./cctray.ts";
import type { GocdAnswer, GocdApi } from "./gocd_api.ts";
import { readDashboardRuns, readDashboardStages, readStageResult } from "./gocd_answers.ts";

/** The states that a server knows, or why there are none. */
export type Seed =
  | { readonly kind: "states"; readonly states: ReadonlyMap<string, StageState> }
  | { readonly kind: "failed"; readonly detail: string };

/** What came of asking for the feed. */
export type FeedAsked =
  | {
    readonly kind: "stages";
    readonly stages: ReadonlyMap<string, FeedStage>;
    readonly etag?: string;
  }
  /** It is still the one whose entity tag was shown. */
  | { readonly kind: "unchanged" }
  | { readonly kind: "failed"; readonly detail: string };

/** Most runs that are asked for one by one; for more the dashboard is less work. */
const MAX_SINGLE_RUNS = 20;

/** Asks one server for the states of its stages. Never rejects. */
export async function askSeed(api: GocdApi, signal: AbortSignal): Promise<Seed> {
  const feed = await askFeed(api, undefined, signal);
  if (feed.kind === "failed") return feed;
  if (feed.kind === "unchanged") return { kind: "failed", detail: "cctray: HTTP 304 unasked" };
  return { kind: "states", states: await askStates(api, feed.stages, signal) };
}

/** Asks for cctray, unless it still is what the entity tag stands for. */
export async function askFeed(
  api: GocdApi,
  etag: string | undefined,
  signal: AbortSignal,
): Promise<FeedAsked> {
  const answer = await api.ask({
    path: "/cctray.xml",
    accept: "application/xml",
    right: "to be a user of GoCD",
    etag,
  }, signal);
  if (answer.kind === "refused") return { kind: "failed", detail: `cctray: ${answer.detail}` };
  if (answer.kind === "unchanged") return answer;
  const feed = await readFeed(answer.text);
  if (feed.kind === "not-a-feed") return { kind: "failed", detail: `cctray: ${feed.detail}` };
  return answer.etag === undefined ? feed : { ...feed, etag: answer.etag };
}

/** Asks how stages of a feed ended; a Failure that no dashboard confirms is unknown. */
export async function askStates(
  api: GocdApi,
  stages: ReadonlyMap<string, FeedStage>,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, StageState>> {
  const failed = [...stages.values()].some(({ status }) => status === "Failure");
  const answer = failed ? await askDashboard(api, signal) : undefined;
  const confirmed = await readOf(answer, readDashboardStages);
  const states = new Map<string, StageState>();
  for (const [key, { status }] of stages) {
    states.set(key, status === "Success" ? "success" : confirmed?.get(key) ?? "unknown");
  }
  return states;
}

/**
 * Asks how runs ended that cctray calls failed. Never rejects.
 *
 * @returns By `<pipeline>/<counter>/<stage>/<counter>`: `failure`, `unknown` (cancelled), `success`;
 * `open` where it is worth asking again. A run that is not in it nobody can tell of.
 */
export async function askRuns(
  api: GocdApi,
  runs: ReadonlyMap<string, RunPlace>,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, StageState | "open">> {
  const told = new Map<string, StageState | "open">();
  const single = runs.size <= MAX_SINGLE_RUNS ? runs : [];
  for (const [key, place] of single) {
    const answer = await askRun(api, place, signal);
    // A GoCD that is older than this API has another; one that is silent says nothing elsewhere.
    if (answer.kind === "refused" && answer.never) break;
    if (answer.kind === "refused" && !answer.elsewhere) return allOpen(runs, told);
    const result = await readOf(answer, readStageResult);
    if (result !== null) told.set(key, result);
  }
  if (told.size === runs.size) return told;
  const answer = await askDashboard(api, signal);
  if (answer.kind === "refused" && !answer.elsewhere) return allOpen(runs, told);
  const onBoard = await readOf(answer, readDashboardRuns);
  for (const key of runs.keys()) {
    if (!told.has(key) && onBoard?.has(key)) told.set(key, onBoard.get(key) ?? "open");
  }
  return told;
}

/** What is told, and the rest as worth asking again. */
function allOpen<T>(
  runs: ReadonlyMap<string, unknown>,
  told: ReadonlyMap<string, T>,
): ReadonlyMap<string, T | "open"> {
  return new Map([...runs.keys()].map((key) => [key, told.get(key) ?? "open"]));
}

function askRun(api: GocdApi, place: RunPlace, signal: AbortSignal): Promise<GocdAnswer> {
  const { pipeline, pipelineCounter, stage, stageCounter } = place;
  return api.ask({
    path: `/api/stages/${pipeline}/${pipelineCounter}/${stage}/${stageCounter}`,
    accept: "application/vnd.go.cd.v3+json",
    right: "to view the pipeline",
  }, signal);
}

/** The dashboard; in GoCD before 19.10 there is none that we can read. */
function askDashboard(api: GocdApi, signal: AbortSignal): Promise<GocdAnswer> {
  return api.ask({
    path: "/api/dashboard",
    accept: "application/vnd.go.cd.v4+json",
    right: "to be a user of GoCD who may view the pipelines",
  }, signal);
}

/** What an answer says; `null` where it says nothing, or not what the API promises. */
async function readOf<T>(
  answer: GocdAnswer | undefined,
  read: (text: string) => Promise<T | null>,
): Promise<T | null> {
  return answer?.kind === "text" ? await read(answer.text) : null;
}
