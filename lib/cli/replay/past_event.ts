/**
 * What a mail of GoCD stood for when it came: what the journal says, whatever has become of the stage
 * since. Pure.
 *
 * @module
 */

import type { JournalRecord } from "../../mail/journal.ts";
import type { Judged } from "../../routing/gocd_source.ts";
import { STAGE_EVENTS } from "../../routing/packs/gocd.ts";
import type { Reading } from "../../routing/packs/pack.ts";
import type { ManagerSteps } from "../../routing/trace.ts";
import { isTrace } from "../journal_text.ts";

/** What names a run of a stage. */
const RUN = ["pipeline", "pipelineCounter", "stage", "stageCounter"] as const;

/**
 * Judges a reading as it was judged then, by whichever manager.
 *
 * @param reading What a pack reads in the mail now.
 * @param record What the journal says about the mail.
 */
export function judgedThen(reading: Reading, record: JournalRecord | null): Judged {
  const asRead: Judged = { ...reading, notes: [] };
  if (!isStageEvent(reading.event)) return asRead;
  const then = stepsOf(record).find(({ fields }) =>
    RUN.every((name) => fields[name] === reading.fields[name]) && isStageEvent(fields.event)
  );
  const event = then?.fields.event;
  if (then === undefined || event === undefined) return asRead;
  return { ...asRead, event, alreadyAlerted: then.decision === "already-alerted" };
}

function isStageEvent(event: string | undefined): boolean {
  return STAGE_EVENTS.some((known) => known === event);
}

/** What each manager did with the mail when it was routed last. */
function stepsOf(record: JournalRecord | null): readonly ManagerSteps[] {
  const routed = record?.events.findLast((event) => event.kind === "routed");
  if (!isTrace(routed?.trace)) return [];
  const { further } = routed.trace;
  return [routed.trace, ...Array.isArray(further) ? further : []];
}
