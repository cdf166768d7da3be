/**
 * What all managers together decided about a mail, in one word and one sentence: for lists, logs and
 * comparisons. Pure.
 *
 * @module
 */

import type { Decision, ManagerSteps, RouteTrace } from "./trace.ts";

/** A trace in short. */
export interface Summary {
  /** The managers that claimed the mail, with commas between; absent: none. */
  readonly manager?: string;
  /** The decision of the one that decided most. */
  readonly decision: Decision;
  /** Why; with several managers `audit: …; fleet: …`. */
  readonly reason: string;
}

/** Who sends before who would have, and that before who has no rule for it. */
const PRECEDENCE: readonly Decision[] = [
  "matched",
  "undecided",
  "otherwise",
  "already-alerted",
  "muted",
];

/** Sums a trace up. */
export function summarise(trace: RouteTrace): Summary {
  const { manager, further = [], reason } = trace;
  if (manager === undefined || further.length === 0) {
    return { decision: trace.decision, reason, ...manager !== undefined && { manager } };
  }
  const all: readonly (ManagerSteps & { readonly manager: string })[] = [
    { ...trace, manager },
    ...further,
  ];
  const decisions = new Set(all.map((steps) => steps.decision));
  return {
    manager: all.map((steps) => steps.manager).join(","),
    decision: PRECEDENCE.find((decision) => decisions.has(decision)) ?? "no-rule-matched",
    reason: all.map((steps) => `${steps.manager}: ${steps.reason}`).join("; "),
  };
}
