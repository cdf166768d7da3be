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

/** The latest instance of a pipeline, where it has run at all. */
function instances(stages: readonly ServedStage[]): readonly unknown[] {
  const [first] = stages;
  if (first === undefined) return [];
  const counter = first.counter ?? 1;
  const served = stages.map(({ stage, result, building }) => ({
    name: stage,
    counter: "1",
    status: building ? "Building" : result,
    ["previous_stage"]: building ? { name: stage, counter: "1", status: result } : null,
  }));
  return [{ label: String(counter), counter, _embedded: { stages: served } }];
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

/** `GET /cctray.xml`: a cancelled stage is a Failure here, and so is a job of it. */
export function cctrayBody(stages: readonly ServedStage[], url: string): string {
  const projects = stages.flatMap(({ pipeline, stage, result, building, counter = 1 }) => {
    const attributes = [
      `activity="${building ? "Building" : "Sleeping"}"`,
      `lastBuildStatus="${result === "Passed" ? "Success" : "Failure"}"`,
      `lastBuildLabel="${counter}"`,
      `lastBuildTime="2017-05-04T12:00:00Z"`,
      `webUrl="${url}/pipelines/${pipeline}/${counter}/${stage}/1"`,
    ].join(" ");
    return [
      `  <Project name="${pipeline} :: ${stage}" ${attributes} />`,
      `  <Project name="${pipeline} :: ${stage} :: job" ${attributes} />`,
    ];
  });
  return ['<?xml version="1.0" encoding="utf-8"?>', "<Projects>", ...projects, "</Projects>", ""]
    .join("\n");
}
