/**
 * What a mail of GoCD stood for when it came: what the journal says, whatever has become of the stage
 * since. Pure.
 *
 * @module
 */

import type { Judged } from "./gocd_source.ts";
import { STAGE_EVENTS } from "./packs/gocd.ts";
import type { Reading } from "./packs/pack.ts";
import type { ManagerSteps } from "./trace.ts";
import { isTrace } from "./trace_shape.ts";

/** What names a run of a stage. */
const RUN = ["pipeline", "pipelineCounter", "stage", "stageCounter"] as const;

/**
 * Judges a reading as it was judged then, by whichever manager; `null` when the trace does not say.
 *
 * @param reading What a pack reads in the mail now.
 * @param trace The trace of then, as the journal holds it; anything else says nothing.
 */
export function judgedThen(reading: Reading, trace: unknown): Judged | null {
  if (!isStageEvent(reading.event)) return null;
  const then = stepsOf(trace).find(({ fields }) =>
    RUN.every((name) => fields[name] === reading.fields[name]) && isStageEvent(fields.event)
  );
  const event = then?.fields.event;
  if (then === undefined || event === undefined) return null;
  return { ...reading, event, notes: [], alreadyAlerted: then.decision === "already-alerted" };
}

function isStageEvent(event: string | undefined): boolean {
  return STAGE_EVENTS.some((known) => known === event);
}

/** What each manager did with the mail when it was routed last. */
function stepsOf(trace: unknown): readonly ManagerSteps[] {
  if (!isTrace(trace)) return [];
  return [trace, ...Array.isArray(trace.further) ? trace.further : []];
}
