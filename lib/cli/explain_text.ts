/**
 * A routing and its trace in words, for people.
 *
 * @module
 */

import type { Delivery } from "../mail/delivery.ts";
import type { Envelope } from "../mail/envelope.ts";
import type { LookupTrace, RouteTrace, Routing, RuleTrace } from "../routing/trace.ts";
import { type Paint, paint, printable } from "./paint.ts";

const MARKS = { matched: "✔", "not-matched": "✘", undecided: "?", skipped: "-" } as const;
const COLOURS = {
  matched: "green",
  "not-matched": "dim",
  undecided: "yellow",
  skipped: "dim",
} as const;

/** Everything that led to the routing, one step a line. */
export function explainText(envelope: Envelope, routing: Routing, colour: boolean): string {
  const brush = paint(colour);
  const { trace } = routing;
  const lines = [
    `from <${printable(envelope.reversePath)}> to ${
      envelope.forwardPaths.map((path) => `<${printable(path)}>`).join(" ")
    }`,
    ...traceLines(trace, brush),
    ...routing.deliveries.map((delivery) => deliveryLine(delivery, brush)),
    ...(routing.deliveries.length === 0 ? [brush("not sent", "yellow")] : []),
  ];
  return `${lines.join("\n")}\n`;
}

/** Every step of a routing up to its decision, one a line. */
export function traceLines(trace: RouteTrace, brush: Paint): string[] {
  return [
    ...trace.claims.map(({ manager, wants, claimed }) =>
      `manager ${printable(manager)} wants mail ${printable(wants)}: ${
        claimed ? brush("claimed", "green") : "no"
      }`
    ),
    ...fieldLines(trace),
    ...trace.notes.map((note) => `  note: ${printable(note)}`),
    ...trace.lookups.map(lookupLine),
    ...trace.rules.flatMap((rule) => ruleLines(rule, brush)),
    `${brush("decision", "bold")}: ${trace.decision} – ${printable(trace.reason)}`,
  ];
}

function fieldLines({ fields }: RouteTrace): string[] {
  return Object.entries(fields).map(([name, value]) => `  ${name}: ${printable(value)}`);
}

/** One REST query in one line. */
export function lookupLine({ name, url, source, ageMs, tookMs, detail }: LookupTrace): string {
  const age = ageMs === undefined || source === "fresh"
    ? ""
    : `, ${(ageMs / 1000).toFixed(1)} s old`;
  return `  lookup ${printable(name)} (${source}${age}, took ${Math.round(tookMs)} ms): ${
    printable(detail)
  } [${printable(url)}]`;
}

function ruleLines({ rule, verdict, reason, actions }: RuleTrace, brush: Paint): string[] {
  return [
    `  ${brush(MARKS[verdict], COLOURS[verdict])} ${printable(rule)}: ${verdict} – ${
      printable(reason)
    }`,
    ...actions.map((action) => `      → ${printable(action)}`),
  ];
}

function deliveryLine({ destination, recipients, rewrite }: Delivery, brush: Paint): string {
  const how = rewrite === undefined ? "unchanged" : "To and From rewritten";
  const to = recipients.map(printable).join(", ");
  return destination === "discard"
    ? brush("discard: taken on purpose, sent to nobody", "yellow")
    : `${brush(destination, "green")} → ${to} (${how})`;
}
