/**
 * What a mail of GoCD stood for when it came: what the journal says, whatever has become of the stage
 * since. Pure.
 *
 * @module
 */

import { addressKey } from "../mail/address.ts";
import type { Alerted } from "./alerted.ts";
import type { Judged } from "./gocd_source.ts";
import { STAGE_EVENTS } from "./packs/gocd.ts";
import type { Reading } from "./packs/pack.ts";
import type { ManagerSteps } from "./trace.ts";
import { isTrace } from "./trace_shape.ts";

/** What names a run of a stage. */
const RUN = ["pipeline", "pipelineCounter", "stage", "stageCounter"] as const;

/** What a manager did; the first one's name is the trace's. */
type Steps = ManagerSteps & { readonly manager?: string };

/**
 * Judges a reading as it was judged then; `null` when the trace does not say.
 *
 * @param reading What a pack reads in the mail now.
 * @param trace The trace of then, as the journal holds it; anything else says nothing.
 * @param manager Whose word counts; another one's if that is not in the trace.
 */
export function judgedThen(reading: Reading, trace: unknown, manager: string): Judged | null {
  if (!isStageEvent(reading.event)) return null;
  const told = stepsOf(trace).filter(({ fields }) =>
    RUN.every((name) => fields[name] === reading.fields[name]) && isStageEvent(fields.event)
  );
  const then = told.find((steps) => steps.manager === manager) ?? told[0];
  const event = then?.fields.event;
  if (then === undefined || event === undefined) return null;
  const alerted = alertedThen(then);
  return { ...reading, event, notes: [], ...alerted && { alerted } };
}

function isStageEvent(event: string | undefined): boolean {
  return STAGE_EVENTS.some((known) => known === event);
}

/** Who was left out; earlier versions left all out, without a list. */
function alertedThen({ alerted, decision }: Steps): Alerted | undefined {
  if (Array.isArray(alerted)) {
    return new Set(alerted.filter((one) => typeof one === "string").map(addressKey));
  }
  return decision === "already-alerted" ? "everybody" : undefined;
}

/** What each manager did with the mail when it was routed last. */
function stepsOf(trace: unknown): readonly Steps[] {
  if (!isTrace(trace)) return [];
  return [trace, ...Array.isArray(trace.further) ? trace.further : []];
}
