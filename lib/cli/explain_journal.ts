/**
 * What was decided about a mail that came, as the journal has it: the same words as for a mail in a
 * file, and what became of it since.
 *
 * @module
 */

import type { JournalEvent, JournalRecord } from "../mail/journal.ts";
import type { RouteTrace } from "../routing/trace.ts";
import { envelopeLine, routingLines } from "./explain_text.ts";
import { eventLines, isTrace, names, showDestination } from "./journal_text.ts";
import { type Paint, paint, printable } from "./paint.ts";
import { recordValue } from "./queue_json.ts";
import { type PlaceOptions, tellNoStore, withReader } from "./store_place.ts";
import type { Terminal } from "./terminal.ts";
import { writeLines } from "./writing.ts";

/** The event that routing leaves in the journal. */
type Routed = JournalEvent & { readonly kind: "routed" };

/** Explains the mail of a queue id; exit code 1 when the journal does not know it. */
export async function explainJournal(
  queueId: string,
  options: PlaceOptions,
  terminal: Terminal,
): Promise<number> {
  return await withReader(options, terminal, (reader, folder) => {
    const [record] = reader?.search({ queueId, limit: 1 }) ?? [];
    if (reader === null) tellNoStore(folder, terminal);
    else if (record === undefined) {
      terminal.err(`the journal in ${folder} knows no such mail as ${printable(queueId)}\n`);
    }
    if (record === undefined) return Promise.resolve(1);
    if (options.json) terminal.out(`${JSON.stringify(valueOf(record), null, 2)}\n`);
    else writeLines(linesOf(record, paint(terminal.colour)), terminal);
    return Promise.resolve(0);
  });
}

/** It may have been routed several times: by each configuration that it has seen in the queue. */
function lastRouted({ events }: JournalRecord): Routed | undefined {
  return events.findLast((event) => event.kind === "routed");
}

function valueOf(record: JournalRecord): Readonly<Record<string, unknown>> {
  const routed = lastRouted(record);
  const { reversePath, forwardPaths } = record.envelope;
  return {
    ...recordValue(record),
    envelope: { reversePath, forwardPaths },
    deliveries: routed?.deliveries ?? [],
    reason: routed?.reason ?? null,
    trace: routed?.trace ?? null,
  };
}

function linesOf(record: JournalRecord, brush: Paint): string[] {
  const routed = lastRouted(record);
  const since = record.events.slice(routed === undefined ? 0 : record.events.indexOf(routed) + 1);
  return [
    `${brush(printable(record.queueId), "bold")} is ${record.state}`,
    envelopeLine(record.envelope),
    ...routed === undefined ? ["it has not been routed"] : routedLines(routed, brush),
    ...since.length === 0 ? [] : ["", "and then", ...eventLines(since, brush)],
  ];
}

function routedLines({ deliveries, reason, trace }: Routed, brush: Paint): string[] {
  if (isTrace(trace)) return routingLines({ deliveries, trace: trace as RouteTrace }, brush);
  return [
    `${brush("decision", "bold")}: ${printable(reason)}`,
    ...deliveries.map(({ destination, recipients }) =>
      `${brush(showDestination(destination), "green")} → ${names(recipients)}`
    ),
  ];
}
