/**
 * A GoCD server of today, and the history of then: what a mail stood for is what the journal says it
 * stood for, whatever has become of the stage since.
 *
 * @module
 */

import type { ManagerConfig } from "../../config/types.ts";
import { log } from "../../log.ts";
import type { JournalRecord } from "../../mail/journal.ts";
import { GocdContext } from "../../routing/gocd_context.ts";
import type { GocdSource } from "../../routing/gocd_source.ts";
import { isTrace } from "../journal_text.ts";

/** Says which mail of the journal is being routed. */
export type Current = () => JournalRecord | null;

/** Makes the source of one manager. */
export function pastSource({ gocd }: ManagerConfig, current: Current): GocdSource {
  if (gocd === undefined) throw new TypeError("Cannot ask GoCD: the manager has no server");
  const context = new GocdContext({ ...gocd, pollMs: 0 }, {}, log("cli"));
  return {
    start: () => {},
    groups: (limits) => context.groups(limits),
    judge: (reading) => {
      const event = eventThen(current()) ?? reading.event;
      return Promise.resolve({ ...reading, ...event !== undefined && { event }, notes: [] });
    },
    close: () => context.close(),
  };
}

/** The event that the mail stood for when it came; `undefined` where the journal does not say. */
function eventThen(record: JournalRecord | null): string | undefined {
  const routed = record?.events.findLast((event) => event.kind === "routed");
  return isTrace(routed?.trace) ? routed.trace.fields.event : undefined;
}
