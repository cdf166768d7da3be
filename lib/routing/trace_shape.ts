/**
 * Whether what a journal holds is a trace.
 *
 * @module
 */

import type { RouteTrace } from "./trace.ts";

/** The journal keeps the trace as plain data: another version of the program may have written it. */
export function isTrace(trace: unknown): trace is RouteTrace {
  if (typeof trace !== "object" || trace === null) return false;
  const { claims, notes, lookups, rules, fields, decision } = { ...trace } as Partial<RouteTrace>;
  return [claims, notes, lookups, rules].every(Array.isArray) && typeof fields === "object" &&
    typeof decision === "string";
}
