/**
 * Reading GoCD's answers: lenient about what we do not use, strict about what we do.
 *
 * @module
 */

import { z } from "zod";
import { stageKey, type StageState } from "../stage_history.ts";

/** Pipeline groups in the server's order, each with the names of its pipelines. */
export type PipelineGroups = ReadonlyMap<string, ReadonlySet<string>>;

/** Reads the text of an answer; throws when it is not what the API promises. */
export type ReadGroups = (text: string) => PipelineGroups;

const named = z.object({ name: z.string() });

const dashboardGroups = z.object({
  _embedded: z.object({
    pipeline_groups: z.array(z.object({ name: z.string(), pipelines: z.array(z.string()) })),
  }),
});

const adminGroups = z.object({
  _embedded: z.object({
    groups: z.array(z.object({ name: z.string(), pipelines: z.array(named) })),
  }),
});

const legacyGroups = z.array(z.object({ name: z.string(), pipelines: z.array(named) }));

const stageRun = z.object({ status: z.string() });

const dashboardStages = z.object({
  _embedded: z.object({
    pipelines: z.array(z.object({
      name: z.string(),
      _embedded: z.object({
        instances: z.array(z.object({
          counter: z.coerce.number(),
          _embedded: z.object({
            stages: z.array(stageRun.extend({
              name: z.string(),
              counter: z.coerce.string().optional(),
              previous_stage: stageRun.nullish(),
            })),
          }),
        })),
      }),
    })),
  }),
});

/** Reads `/api/dashboard`, version 4. */
export function readDashboardGroups(text: string): PipelineGroups {
  const { _embedded } = dashboardGroups.parse(JSON.parse(text));
  return collect(_embedded.pipeline_groups.map(({ name, pipelines }) => ({ name, pipelines })));
}

/** Reads `/api/admin/pipeline_groups`, version 1. */
export function readAdminGroups(text: string): PipelineGroups {
  return collect(adminGroups.parse(JSON.parse(text))._embedded.groups.map(namesOnly));
}

/** Reads `/api/config/pipeline_groups`, as GoCD had it from 14.3 to 20.2. */
export function readLegacyGroups(text: string): PipelineGroups {
  return collect(legacyGroups.parse(JSON.parse(text)).map(namesOnly));
}

/**
 * Reads how each stage on the dashboard ended last, by {@link stageKey}: `Passed` success,
 * `Failed` failure, `Cancelled` unknown. A stage that is still running, or has not run in the
 * pipeline's latest instances, counts by its previous run, where the dashboard names that.
 */
export function readDashboardStages(text: string): ReadonlyMap<string, StageState> {
  const states = new Map<string, StageState>();
  for (const pipeline of dashboardStages.parse(JSON.parse(text))._embedded.pipelines) {
    const latestFirst = pipeline._embedded.instances.toSorted((a, b) => b.counter - a.counter);
    for (const stage of latestFirst.flatMap((instance) => instance._embedded.stages)) {
      const key = stageKey(pipeline.name, stage.name);
      const state = stateOf(stage.status) ?? stateOf(stage.previous_stage?.status);
      if (state !== undefined && !states.has(key)) states.set(key, state);
    }
  }
  return states;
}

/**
 * Reads how each run on the dashboard stands, by `<pipeline>/<counter>/<stage>/<counter>`:
 * `undefined` while it is not over.
 */
export function readDashboardRuns(text: string): ReadonlyMap<string, StageState | undefined> {
  const runs = new Map<string, StageState | undefined>();
  for (const { name, _embedded } of dashboardStages.parse(JSON.parse(text))._embedded.pipelines) {
    for (const instance of _embedded.instances) {
      for (const stage of instance._embedded.stages) {
        const run = `${name}/${instance.counter}/${stage.name}/${stage.counter ?? "1"}`;
        runs.set(run, stateOf(stage.status));
      }
    }
  }
  return runs;
}

/** Reads how one run stands in `/api/stages/…`, version 3: `undefined` while it is not over. */
export function readStageResult(text: string): StageState | undefined {
  return stateOf(z.object({ result: z.string() }).parse(JSON.parse(text)).result);
}

/** The state that a final status leaves; `undefined` while nothing is final. */
function stateOf(status: string | undefined): StageState | undefined {
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

function namesOnly(
  { name, pipelines }: { name: string; pipelines: readonly { name: string }[] },
): { readonly name: string; readonly pipelines: readonly string[] } {
  return { name, pipelines: pipelines.map((pipeline) => pipeline.name) };
}

function collect(
  groups: readonly { readonly name: string; readonly pipelines: readonly string[] }[],
): PipelineGroups {
  const collected = new Map<string, Set<string>>();
  for (const { name, pipelines } of groups) {
    const known = collected.get(name);
    if (known === undefined) collected.set(name, new Set(pipelines));
    else for (const pipeline of pipelines) known.add(pipeline);
  }
  return collected;
}
