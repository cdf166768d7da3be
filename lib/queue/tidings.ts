/**
 * What journal and log are told of a mail beside its attempts: where it was routed, who is given up,
 * and who was told of that.
 *
 * @module
 */

import { log } from "../log.ts";
import type { JournalEvent } from "../mail/journal.ts";
import type { Routed } from "./context.ts";

const records = log("queue");

/** The event that tells how a mail was routed; the mail must still be readable. Never rejects. */
export async function routedEvent(
  { deliveries, reason, trace }: Routed,
  at: number,
): Promise<JournalEvent> {
  const places = deliveries.map(({ destination, recipients }) => ({ destination, recipients }));
  const told = { kind: "routed", at, reason, deliveries: places } as const;
  return trace === undefined ? told : { ...told, trace: await trace() };
}

/** Tells the log of those events that somebody may have to act on. */
export function tellLog(queueId: string, events: readonly JournalEvent[]): void {
  for (const event of events) {
    if (event.kind === "failed") {
      const { destination, recipients, reason } = event;
      records.warning("given up", { queueId, destination, to: shown(recipients), reason });
    } else if (event.kind === "notice") {
      const { about, queueId: noticeId, recipients } = event;
      records.info("notice", { queueId, about, noticeId, to: shown(recipients) });
    }
  }
}

function shown(recipients: readonly string[]): string {
  const some = recipients.slice(0, 5).join(",");
  return recipients.length > 5 ? `${some} and ${recipients.length - 5} more` : some;
}
