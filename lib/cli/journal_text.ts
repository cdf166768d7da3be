/**
 * What happened to a mail, in sentences for people. The journal holds data only
 * (`lib/mail/journal.ts`); what it quotes comes from outside and is shown, never obeyed.
 *
 * @module
 */

import type { JournalEvent } from "../mail/journal.ts";
import type { Outcome } from "../mail/outcome.ts";
import { isTrace } from "../routing/trace_shape.ts";
import { isoTime, showDuration } from "./amounts.ts";
import { traceLines } from "./explain_text.ts";
import { type Paint, printable } from "./paint.ts";

/** Most addresses named in one sentence; a mail may have a thousand. */
const MOST_NAMED = 20;

/** All events, each on a line of its own with its time; what belongs to it is indented below. */
export function eventLines(events: readonly JournalEvent[], brush: Paint): string[] {
  return events.flatMap((event) => [
    `${isoTime(event.at) ?? "at an unknown time"}  ${sentence(event)}`,
    ...details(event, brush).map((line) => `    ${line}`),
  ]);
}

const NEWS = {
  failed: "failure",
  delayed: "delay",
  relayed: "handing on",
  delivered: "delivery",
} as const;

/** One event in one sentence. */
export function sentence(event: JournalEvent): string {
  switch (event.kind) {
    case "routed":
      return `routed: ${notSentWord(event.trace)}${printable(event.reason)}`;
    case "attempt":
      return `tried ${printable(event.destination)} for ${showDuration(event.tookMs)}`;
    case "answered":
      return `answered the notifier after ${showDuration(event.tookMs)}: ${printable(event.reply)}`;
    case "came-again":
      return `the notifier came again with the same mail and was told: ${printable(event.reply)}`;
    case "notice":
      return `told ${names(event.recipients)} of the ${NEWS[event.about]} with mail ${
        printable(event.queueId)
      }`;
    case "failed":
      return `gave up ${printable(event.destination)} for ${names(event.recipients)}: ${
        printable(event.reason)
      }`;
    case "retried":
      return event.by === "operator" ? "set to be tried again by the operator" : "tried again";
    case "dropped":
      return event.by === "operator"
        ? "dropped by the operator"
        : "dropped: it had been kept as a dead letter for as long as the configuration says";
    case "remark":
      return printable(event.text);
  }
}

/** Why nobody gets the mail, in one word and a colon; empty where somebody does. */
function notSentWord(trace: unknown): string {
  return isTrace(trace) && trace.notSent !== undefined ? `${printable(trace.notSent)}: ` : "";
}

/** What belongs to an event beyond its sentence. */
function details(event: JournalEvent, brush: Paint): string[] {
  if (event.kind === "attempt") return outcomeLines(event.outcomes, brush);
  if (event.kind !== "routed") return [];
  const trace = isTrace(event.trace) ? traceLines(event.trace, brush) : [];
  return [
    ...trace,
    ...event.deliveries.map(({ destination, recipients }) =>
      `→ ${showDestination(destination)}: ${names(recipients)}`
    ),
  ];
}

const SEVERITY = { failed: 0, deferred: 1, delivered: 2 } as const;
const COLOURS = { failed: "red", deferred: "yellow", delivered: "green" } as const;

interface RecipientOutcome {
  readonly recipient: string;
  readonly outcome: Outcome;
}

/** Recipients with the same outcome on one line; the worst outcome first. */
function outcomeLines(outcomes: readonly RecipientOutcome[], brush: Paint): string[] {
  const groups = Map.groupBy(
    outcomes,
    ({ outcome }) => JSON.stringify([outcome.kind, outcomeText(outcome)]),
  );
  return [...groups.values()]
    .flatMap((group) => group[0] ? [{ ...group[0].outcome, group }] : [])
    .sort((a, b) => SEVERITY[a.kind] - SEVERITY[b.kind])
    .map(({ group, ...outcome }) => {
      const whom = names(group.map(({ recipient }) => recipient));
      const joint = outcome.kind === "delivered" ? "to" : "for";
      return `${brush(outcome.kind, COLOURS[outcome.kind])} ${joint} ${whom}: ${
        outcomeText(outcome)
      }`;
    });
}

/** What was said of one recipient in one attempt. */
export function outcomeText(outcome: Outcome): string {
  switch (outcome.kind) {
    case "delivered":
      return printable(outcome.detail);
    case "failed":
      return printable(outcome.reason);
    case "deferred": {
      const { reason, retryAfterMs } = outcome;
      const wish = retryAfterMs === undefined
        ? ""
        : ` (asked not to be tried again for ${showDuration(retryAfterMs)})`;
      return `${printable(reason)}${wish}`;
    }
  }
}

/** A destination by name; a mail that nobody has routed yet has none. */
export function showDestination(destination: string): string {
  return destination === "" ? "still to be routed" : printable(destination);
}

/** Addresses with commas between; of many only the first ones. */
export function names(addresses: readonly string[], most: number = MOST_NAMED): string {
  const shown = addresses.slice(0, most).map(printable).join(", ");
  return addresses.length > most ? `${shown} and ${addresses.length - most} more` : shown;
}

/** The one that was asked for, else the first, and how many others there are. */
export function firstOf(addresses: readonly string[], asked?: string): string {
  const named = (asked === undefined ? undefined : addresses.find(holds(asked))) ?? addresses[0];
  const others = addresses.length < 2 ? "" : ` and ${addresses.length - 1} more`;
  return `${printable(named ?? "")}${others}`;
}

/** As the journal is searched: a part will do, in any case. */
export function holds(asked: string): (address: string) => boolean {
  const part = asked.toLowerCase();
  return (address) => address.toLowerCase().includes(part);
}
