/**
 * Reading GoCD's answers: lenient about what we do not use, strict about what we do.
 *
 * @module
 */

import { stageKey, type StageState } from "../stage_history.ts";
import { each, list, number, object, readJson, type Shape, text, word } from "./json_shapes.ts";

/** Pipeline groups in the server's order, each with the names of its pipelines. */
export type PipelineGroups = ReadonlyMap<string, ReadonlySet<string>>;

/** Reads the text of an answer; `null` when it is not what the API promises. */
export type ReadGroups = (text: string) => Promise<PipelineGroups | null>;

/** What a stage of an instance is read of. */
interface BoardStage {
  readonly name: string;
  readonly status: string;
  readonly counter?: string;
  readonly ["previous_stage"]?: { readonly status: string };
}

/** A pipeline on the dashboard. */
interface BoardPipeline {
  readonly name: string;
  readonly instances: readonly {
    readonly counter: number;
    readonly stages: readonly BoardStage[];
  }[];
}

/** Most instances of a pipeline: the dashboard shows the latest one, and those under way. */
const MAX_INSTANCES = 200;

/** Most stages of an instance. */
const MAX_STAGES_OF_RUN = 300;

const named: Shape<string> = async (cursor) => (await object({ name: text })(cursor)).name;

const boardStage: Shape<BoardStage> = object(
  { name: text, status: text },
  { counter: word, ["previous_stage"]: object({ status: text }) },
);

const boardInstance = object({
  counter: number,
  _embedded: object({ stages: list(boardStage, MAX_STAGES_OF_RUN) }),
});

const boardPipeline = object({
  name: text,
  _embedded: object({ instances: list(boardInstance, MAX_INSTANCES) }),
});

/** Reads `/api/dashboard`, version 4. */
export function readDashboardGroups(answer: string): Promise<PipelineGroups | null> {
  return readGroups(answer, text, (groups) =>
    object({
      _embedded: object({ ["pipeline_groups"]: groups }),
    }));
}

/** Reads `/api/admin/pipeline_groups`, version 1. */
export function readAdminGroups(answer: string): Promise<PipelineGroups | null> {
  return readGroups(answer, named, (groups) => object({ _embedded: object({ groups }) }));
}

/** Reads `/api/config/pipeline_groups`, as GoCD had it from 14.3 to 20.2. */
export function readLegacyGroups(answer: string): Promise<PipelineGroups | null> {
  return readGroups(answer, named, (groups) => groups);
}

/**
 * Reads how each stage on the dashboard ended last, by {@link stageKey}: `Passed` success,
 * `Failed` failure, `Cancelled` unknown. A stage that is still running, or has not run in the
 * pipeline's latest instances, counts by its previous run, where the dashboard names that.
 */
export function readDashboardStages(
  answer: string,
): Promise<ReadonlyMap<string, StageState> | null> {
  const states = new Map<string, StageState>();
  return readBoard(answer, states, ({ name, instances }) => {
    const latestFirst = instances.toSorted((a, b) => b.counter - a.counter);
    for (const stage of latestFirst.flatMap(({ stages }) => stages)) {
      const key = stageKey(name, stage.name);
      const state = stateOf(stage.status) ?? stateOf(stage.previous_stage?.status);
      if (state !== undefined && !states.has(key)) states.set(key, state);
    }
  });
}

/**
 * Reads how each run on the dashboard stands, by `<pipeline>/<counter>/<stage>/<counter>`:
 * `undefined` while it is not over.
 */
export function readDashboardRuns(
  answer: string,
): Promise<ReadonlyMap<string, StageState | undefined> | null> {
  const runs = new Map<string, StageState | undefined>();
  return readBoard(answer, runs, ({ name, instances }) => {
    for (const { counter, stages } of instances) {
      for (const stage of stages) {
        runs.set(`${name}/${counter}/${stage.name}/${stage.counter ?? "1"}`, stateOf(stage.status));
      }
    }
  });
}

/**
 * Reads how one run stands in `/api/stages/…`, version 3: `open` while it is not over; `null` when
 * it is not what the API promises.
 */
export async function readStageResult(answer: string): Promise<StageState | "open" | null> {
  const read = await readJson(answer, object({ result: text }));
  return read && (stateOf(read.result) ?? "open");
}

/** The state that a final status leaves; `undefined` while nothing is final. */
export function stateOf(status: string | undefined): StageState | undefined {
  switch (status?.toLowerCase()) {
    case "passed":
      return "success";
    case "failed":
      return "failure";
    case "cancelled":
      return "unknown";
    default: // Building, Failing, Unknown, or a word of a GoCD to come.
      return undefined;
  }
}

/** Reads the pipelines of a dashboard one by one; gives what was collected of them. */
async function readBoard<T>(
  answer: string,
  collected: T,
  take: (pipeline: BoardPipeline) => void,
): Promise<T | null> {
  const pipelines = each(
    boardPipeline,
    ({ name, _embedded: { instances } }) =>
      take({
        name,
        instances: instances.map(({ counter, _embedded: { stages } }) => ({ counter, stages })),
      }),
  );
  const read = await readJson(answer, object({ _embedded: object({ pipelines }) }));
  return read && collected;
}

/** Reads groups wherever the API has them, and pipelines in whatever shape. */
async function readGroups(
  answer: string,
  pipeline: Shape<string>,
  within: (groups: Shape<void>) => Shape<unknown>,
): Promise<PipelineGroups | null> {
  const collected = new Map<string, Set<string>>();
  const group = object({ name: text, pipelines: list(pipeline) });
  const groups = each(group, ({ name, pipelines }) => {
    const known = collected.get(name);
    if (known === undefined) collected.set(name, new Set(pipelines));
    else for (const one of pipelines) known.add(one);
  });
  return await readJson(answer, within(groups)) === null ? null : collected;
}
