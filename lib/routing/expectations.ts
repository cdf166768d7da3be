/**
 * What a test of the configuration expects of a routing, held against what came of it. Pure.
 *
 * @module
 */

import type { Action, ManagerConfig, RoutingTest } from "../config/types.ts";
import { addressKey } from "../mail/address.ts";
import type { Envelope } from "../mail/envelope.ts";
import { findBystanders } from "./bystanders.ts";
import { claimAll } from "./claim.ts";
import { summarise } from "./summary.ts";
import type { ManagerSteps, RouteTrace, Routing } from "./trace.ts";

/** What came of one mail. */
export interface Outcome {
  /** Its envelope. */
  readonly envelope: Envelope;
  /** Where it goes, and why. */
  readonly routing: Routing;
}

/**
 * Compares.
 *
 * @returns One clause for each difference: `expected actions [mailto:a@example.org], got []
 * (not sent: no-rule-matched: …)`.
 */
export function disappointments(
  { expect }: RoutingTest,
  { envelope, routing }: Outcome,
  managers: readonly ManagerConfig[],
): readonly string[] {
  const { trace } = routing;
  if (expect.passedThrough) return trace.manager === undefined ? [] : [claimed(envelope, trace)];
  if (trace.manager === undefined) return [unclaimed(envelope)];
  const why = trace.notSent === undefined
    ? summarise(trace).reason
    : `not sent: ${trace.notSent}: ${summarise(trace).reason}`;
  const taken = takenActions({ envelope, routing }, managers);
  return [...inSending(expect, trace, taken), ...inReading(expect, trace)]
    .map(({ what, expected, got }) => `expected ${what} ${expected}, got ${got} (${why})`);
}

/** One thing that is not as expected. */
interface Difference {
  readonly what: string;
  readonly expected: string;
  readonly got: string;
}

type Expected = RoutingTest["expect"];

/** Who gets it, by which rules, or why nobody does. */
function inSending(expect: Expected, trace: RouteTrace, taken: Taken): readonly Difference[] {
  const held = stepsOf(trace).flatMap(({ rules }) => rules)
    .filter(({ verdict }) => verdict === "matched" || verdict === "muted")
    .map(({ rule }) => rule);
  const { actions, notSent, rules } = expect;
  return [
    ...actions === undefined || sameActions(actions, taken)
      ? []
      : [{ what: "actions", expected: list(actions), got: list(taken.rendered) }],
    ...notSent === undefined || notSent === trace.notSent ? [] : [{
      what: "not sent",
      expected: `for ${notSent}`,
      got: trace.notSent ?? list(taken.rendered),
    }],
    ...rules === undefined || list(rules) === list(held)
      ? []
      : [{ what: "rules", expected: list(rules), got: list(held) }],
  ];
}

/** What packs have read in it; each manager may have one of its own, and one that says so will do. */
function inReading({ fields = {}, event }: Expected, trace: RouteTrace): readonly Difference[] {
  const read = (name: string) => [...new Set(stepsOf(trace).map((steps) => steps.fields[name]))];
  const events = read("event");
  return [
    ...Object.entries(fields).filter(([name, value]) => !read(name).includes(value))
      .map(([name, value]) => ({
        what: `field ${name}`,
        expected: quote(value),
        got: read(name).map(quote).join(" and "),
      })),
    ...event === undefined || events.includes(event)
      ? []
      : [{ what: "event", expected: event, got: events.map((one) => one ?? "none").join(" and ") }],
  ];
}

/** What each manager that claims the mail did, in their order. */
function stepsOf(trace: RouteTrace): readonly ManagerSteps[] {
  return trace.manager === undefined ? [] : [trace, ...trace.further ?? []];
}

/** A mail that was to go on as it came, and the first manager that keeps it from that. */
function claimed(envelope: Envelope, { claims, manager = "" }: RouteTrace): string {
  const wants = claims.find((claim) => claim.claimed)?.wants ?? "";
  return `expected passed-through, got claimed by ${manager}, which wants mails ${wants} ` +
    `(${wayOf(envelope)})`;
}

/** Nobody tests by rules that they have nothing to do with a mail: it has the wrong address. */
function unclaimed(envelope: Envelope): string {
  return `no manager wants this envelope (${wayOf(envelope)}): the mail goes on unchanged; ` +
    "give it a sender or recipient that messages-we-want names, or expect passed-through: true";
}

