/**
 * What was decided about a mail that came, as the journal has it: the same words as for a mail in a
 * file, and what happened to it beside.
 *
 * @module
 */

import type { JournalEvent, JournalRecord } from "../mail/journal.ts";
import { isoTime } from "./amounts.ts";
import { envelopeLine, notSentLine, traceLines } from "./explain_text.ts";
import { isTrace } from "../routing/trace_shape.ts";
import { leftRulesLines, type TextPlace } from "./left_rules.ts";
import { eventLines, names, showDestination } from "./journal_text.ts";
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
    if (reader === null || record === undefined) return Promise.resolve(1);
    if (options.json) terminal.out(`${JSON.stringify(valueOf(record), null, 2)}\n`);
    else writeLines(linesOf(record, { reader, options }, paint(terminal.colour)), terminal);
    return Promise.resolve(0);
  });
}

/** It may have been routed several times: by each configuration that it has seen in the queue. */
function routedOf({ events }: JournalRecord): readonly Routed[] {
  return events.filter((event) => event.kind === "routed");
}

/** What `history --json` says, and `envelope`, `deliveries` and `trace` as for a mail in a file. */
function valueOf(record: JournalRecord): Readonly<Record<string, unknown>> {
  const routed = routedOf(record).at(-1);
  const { reversePath, forwardPaths } = record.envelope;
  return {
    ...recordValue(record),
    envelope: { reversePath, forwardPaths },
    deliveries: routed?.deliveries ?? [],
    trace: routed?.trace ?? null,
  };
}

function linesOf(record: JournalRecord, place: TextPlace, brush: Paint): string[] {
  const trace = routedOf(record).at(-1)?.trace;
  const others = record.events.filter(({ kind }) => kind !== "routed");
  return [
    `${brush(printable(record.queueId), "bold")} is ${record.state}`,
    envelopeLine(record.envelope),
    ...routingLines(routedOf(record), brush),
    ...isTrace(trace) ? leftRulesLines(record, trace, place) : [],
    ...others.length === 0 ? [] : ["", "what happened", ...eventLines(others, brush)],
  ];
}

function routingLines(all: readonly Routed[], brush: Paint): string[] {
  const routed = all.at(-1);
  if (routed === undefined) return ["it has not been routed"];
  const when = isoTime(routed.at) ?? "at an unknown time";
  const again = all.length < 2 ? [] : [`routed ${all.length} times, the last time ${when}`];
  const sent = routed.deliveries.filter(({ destination }) => destination !== "discard");
  return [
    ...again,
    ...isTrace(routed.trace)
      ? traceLines(routed.trace, brush)
      : [`${brush("decision", "bold")}: ${printable(routed.reason)}`],
    // The journal does not keep what has been rewritten.
    ...sent.map(({ destination, recipients }) =>
      `${brush(showDestination(destination), "green")} → ${names(recipients)}`
    ),
    ...sent.length > 0 ? [] : [notSentLine(isTrace(routed.trace) ? routed.trace : {}, brush)],
  ];
}
