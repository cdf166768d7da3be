/**
 * What polling remembers from one start to the next, as text: some 60 octets a stage.
 *
 * @module
 */

import type { Alerted } from "./alerted.ts";
import type { SeenStage } from "./feed_change.ts";
import type { RunPlace } from "./lookups/cctray.ts";
import { STAGE_EVENTS, type StageEvent } from "./packs/gocd.ts";
import type { SilentStage, SilentStages } from "./silent_stages.ts";
import type { StageHistory, StageState } from "./stage_history.ts";

/** Keeps a text from one start to the next. */
export interface StageMemory {
  /** The text that was saved last; `null` when there is none. Rejects while it cannot be read. */
  load(): Promise<string | null>;
  /** Keeps a text, durably once it resolves. */
  save(text: string): Promise<void>;
}

/** Most announced runs that are kept over a restart: their mails are hours late by then. */
const MAX_ANNOUNCED = 1_000;

const STATES = { s: "success", f: "failure", u: "unknown" } as const;

type Row = readonly [
  key: string,
  run: string,
  endedAt: number,
  state: keyof typeof STATES,
  running?: RunPlace,
];

type AlertedRow = readonly [run: string, who: "everybody" | readonly string[]];

interface Written {
  readonly version: 1;
  readonly newest: number | null;
  readonly seen: readonly Row[];
  readonly heard: readonly string[];
  /** `false`: nobody got it, or nobody knows who. */
  readonly announced: readonly (readonly [run: string, event: StageEvent, sent?: false])[];
  /** Who got it; also of runs whose announcement is not known to be safe. Earlier versions have none. */
  readonly alerted?: readonly AlertedRow[];
  readonly pending: readonly SilentStage[];
}

/** Writes down what is known. */
export function writeMemory(stages: SilentStages, history: StageHistory): string {
  const row = (key: string, { run, endedAt, running }: SeenStage): Row => {
    const [pipeline = "", stage = ""] = key.split("/");
    const state = history.stateOf(pipeline, stage)[0] as keyof typeof STATES;
    return running === undefined ? [key, run, endedAt, state] : [key, run, endedAt, state, running];
  };
  const written: Written = {
    version: 1,
    newest: stages.newest ?? null,
    seen: [...stages.seen].map(([key, seen]) => row(key, seen)),
    heard: stages.heard.texts,
    announced: [...stages.announced].slice(-MAX_ANNOUNCED)
      .map(([run, event]) => stages.alerted.of(run) ? [run, event] : [run, event, false]),
    alerted: stages.alerted.all.slice(-MAX_ANNOUNCED).map(([run, who]) => [run, listed(who)]),
    pending: stages.pending,
  };
  return JSON.stringify(written);
}

function listed(who: Alerted): AlertedRow[1] {
  return who === "everybody" ? who : [...who];
}

/** Where what was written goes. */
export interface Restored {
  /** Takes in stages, runs and announcements. */
  readonly stages: SilentStages;
  /** Begins with the states that were known. */
  readonly history: StageHistory;
  /** The time, in ms since the epoch. */
  readonly now: number;
  /** Runs that ended before are not announced any more; ms since the epoch. */
  readonly since: number;
}

/**
 * Takes in what was written.
 *
 * @returns Whether it could be read. If not, nothing is taken in: it is a first start again.
 */
export function readMemory(text: string, { stages, history, now, since }: Restored): boolean {
  const written = parse(text);
  if (written === null) return false;
  const states = new Map<string, StageState>();
  for (const [key, run, endedAt, state, running] of written.seen) {
    stages.seen.set(key, { run, endedAt, ...running && { running } });
    states.set(key, STATES[state]);
  }
  stages.newest = written.newest ?? undefined;
  for (const run of written.heard) stages.heard.restore(run, now);
  for (const [run, event, sent] of written.announced) {
    stages.announced.set(run, event);
    if (written.alerted === undefined && sent !== false) stages.alerted.add(run, "everybody");
  }
  for (const [run, who] of written.alerted ?? []) stages.alerted.add(run, who);
  for (const stage of written.pending) if (stage.endedAt >= since) stages.resume(stage, now);
  // Last: what a mail said in vain leaves room for it.
  history.seed(states);
  return true;
}

function parse(text: string): Written | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  return isWritten(value) ? value : null;
}

function isWritten(value: unknown): value is Written {
  if (!isRecord(value) || value.version !== 1) return false;
  const { newest, seen, heard, announced, alerted = [], pending } = value;
  return (newest === null || typeof newest === "number") &&
    Array.isArray(seen) && seen.every(isRow) &&
    Array.isArray(heard) && heard.every(isText) &&
    Array.isArray(announced) && announced.every(isAnnounced) &&
    Array.isArray(alerted) && alerted.every(isAlerted) &&
    Array.isArray(pending) && pending.every(isPending);
}

function isRow(row: unknown): row is Row {
  if (!Array.isArray(row)) return false;
  const [key, run, endedAt, state, running] = row;
  return isText(key) && isText(run) && typeof endedAt === "number" &&
    isText(state) && Object.hasOwn(STATES, state) && (running === undefined || isPlace(running));
}

function isAnnounced(pair: unknown): pair is readonly [string, StageEvent, sent?: false] {
  return Array.isArray(pair) && isText(pair[0]) && isEvent(pair[1]);
}

function isAlerted(pair: unknown): pair is AlertedRow {
  return Array.isArray(pair) && isText(pair[0]) &&
    (pair[1] === "everybody" || Array.isArray(pair[1]) && pair[1].every(isText));
}

function isPending(value: unknown): value is SilentStage {
  return isPlace(value) && "event" in value && isEvent(value.event) &&
    "endedAt" in value && typeof value.endedAt === "number";
}

function isPlace(value: unknown): value is RunPlace {
  return isRecord(value) && isText(value.pipeline) && isText(value.pipelineCounter) &&
    isText(value.stage) && isText(value.stageCounter) && isText(value.url);
}

function isEvent(value: unknown): value is StageEvent {
  return STAGE_EVENTS.some((event) => event === value);
}

function isText(value: unknown): value is string {
  return typeof value === "string";
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
