/**
 * A routing and its trace in words, for people.
 *
 * @module
 */

import type { Delivery, HeaderRewrite } from "../mail/delivery.ts";
import type { Envelope } from "../mail/envelope.ts";
import type { NotSent } from "../mail/not_sent.ts";
import { COMMON_FIELDS } from "../routing/packs/pack.ts";
import type {
  LookupTrace,
  ManagerSteps,
  RouteTrace,
  Routing,
  RulesLeft,
  RuleTrace,
} from "../routing/trace.ts";
import { showDuration } from "./amounts.ts";
import { type Paint, paint, printable } from "./paint.ts";

const MARKS = {
  matched: "✔",
  "not-matched": "✘",
  undecided: "?",
  skipped: "-",
  muted: "~",
} as const;
const COLOURS = {
  matched: "green",
  "not-matched": "dim",
  undecided: "yellow",
  skipped: "dim",
  muted: "yellow",
} as const;

/** These are shown first. */
const FIRST_FIELDS: readonly string[] = ["source", "event", ...COMMON_FIELDS.slice(1)];

/** Why a mail goes to nobody, for people. */
const NOT_SENT: Readonly<Record<NotSent, string>> = {
  "no-rule-matched": "no rule held, and there is no otherwise",
  "otherwise-empty": "no rule held, and otherwise is empty",
  undecided: "rules could not be decided, and otherwise is empty",
  muted: "what held is muted at this hour",
  discarded: "it is discarded on purpose",
  "no-address": "there is no address to send it to",
  "already-alerted": "this run was told of before",
};

/** Everything that led to the routing, one step a line. */
export function explainText(envelope: Envelope, routing: Routing, colour: boolean): string {
  const brush = paint(colour);
  return `${[envelopeLine(envelope), ...routingLines(routing, brush)].join("\n")}\n`;
}

/** The same for programs: JSON of envelope, deliveries and trace. */
export function explainJson({ reversePath, forwardPaths }: Envelope, routing: Routing): string {
  return `${JSON.stringify({ envelope: { reversePath, forwardPaths }, ...routing }, null, 2)}\n`;
}

/** Who it is from and for. */
export function envelopeLine({ reversePath, forwardPaths }: Envelope): string {
  const to = forwardPaths.map((path) => `<${printable(path)}>`).join(" ");
  return `from <${printable(reversePath)}> to ${to}`;
}

/** The trace, where the mail goes, and why it goes nowhere. */
export function routingLines({ trace, deliveries }: Routing, brush: Paint): string[] {
  const sent = deliveries.filter(({ destination }) => destination !== "discard");
  return [
    ...traceLines(trace, brush),
    ...sent.map((delivery) => deliveryLine(delivery, brush)),
    ...sent.length === 0 ? [notSentLine(trace, brush)] : [],
  ];
}

/** Why the mail goes to nobody. */
export function notSentLine({ notSent }: Pick<RouteTrace, "notSent">, brush: Paint): string {
  // Traces of earlier versions do not name the reason by a word; the decision above tells it.
  if (notSent === undefined) return brush("not sent", "yellow");
  return `${brush("not sent", "yellow")}: ${notSent} – ${NOT_SENT[notSent] ?? "see above"}`;
}

/** Every step of a routing up to its decision, one a line. */
export function traceLines(trace: RouteTrace, brush: Paint): string[] {
  return [
    ...trace.claims.map(({ manager, wants, claimed }) =>
      `manager ${printable(manager)} wants mail ${printable(wanted(wants))}: ${
        claimed ? brush("claimed", "green") : "no"
      }`
    ),
    // After the claims of others it must be said whose steps these are.
    ...trace.claims.at(-1)?.manager === trace.manager || trace.manager === undefined
      ? []
      : [`manager ${printable(trace.manager)}:`],
    ...fieldLines(trace),
    ...stepLines(trace, brush),
    ...(trace.further ?? []).flatMap((steps) => [
      `manager ${printable(steps.manager)}, too:`,
      ...isSame(steps, trace) ? ["  (the same fields)"] : fieldLines(steps),
      ...stepLines(steps, brush),
    ]),
  ];
}

/** A trace leaves the null reverse-path empty. */
function wanted(wants: string): string {
  return wants === "from " ? "from <>" : wants;
}

/** What was read in the mail: first what every pack reads, in its order. */
function fieldLines({ fields }: ManagerSteps): string[] {
  const common = FIRST_FIELDS.filter((name) => Object.hasOwn(fields, name));
  const others = Object.keys(fields).filter((name) => !common.includes(name));
  return [...common, ...others].map((name) =>
    `  ${printable(name)}: ${printable(fields[name] ?? "")}`
  );
}

function isSame(one: ManagerSteps, other: ManagerSteps): boolean {
  const [names, others] = [Object.keys(one.fields), Object.keys(other.fields)];
  return names.length === others.length &&
    names.every((name) => one.fields[name] === other.fields[name]);
}

function stepLines(steps: ManagerSteps, brush: Paint): string[] {
  return [
    ...steps.notes.map((note) => `  note: ${printable(note)}`),
    ...steps.lookups.flatMap(lookupLines),
    ...steps.rules.flatMap((rule) => ruleLines(rule, brush)),
    ...steps.rulesLeft === undefined ? [] : [leftLine(steps.rulesLeft)],
    `${brush("decision", "bold")}: ${steps.decision} – ${printable(steps.reason)}`,
  ];
}

/** What the journal has not kept; it may be from another version of the program. */
function leftLine({ count, telling }: RulesLeft): string {
  const which = telling > 0
    ? `${telling} of which held, were muted or could not be decided`
    : "none of which held";
  const rules = `${count} more rule${count === 1 ? "" : "s"}`;
  return `  … ${rules}, ${which}: the journal keeps no more of them`;
}

/** One REST query, and below it what of its answer counted. */
function lookupLines(
  { name, url, source, ageMs, tookMs, detail, said }: LookupTrace,
): string[] {
  const how = [
    source === "none" ? "no answer" : source,
    ...ageMs === undefined || source === "fresh" ? [] : [`${showDuration(ageMs)} old`],
    ...tookMs < 0.5 ? [] : [`took ${showDuration(tookMs)}`],
  ].join(", ");
  const line = `  lookup ${printable(name)} (${how}): ${printable(detail)} [${printable(url)}]`;
  return said === undefined ? [line] : [line, `      ${printable(said)}`];
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
  const to = recipients.map(printable).join(", ");
  return `${brush(printable(destination), "green")} → ${to} (${changes(rewrite)})`;
}

/** What of the mail is not as it came. */
function changes(rewrite: HeaderRewrite | undefined): string {
  const fields = [
    ...rewrite?.to === undefined ? [] : ["To"],
    ...rewrite?.from === undefined ? [] : ["From"],
  ].join(" and ");
  const said = [
    ...fields === "" ? [] : [`${fields} rewritten`],
    ...rewrite?.subject === undefined ? [] : [`subject "${printable(rewrite.subject)}"`],
    ...rewrite?.text === undefined ? [] : ["a text of its own"],
  ];
  return said.join(", ") || "unchanged";
}
