/**
 * How each stage of a GoCD server ended last, to begin the history with after a start.
 *
 * cctray says Failure also of a cancelled stage, and a stage that passes after it was cancelled
 * has fixed nothing. So a Failure counts only if the dashboard confirms it; where the dashboard
 * cannot tell, the state is unknown and GoCD's own word stands.
 *
 * @module
 */

import type { StageState } from "../stage_history.ts";
import { type FeedStatus, readFeed } from "./cctray.ts";
import type { GocdApi } from "./gocd_api.ts";
import { readDashboardStages } from "./gocd_answers.ts";

/** The states that a server knows, or why there are none. */
export type Seed =
  | { readonly kind: "states"; readonly states: ReadonlyMap<string, StageState> }
  | { readonly kind: "failed"; readonly detail: string };

/** Asks one server for the states of its stages. Never rejects. */
export async function askSeed(api: GocdApi, signal: AbortSignal): Promise<Seed> {
  const answer = await api.ask({
    path: "/cctray.xml",
    accept: "application/xml",
    right: "to be a user of GoCD",
  }, signal);
  if (answer.kind === "refused") return { kind: "failed", detail: `cctray: ${answer.detail}` };
  if (answer.kind === "unchanged") return { kind: "failed", detail: "cctray: HTTP 304 unasked" };
  const feed = readFeed(answer.text);
  if (feed.kind === "not-a-feed") return { kind: "failed", detail: `cctray: ${feed.detail}` };
  const failed = [...feed.stages.values()].includes("Failure");
  const confirmed = failed ? await askDashboard(api, signal) : new Map<string, StageState>();
  return { kind: "states", states: confirm(feed.stages, confirmed) };
}

/** What the dashboard says; nothing where it cannot be had, as in GoCD before 19.10. */
async function askDashboard(
  api: GocdApi,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, StageState>> {
  const answer = await api.ask({
    path: "/api/dashboard",
    accept: "application/vnd.go.cd.v4+json",
    right: "to be a user of GoCD who may view the pipelines",
  }, signal);
  if (answer.kind !== "text") return new Map();
  try {
    return readDashboardStages(answer.text);
  } catch {
    return new Map(); // Not what the API promises: it cannot tell, and unknown is the safe side.
  }
}

function confirm(
  feed: ReadonlyMap<string, FeedStatus>,
  confirmed: ReadonlyMap<string, StageState>,
): ReadonlyMap<string, StageState> {
  const states = new Map<string, StageState>();
  for (const [key, status] of feed) {
    states.set(key, status === "Success" ? "success" : confirmed.get(key) ?? "unknown");
  }
  return states;
}
