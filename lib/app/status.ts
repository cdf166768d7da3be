/**
 * What a running relay says of itself when it is asked.
 *
 * @module
 */

import type { ControlStatus } from "../control/protocol.ts";
import { VERSION } from "../version.ts";
import type { Parts } from "./parts.ts";

/** What is told. */
export interface StatusFacts {
  /** When the process started, in milliseconds since the epoch. */
  readonly startedAt: number;
  /** The addresses it listens on. */
  readonly listening: readonly string[];
  /** Its parts; `null` while it starts. */
  readonly parts: Parts | null;
}

/** Healthy is who can take mail, or could if only there were space: restarting mends neither. */
export async function statusOf(
  { startedAt, listening, parts }: StatusFacts,
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
  };
}
