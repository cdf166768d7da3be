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

/** Told of each decision, with the time it took in milliseconds. */
export type OnRouted = (mail: Mail, routing: Routing, tookMs: number) => void;

/** Routes by `router`. */
export async function route(mail: Mail, router: Router, onRouted?: OnRouted): Promise<Routed> {
  const started = performance.now();
  const routing = await router.route(mail);
  const { trace, deliveries } = routing;
  onRouted?.(mail, routing, performance.now() - started);
  if (trace.manager !== undefined) {
    records.debug(
      "trace",
      () => ({ queueId: mail.queueId, trace: JSON.stringify(shortened(trace)) }),
    );
  }
  if (trace.rules.some(({ verdict }) => verdict === "undecided")) {
    const lookup = trace.lookups.map(({ name, detail }) => `${name}: ${detail}`).join("; ");
    records.warning("rules undecided", { queueId: mail.queueId, lookup, reason: trace.reason });
  }
  if (trace.notSent === "no-address") {
    const notes = trace.notes.join("; ");
    records.warning("no address", { queueId: mail.queueId, notes, reason: trace.reason });
  }
  const { reason } = trace;
  // Mail that nobody claims has no more to tell than the reason says.
  if (trace.manager === undefined) return { deliveries, why: whyOf(routing), reason };
  return { deliveries, why: whyOf(routing), reason, trace: shortened(trace) };
}

/** The decision as the mail's line in the log tells it. */
function whyOf({ deliveries, trace }: Routing): Details {
  const { manager, fields, decision, reason, notSent } = trace;
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

/** All rules that said something, and the first of those that did not. */
function shortenedSteps({ rules, notes }: ManagerSteps): Pick<ManagerSteps, "rules" | "notes"> {
  let unmatched = 0;
  const told = rules.filter(({ verdict }) =>
    SAYS_SOMETHING.has(verdict) || unmatched++ < MAX_UNMATCHED
  );
  const left = rules.length - told.length;
  return {
    rules: told.map(({ rule, verdict, reason, actions }) => ({ rule, verdict, reason, actions })),
    notes: left === 0 ? notes : [...notes, `${left} rules that did not match left out`],
  };
}
