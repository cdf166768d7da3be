/**
 * The pipeline groups of a GoCD server, by the first of three APIs that has them: the dashboard,
 * which any user may read; the administrators' API, since 18.10; the one of 2017, removed in 20.3.
 *
 * The next one is asked when a path is missing (404), forbidden (403) or broken (500, nonsense).
 * It is not asked when the server as a whole gives no answer, nor while the dashboard is still
 * loading (202): the administrators' API shows only what the account administers, and taking a
 * part for the whole would lose alerts without a word.
 *
 * @module
 */

import type { Answer, Asked } from "./cached_lookup.ts";
import type { GocdApi } from "./gocd_api.ts";
import {
  type PipelineGroups,
  readAdminGroups,
  readDashboardGroups,
  type ReadGroups,
  readLegacyGroups,
} from "./gocd_answers.ts";

/** How long a path that answered 404 is left alone, in ms: the server may be upgraded meanwhile. */
const FORGET_MISSING_MS = 3_600_000;

interface Source {
  readonly name: string;
  readonly path: string;
  readonly accept: string;
  readonly right: string;
  readonly read: ReadGroups;
}

const SOURCES: readonly Source[] = [
  {
    name: "dashboard",
    path: "/api/dashboard",
    accept: "application/vnd.go.cd.v4+json",
    right: "to be a user of GoCD who may view the pipelines",
    read: readDashboardGroups,
  },
  {
    name: "admin API",
    path: "/api/admin/pipeline_groups",
    accept: "application/vnd.go.cd.v1+json",
    right: "to be administrator, or administrator of the pipeline groups",
    read: readAdminGroups,
  },
  {
    name: "config API",
    path: "/api/config/pipeline_groups",
    accept: "application/json",
    right: "to view the pipelines",
    read: readLegacyGroups,
  },
];

/** Asks for the groups; the shape that a cached lookup wants. */
export type AskGroups = (
  key: string,
  last: Answer<PipelineGroups> | undefined,
  signal: AbortSignal,
) => Promise<Asked<PipelineGroups>>;

/**
 * Makes the function that asks one server for its groups. It remembers which paths are missing.
 *
 * @param api The server.
 * @param now Milliseconds since the epoch.
 */
export function groupsOf(api: GocdApi, now: () => number): AskGroups {
  const missingUntil = new Map<string, number>();
  return async (_key, last, signal) => {
    const present = SOURCES.filter(({ path }) => (missingUntil.get(path) ?? 0) <= now());
    const problems: string[] = [];
    let url = api.url;
    for (const source of present.length > 0 ? present : SOURCES) {
      const step = await askSource(api, source, last, signal);
      url = api.url + source.path;
      if (step.kind === "answer") return { kind: "answer", answer: step.answer };
      problems.push(`${source.name}: ${step.detail}`);
      if (step.never) missingUntil.set(source.path, now() + FORGET_MISSING_MS);
      if (!step.elsewhere) break;
    }
    return { kind: "failed", url, detail: problems.join("; ") };
  };
}

type Step =
  | { readonly kind: "answer"; readonly answer: Answer<PipelineGroups> }
  | {
    readonly kind: "refused";
    readonly detail: string;
    readonly elsewhere: boolean;
    readonly never: boolean;
  };

/** Asks one of the sources. */
async function askSource(
  api: GocdApi,
  { name, path, accept, right, read }: Source,
  last: Answer<PipelineGroups> | undefined,
  signal: AbortSignal,
): Promise<Step> {
  const url = api.url + path;
  const ours = last?.url === url ? last : undefined;
  const answer = await api.ask({ path, accept, right, etag: ours?.etag }, signal);
  if (answer.kind === "refused") return answer;
  if (answer.kind === "unchanged") {
    if (ours !== undefined) return { kind: "answer", answer: ours };
    const detail = "HTTP 304 although nothing was known";
    return { kind: "refused", detail, elsewhere: true, never: false };
  }
  const value = await read(answer.text);
  if (value === null) {
    const detail = "HTTP 200, but not the answer that this API gives";
    return { kind: "refused", detail, elsewhere: true, never: false };
  }
  const said = { value, url, detail: `${countGroups(value)} (${name})` };
  return { kind: "answer", answer: answer.etag ? { ...said, etag: answer.etag } : said };
}

/** `12 groups, 340 pipelines`. */
function countGroups(groups: PipelineGroups): string {
  const pipelines = [...groups.values()].reduce((sum, group) => sum + group.size, 0);
  return `${counted(groups.size, "group")}, ${counted(pipelines, "pipeline")}`;
}

function counted(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? "" : "s"}`;
}