function wayOf({ reversePath, forwardPaths }: Envelope): string {
  return `from ${reversePath || "<>"} to ${forwardPaths.slice(0, 5).join(", ")}`;
}

/** The actions that were taken, as they are written, and what has come of them. */
interface Taken {
  readonly written: readonly Action[];
  /** `mailto:` and an address, or `discard`; sorted. */
  readonly rendered: readonly string[];
}

function takenActions(
  { envelope, routing: { deliveries, trace } }: Outcome,
  managers: readonly ManagerConfig[],
): Taken {
  const claiming = claimAll(managers, envelope).managers;
  const written = stepsOf(trace).flatMap((part, index) => writtenActions(part, claiming[index]));
  // Whom a claimed mail was for besides gets it, and no action says so.
  const besides = new Set(
    findBystanders({ claiming, managers }, envelope, []).deliveries
      .flatMap(({ recipients }) => recipients.map(addressKey)),
  );
  const named = new Set(
    written.flatMap((action) => action.kind === "mailto" ? [addressKey(action.address)] : []),
  );
  const sent = trace.manager === undefined ? [] : deliveries;
  const rendered = sent.flatMap(({ destination, recipients, rewrite }) => {
    if (destination !== "smarthost") return [destination];
    return recipients.filter((recipient) => {
      const key = addressKey(recipient);
      return rewrite !== undefined || !besides.has(key) || named.has(key);
    }).map((recipient) => `mailto:${recipient}`);
  });
  return { written, rendered: [...new Set(rendered)].sort() };
}

/** The actions of the rules that count, and those of `otherwise` where they do; that can be taken. */
function writtenActions(steps: ManagerSteps, manager?: ManagerConfig): readonly Action[] {
  if (manager === undefined) return [];
  const { rules, decision, unfit = [] } = steps;
  const counted = manager.rules.filter((_, index) => (rules[index]?.actions.length ?? 0) > 0)
    .flatMap(({ actions }) => actions);
  const isFit = ({ text }: Action) => !unfit.some((one) => one.startsWith(`${text}: `));
  const undecided = rules.some(({ verdict }) => verdict === "undecided");
  // Rules that hold and of which no address can be had give way to it, too.
  const stranded = !counted.every(isFit) &&
    !counted.some((action) => action.kind !== "discard" && isFit(action));
  const fallsBack = decision === "otherwise" ||
    (decision === "matched" && (undecided || stranded));
  return [...counted, ...fallsBack ? manager.otherwise ?? [] : []].filter(isFit);
}

/**
 * Each action that is expected was taken, and the other way round. An address from a template may be
 * expected as the template or as the address; a discard that gave way need not be expected.
 */
function sameActions(expected: readonly string[], { written, rendered }: Taken): boolean {
  const wanted = new Set(expected.map(actionKey));
  const templates = written.flatMap((action) =>
    action.kind === "mailto-template" ? [[action.text, `mailto:${action.address.text}`]] : []
  );
  const byTemplate = templates.flat().some((form) => wanted.has(form));
  const fixed = written.flatMap((action) =>
    action.kind === "mailto" ? [[action.text, `mailto:${action.address}`].map(actionKey)] : []
  );
  const got = new Set(rendered.map(actionKey));
  const known = new Set([...got, ...templates.flat(), ...fixed.flat(), ...discardsOf(written)]);
  const wantedAll = [...wanted].every((one) => known.has(one));
  const missed = [...got].some((one) => {
    if (wanted.has(one)) return false;
    const writtenOut = fixed.filter((forms) => forms.includes(one));
    return writtenOut.length > 0
      ? !writtenOut.flat().some((form) => wanted.has(form))
      : !byTemplate;
  });
  return wantedAll && !missed;
}

function discardsOf(written: readonly Action[]): readonly string[] {
  return written.some(({ kind }) => kind === "discard") ? ["discard"] : [];
}

/** The same for two ways to write one address. */
function actionKey(action: string): string {
  const [, address] = /^mailto:([^{}]+)$/.exec(action) ?? [];
  return address === undefined ? action : `mailto:${addressKey(address)}`;
}

function list(all: readonly string[]): string {
  return `[${all.join(", ")}]`;
}

function quote(value: string | undefined): string {
  return value === undefined ? "nothing" : JSON.stringify(value);
}
