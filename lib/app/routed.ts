/**
 * Routes a mail, and says why it goes where it goes: to the log, to the journal, to who watches.
 * Nothing is dropped without a reason.
 *
 * @module
 */

import { type Details, log } from "../log.ts";
import type { Mail } from "../mail/message.ts";
import type { Routed } from "../queue/context.ts";
import type { Router } from "../routing/router.ts";
import { summarise } from "../routing/summary.ts";
import type { ManagerSteps, RouteTrace, Routing, RuleTrace } from "../routing/trace.ts";

const records = log("app");

/** What is told of every rule that it is true of. */
const SAYS_SOMETHING: ReadonlySet<RuleTrace["verdict"]> = new Set([
  "matched",
  "undecided",
  "muted",
]);

/** Most rules that did not match in the trace of one mail: those of a large company are many. */
const MAX_UNMATCHED = 20;
/** Most rules in it: a mail on which a thousand rules hold must not push the others out. */
const MAX_RULES = 100;
/** Most notes, and most actions of a rule. */
const MAX_TOLD = 50;
/** Most characters of a reason or a note. */
const MAX_CHARACTERS = 1_000;

/** Told of each decision, with the time it took in milliseconds. */
export type OnRouted = (mail: Mail, routing: Routing, tookMs: number) => void;

/** Who is told, and what is known from before. */
export interface RouteOptions {
  /** Told of the decision. */
  readonly onRouted?: OnRouted | undefined;
  /** Whether the journal is to have the trace in any case. */
  readonly traced?: boolean | undefined;
  /** The trace of an earlier routing of the mail, as the journal holds it. */
  readonly past?: unknown;
}

/** Routes by `router`. */
export async function route(
  mail: Mail,
  router: Router,
  { onRouted, traced = false, past }: RouteOptions = {},
): Promise<Routed> {
  const started = performance.now();
  const shown = traced || onRouted !== undefined || records.debugs;
  const routing = await router.route(mail, undefined, { traced: shown, past });
  const { trace, deliveries, inFull } = routing;
  onRouted?.(mail, routing, performance.now() - started);
  if (trace.manager !== undefined) {
    records.debug(
      "trace",
      () => ({ queueId: mail.queueId, trace: JSON.stringify(shortened(trace)) }),
    );
  }
  const { reason } = summarise(trace);
  // Mail that nobody claims has no more to tell than the reason says.
  if (trace.manager === undefined) return { deliveries, why: whyOf(routing), reason };
  return {
    deliveries,
    why: whyOf(routing),
    reason,
    tell: () => tell(mail, trace),
    trace: async () => shortened(await inFull?.() ?? trace),
  };
}

/** Tells what somebody should look at of all managers together, and of each. */
function tell(mail: Mail, trace: RouteTrace): void {
  const { unasked, further = [] } = trace;
  if (unasked !== undefined) {
    const to = unasked.slice(0, MAX_TOLD).join(", ");
    records.warning("manager not asked", { queueId: mail.queueId, to });
  }
  [trace, ...further].forEach((steps) => warn(mail, steps));
}

/** Tells what somebody should look at, though the mail has gone its way. */
function warn({ queueId }: Mail, { rules, lookups, unfit, reason }: ManagerSteps): void {
  if (rules.some(({ verdict }) => verdict === "undecided")) {
    const lookup = lookups.map(({ name, detail }) => `${name}: ${detail}`).join("; ");
    records.warning("rules undecided", { queueId, lookup, reason });
  }
  if (unfit !== undefined) {
    records.warning("no address", { queueId, action: unfit.slice(0, MAX_TOLD).join("; "), reason });
  }
}

/** The decision as the mail's line in the log tells it. */
function whyOf({ deliveries, trace }: Routing): Details {
  const { fields, notSent } = trace;
  const { manager, decision, reason } = summarise(trace);
  const goesTo = deliveries.flatMap(({ destination, recipients }) =>
    destination === "smarthost" ? recipients : [destination]
  );
  const shown = goesTo.slice(0, 5).join(",");
  return {
    subject: fields.subject?.slice(0, 100),
    manager,
    decision,
    reason,
    notSent,
    goesTo: goesTo.length > 5 ? `${shown} and ${goesTo.length - 5} more` : shown || "nobody",
  };
}

/** A trace for the journal, as plain data: the router puts into words only what somebody reads. */
function shortened(trace: RouteTrace): RouteTrace {
  const { further } = trace;
  return {
    ...trace,
    ...shortenedSteps(trace),
    ...further && { further: further.map((steps) => ({ ...steps, ...shortenedSteps(steps) })) },
  };
}

/** Rules that said something, and the first of those that did not; all of it within bounds. */
function shortenedSteps(
  { rules, notes }: ManagerSteps,
): Pick<ManagerSteps, "rules" | "rulesLeft" | "notes"> {
  let unmatched = 0;
  const tells = ({ verdict }: RuleTrace) => SAYS_SOMETHING.has(verdict);
  const worth = rules.filter((rule) => tells(rule) || unmatched++ < MAX_UNMATCHED);
  const told = worth.slice(0, MAX_RULES);
  const count = rules.length - told.length;
  const telling = worth.slice(MAX_RULES).filter(tells).length;
  const kept = notes.slice(0, MAX_TOLD).map((note) => cut(note));
  return {
    rules: told.map(({ rule, verdict, reason, actions }) => ({
      rule,
      verdict,
      reason: cut(reason),
      actions: actions.slice(0, MAX_TOLD),
    })),
    ...count > 0 && { rulesLeft: { count, telling } },
    notes: [
      ...kept,
      ...notes.length > kept.length ? [`${notes.length - kept.length} notes left out`] : [],
    ],
  };
}

function cut(text: string): string {
  return text.length <= MAX_CHARACTERS ? text : `${text.slice(0, MAX_CHARACTERS - 1)}…`;
}
