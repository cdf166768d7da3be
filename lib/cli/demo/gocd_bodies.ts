/**
 * What a GoCD server says: the bodies of its REST answers and its cctray feed, in the shapes of
 * GoCD's API documentation, with what nobody here reads left out.
 *
 * @module
 */

/** Pipeline groups, each with the names of its pipelines, in order. */
export type ServedGroups = Readonly<Record<string, readonly string[]>>;

/** The last run of a stage. */
export interface ServedStage {
  /** Its pipeline. */
  readonly pipeline: string;
  /** Its name. */
  readonly stage: string;
  /** How the last run that is over ended. */
  readonly result: "Passed" | "Failed" | "Cancelled";
  /** Whether it is running again. */
  readonly building?: boolean;
  /** Counter of the pipeline; default 1. */
  readonly counter?: number;
  /** Counter of the stage; default 1. */
  readonly stageCounter?: number;
  /** Label of the pipeline; default its counter. */
  readonly label?: string;
  /** When the run ended, as cctray writes it without zone; default `2017-05-04T12:00:00`. */
  readonly endedAt?: string;
  /** The runs of the stage before that one, the newest first: only its history has them. */
  readonly before?: readonly ServedStage[];
}

/** `GET /api/dashboard`, version 4. */
export function dashboardBody(groups: ServedGroups, stages: readonly ServedStage[]): unknown {
  const pipelines = [...new Set(Object.values(groups).flat())];
  return {
    _embedded: {
      ["pipeline_groups"]: Object.entries(groups).map(([name, members]) => ({
        name,
        pipelines: members,
        ["can_administer"]: false,
      })),
      environments: [],
      pipelines: pipelines.map((name) => ({
        name,
        ["from_config_repo"]: false,
        _embedded: { instances: instances(stages.filter(({ pipeline }) => pipeline === name)) },
      })),
    },
  };
}

/** The latest instances of a pipeline, where it has run at all. */
function instances(stages: readonly ServedStage[]): readonly unknown[] {
  const byCounter = Map.groupBy(stages, shownCounter);
  return [...byCounter].map(([counter, members]) => ({
    label: String(counter),
    counter,
    _embedded: {
      stages: members.map(({ stage, result, building, stageCounter = 1 }) => ({
        name: stage,
        counter: building ? "1" : String(stageCounter),
        status: building ? "Building" : result,
        ["previous_stage"]: building ? { name: stage, counter: "1", status: result } : null,
      })),
    },
  }));
}

/** The counter of the run that is shown: a running stage is in the instance after its last one. */
function shownCounter({ counter = 1, building }: ServedStage): number {
  return building ? counter + 1 : counter;
}

/**
 * `GET /api/stages/:pipeline/:counter/:stage/:counter` and `/api/stages/:pipeline/:stage/history`,
 * version 3; `undefined` for no such run.
 */
export function stagesBody(path: string, stages: readonly ServedStage[]): unknown {
  return path.endsWith("/history") ? historyBody(path, stages) : stageBody(path, stages);
}

function stageBody(run: string, stages: readonly ServedStage[]): unknown {
  const served = stages.find(({ pipeline, counter = 1, stage, stageCounter = 1 }) =>
    run === `${pipeline}/${counter}/${stage}/${stageCounter}`
  );
  if (served === undefined) return undefined;
  const { pipeline, counter = 1, stage, stageCounter = 1, result } = served;
  return {
    name: stage,
    counter: String(stageCounter),
    ["pipeline_name"]: pipeline,
    ["pipeline_counter"]: counter,
    result,
    jobs: [],
  };
}

/** Ten runs at most, the newest first. */
function historyBody(path: string, stages: readonly ServedStage[]): unknown {
  const runs = stages.flatMap((served) => {
    if (path !== `${served.pipeline}/${served.stage}/history`) return [];
    const { before = [], building, counter = 1, ...last } = served;
    const running = { ...served, counter: counter + 1, stageCounter: 1, result: "Unknown" };
    return [...building ? [running] : [], { ...last, counter }, ...before];
  });
  return { stages: runs.slice(0, 10).map(historyRun) };
}

function historyRun(
  { pipeline, stage, counter = 1, stageCounter = 1, result, endedAt = "2017-05-04T12:00:00" }:
    & Omit<ServedStage, "result">
    & { readonly result: string },
): unknown {
  return {
    name: stage,
    counter: String(stageCounter),
    ["approval_type"]: "success",
    ["approved_by"]: "changes",
    result,
    ["rerun_of_counter"]: null,
    ["pipeline_name"]: pipeline,
    ["pipeline_counter"]: counter,
    jobs: [{
      name: "job",
      state: result === "Unknown" ? "Building" : "Completed",
      result,
      ["scheduled_date"]: Date.parse(`${endedAt}Z`) - 60_000,
    }],
  };
}

/** `GET /api/admin/pipeline_groups`, version 1. */
export function adminBody(groups: ServedGroups): unknown {
  return { _embedded: { groups: legacyBody(groups) } };
}

/** `GET /api/config/pipeline_groups`, until 20.2. */
export function legacyBody(groups: ServedGroups): readonly unknown[] {
  return Object.entries(groups).map(([name, members]) => ({
    name,
    pipelines: members.map((pipeline) => ({ name: pipeline, label: "${COUNT}", stages: [] })),
  }));
}

/** What cctray depends on besides the stages. */
export interface FeedSetting {
  /** Base URL of the server. */
  readonly url: string;
  /** Whether times name their zone, as since 18.3.0. */
  readonly zoned: boolean;
}

/**
 * `GET /cctray.xml`: a cancelled stage is a Failure here, and so is a job of it. While a stage runs,
 * all but the URL is that of the run before.
 */
export function cctrayBody(stages: readonly ServedStage[], { url, zoned }: FeedSetting): string {
  const projects = stages.flatMap((served) => {
    const { pipeline, stage, result, building, counter = 1, stageCounter = 1 } = served;
    const { label = String(counter), endedAt = "2017-05-04T12:00:00" } = served;
    const shown = building ? `${counter + 1}/${stage}/1` : `${counter}/${stage}/${stageCounter}`;
    const attributes = [
      `activity="${building ? "Building" : "Sleeping"}"`,
      `lastBuildStatus="${result === "Passed" ? "Success" : "Failure"}"`,
      `lastBuildLabel="${label}${stageCounter === 1 ? "" : ` :: ${stageCounter}`}"`,
      `lastBuildTime="${endedAt}${zoned ? "Z" : ""}"`,
    ].join(" ");
    const job = `webUrl="${url}/tab/build/detail/${pipeline}/${shown}/job"`;
    return [
      `  <Project name="${pipeline} :: ${stage}" ${attributes} webUrl="${url}/pipelines/${pipeline}/${shown}" />`,
      `  <Project name="${pipeline} :: ${stage} :: job" ${attributes} ${job} />`,
    ];
  });
  return ['<?xml version="1.0" encoding="utf-8"?>', "<Projects>", ...projects, "</Projects>", ""]
    .join("\n");
}
