/**
 * How a mail stands, in a few lines: what came last of everybody whom it was for. "Did they get it?"
 * is asked of one of them, and no other's delivery answers it.
 *
 * @module
 */

import type { JournalEvent, JournalRecord } from "../mail/journal.ts";
import { firstOf, holds, outcomeText, sentence, showDestination } from "./journal_text.ts";
import { printable } from "./paint.ts";

/** Most lines that name somebody; a mail may go to a thousand. */
const MOST_LINES = 3;

/** How somebody may stand; the worse ones higher. */
const SEVERITY = {
  "gave up": 5,
  failed: 4,
  deferred: 3,
  "not tried yet": 2,
  delivered: 1,
} as const;

/** How one recipient at one destination stands. */
interface Standing {
  readonly kind: keyof typeof SEVERITY;
  readonly destination: string;
  readonly recipient: string;
  /** What was said; empty where nobody was asked. */
  readonly said: string;
}

/**
 * What came of a mail: a line for each outcome at a destination, the worse ones first, and a count
 * of those whom no line names.
 *
 * @param asked The address, or the part of one, that the question is about; others are counted.
 */
export function outcomeLines(record: JournalRecord, asked?: string): string[] {
  const { events } = record;
  const standings = standingsOf(record);
  const dropped = events.findLast(({ kind }) => kind === "dropped");
  if (dropped === undefined && standings.every(({ kind }) => kind === "not tried yet")) {
    const event = events.findLast(({ kind }) => kind === "routed") ?? events.at(-1);
    return event === undefined ? [] : [sentence(event)];
  }
  return [
    ...dropped === undefined ? [] : [sentence(dropped)],
    ...standingLines(standings, asked),
  ];
}

function standingLines(standings: readonly Standing[], asked: string | undefined): string[] {
  const groups = [
    ...Map.groupBy(
      standings,
      ({ kind, destination, said }) => JSON.stringify([kind, destination, said]),
    ).values(),
  ].toSorted((a, b) => severityOf(b) - severityOf(a));
  const about = asked === undefined
    ? []
    : groups.filter((group) => group.some(({ recipient }) => holds(asked)(recipient)));
  // Where nobody was asked for, or only the sender, it is about the mail as a whole.
  const told = (about.length > 0 ? about : groups).slice(0, MOST_LINES);
  return [
    ...told.map((group) => groupLine(group, asked)),
    ...othersLine(groups.filter((group) => !told.includes(group)).flat()),
  ];
}

function severityOf([first]: readonly Standing[]): number {
  return first === undefined ? 0 : SEVERITY[first.kind];
}

function groupLine(group: readonly Standing[], asked: string | undefined): string {
  const whom = firstOf(group.map(({ recipient }) => recipient), asked);
  return group.slice(0, 1).map(({ kind, destination, said }) => {
    const joint = kind === "delivered" ? "to" : "for";
    const reply = said === "" ? "" : `: ${said}`;
    return `${showDestination(destination)}: ${kind} ${joint} ${whom}${reply}`;
  }).join("");
}

function othersLine(others: readonly Standing[]): string[] {
  if (others.length === 0) return [];
  const kinds = [...Map.groupBy(others, ({ kind }) => kind)]
    .map(([kind, { length }]) => `${length} ${kind}`);
  return [`and ${others.length} more: ${kinds.join(", ")}`];
}

/** How everybody stands after all that happened. */
function standingsOf({ events, state }: JournalRecord): readonly Standing[] {
  const standings = new Map<string, Standing>();
  for (const event of events) apply(event, standings);
  // What is at its end waits for nobody: somebody may have been routed to, and not tried, for good.
  return [...standings.values()]
    .filter(({ kind }) => state === "open" || kind !== "not tried yet");
}

function apply(event: JournalEvent, standings: Map<string, Standing>): void {
  const set = (standing: Standing) => standings.set(keyOf(standing), standing);
  if (event.kind === "attempt") {
    for (const { recipient, outcome } of event.outcomes) {
      const { destination } = event;
      set({ kind: outcome.kind, destination, recipient, said: outcomeText(outcome) });
    }
  } else if (event.kind === "failed") {
    const { destination, recipients, reason } = event;
    for (const recipient of recipients) {
      set({ kind: "gave up", destination, recipient, said: printable(reason) });
    }
  } else if (event.kind === "routed") {
    reroute(event, standings);
  } else if (event.kind === "dropped") {
    // By age only those go who were given up; the mail may still wait for others.
    remove(standings, ({ kind }) => kind !== "delivered" && (event.by !== "age" || isOver(kind)));
  } else if (event.kind === "retried") {
    for (const one of standings.values()) {
      if (one.kind === "gave up") set({ ...one, kind: "deferred" });
    }
  }
}

/** Who has it, or was given up, stays so; of the others only those count to whom it goes now. */
function reroute(
  { deliveries }: JournalEvent & { readonly kind: "routed" },
  standings: Map<string, Standing>,
): void {
  const fresh = new Map(
    deliveries.flatMap(({ destination, recipients }) =>
      recipients.map((recipient): Standing => ({
        kind: "not tried yet",
        destination,
        recipient,
        said: "",
      }))
    ).map((standing) => [keyOf(standing), standing]),
  );
  remove(standings, (standing) => !isOver(standing.kind) && !fresh.has(keyOf(standing)));
  for (const [key, standing] of fresh) if (!standings.has(key)) standings.set(key, standing);
}

function isOver(kind: Standing["kind"]): boolean {
  return kind === "delivered" || kind === "failed" || kind === "gave up";
}

function keyOf({ destination, recipient }: Pick<Standing, "destination" | "recipient">): string {
  return JSON.stringify([destination, recipient]);
}

function remove(standings: Map<string, Standing>, goes: (standing: Standing) => boolean): void {
  for (const [key, standing] of standings) if (goes(standing)) standings.delete(key);
}
