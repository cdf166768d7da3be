/**
 * What a running relay says of itself when it is asked.
 *
 * @module
 */

import type { ControlStatus } from "../control/protocol.ts";
import { VERSION } from "../version.ts";
import type { Parts } from "./parts.ts";
import type { ConfigurationState } from "./reloads.ts";

/** What is told. */
export interface StatusFacts {
  /** When the process started, in milliseconds since the epoch. */
  readonly startedAt: number;
  /** The addresses it listens on. */
  readonly listening: readonly string[];
  /** Its parts; `null` while it starts. */
  readonly parts: Parts | null;
  /** Which configuration is in force; `null` where it comes from no file, and while it starts. */
  readonly configuration: ConfigurationState | null;
}

/** Most problems of a refused configuration that are told. */
const MAX_PROBLEMS = 20;

/** Healthy is who can take mail, or could if only there were space: restarting mends neither. */
export async function statusOf(
  { startedAt, listening, parts, configuration }: StatusFacts,
): Promise<ControlStatus> {
  const health = parts?.store.health() ?? { kind: "failed", reason: "it is being started" };
  const healthy = health.kind !== "failed";
  const status = healthy ? await parts?.queue.status() : undefined;
  return {
    pid: Deno.pid,
    version: VERSION,
    startedAt,
    healthy,
    store: health.kind === "ready" ? "ready" : `${health.kind}: ${health.reason}`,
    listening,
    queue: status?.counts ?? { waiting: 0, dead: 0, damaged: 0 },
    destinations: status?.destinations ?? [],
    ...configuration && { configuration: bounded(configuration) },
  };
}

/** One line holds all of a status. */
function bounded(state: ConfigurationState): ConfigurationState {
  const { refused } = state;
  if (refused === undefined) return state;
  return { ...state, refused: { ...refused, problems: refused.problems.slice(0, MAX_PROBLEMS) } };
}
