/**
 * What a GoCD manager knows beyond the mail: the server's pipeline groups, and how each stage
 * ended before. It asks in the background and makes no mail wait longer than the budget.
 *
 * @module
 */

import type { GocdConfig } from "../config/types.ts";
import type { Log } from "../log.ts";
import { GocdPoll, type Polling } from "./gocd_poll.ts";
import type { GocdSource, Judged, JudgeOptions } from "./gocd_source.ts";
import { CachedLookup, type Found, type ReadLimits } from "./lookups/cached_lookup.ts";
import type { PipelineGroups } from "./lookups/gocd_answers.ts";
import { type GocdApi, gocdApi } from "./lookups/gocd_api.ts";
import { groupsOf } from "./lookups/gocd_groups.ts";
import type { Fetch } from "./lookups/http.ts";
import { settledWithin } from "./lookups/limits.ts";
import { STAGE_EVENTS, type StageEvent } from "./packs/gocd.ts";
import type { Reading } from "./packs/pack.ts";
import type { RunName, ToldRun } from "./silent_stages.ts";
import { type StageDecision, StageHistory, type StageRun, stateAfter } from "./stage_history.ts";
import { StageSeed } from "./stage_seed.ts";

/** How long a mail waits for GoCD, in ms: it must be on its way within 2 s. */
export const LOOKUP_WAIT_MS = 1_500;

/** Times of the lookups, in ms, and what tests replace. */
export interface LookupSettings {
  /** How long one mail waits for all its lookups; default {@link LOOKUP_WAIT_MS}. */
  readonly waitMs?: number;
  /** How long one request may take; it goes on after the mail has left. Default 10,000. */
  readonly requestMs?: number;
  /** How long an answer is used without asking again; default 30,000. */
  readonly cacheMs?: number;
  /** How long after a failure nobody asks again; default 5,000. */
  readonly retryMs?: number;
  /** How long after a failure the stages are asked for again; default 30,000. */
  readonly seedRetryMs?: number;
  /** How to ask. */
  readonly fetch?: Fetch;
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
}

/** The settings of one server. */
export interface GocdSettings extends LookupSettings {
  /** Who announces stages that ended without a mail; absent: the server is not polled. */
  readonly polling?: Polling;
}

/** The pipeline groups and the stage history of one server. */
export class GocdContext implements GocdSource {
  readonly #api: GocdApi;
  readonly #groups: CachedLookup<PipelineGroups>;
  readonly #history = new StageHistory();
  readonly #beginning: StageSeed | GocdPoll;
  readonly #log: Log;
  readonly #waitMs: number;
  readonly #now: () => number;
  #seeding: { readonly startedAt: number; readonly done: Promise<void> } | undefined;

  /** Makes it; nothing is asked before {@link start} or the first mail. */
  constructor(config: GocdConfig, settings: GocdSettings, log: Log) {
    const { waitMs = LOOKUP_WAIT_MS, requestMs = 10_000, cacheMs = 30_000, retryMs = 5_000 } =
      settings;
    const now = settings.now ?? Date.now;
    this.#api = gocdApi(config, { fetch: settings.fetch, limitMs: requestMs, log });
    this.#log = log;
    this.#now = now;
    this.#waitMs = waitMs;
    this.#beginning = this.#begin(config, settings);
    this.#groups = new CachedLookup({
      name: "pipeline groups",
      url: this.#api.url,
      ask: groupsOf(this.#api, now),
      cacheMs,
      waitMs,
      retryMs,
      limitMs: 2 * requestMs,
      now,
      onChange: (state, detail) => this.#tell(state, detail),
    });
  }

  /** Begins to ask for groups and stages in the background. A second call does nothing. */
  start(): void {
    void this.#groups.read("", { waitMs: 0 });
    this.#beginning.start();
    if (this.#beginning instanceof GocdPoll) this.#awaitSeed(this.#beginning.first);
  }

  /** Finds the pipeline groups. Never rejects. */
  groups(limits: ReadLimits = {}): Promise<Found<PipelineGroups>> {
    return this.#groups.read("", limits);
  }

  /**
   * Asks history what a reading stands for. Waits for a seed that is under way.
   *
   * @param reading What the pack read.
   * @param options How long at most; `dryRun`: history stays as it is; `announced`: the mail is our
   * own announcement, which says what it says however often it is routed.
   */
  async judge(
    reading: Reading,
    { waitMs = this.#waitMs, dryRun = false, announced = false, signal }: JudgeOptions = {},
  ): Promise<Judged> {
    const run = stageRun(reading);
    if (run === null) return { ...reading, notes: [] };
    const deadline = this.#now() + waitMs;
    await this.#seeded(waitMs, signal);
    if (announced) return this.#judgeAnnouncement(reading, run, dryRun);
    const told = await this.#poll?.told(run.name, Math.max(0, deadline - this.#now()));
    const believed = !dryRun && (this.#poll?.hear(run.name, run.reported) ?? true);
    const decision = believed ? this.#history.observe(run) : this.#history.peek(run);
    if (told === undefined || !covers(told, run.reported)) {
      return { ...reading, event: decision.event, notes: remark(run, decision) };
    }
    if (told.alerted === undefined) {
      const decided = { ...decision, event: told.event };
      return { ...reading, event: told.event, notes: remark(run, decided) };
    }
    const note = `cctray told of this run before any mail did; announced as ${told.event}`;
    return { ...reading, event: told.event, notes: [note], alerted: told.alerted };
  }

  /** Takes note of who gets an announcement: only to them its mail is no news any more. */
  decided(reading: Reading, recipients: readonly string[]): void {
    const run = stageRun(reading);
    if (run !== null) this.#poll?.confirm(run.name, recipients);
  }

  /** Ends polling and saves what it knows, for a successor. Never rejects. */
  async endPolling(): Promise<void> {
    await this.#poll?.close();
  }

  /** Ends every request and timer, and saves what polling knows. */
  async close(): Promise<void> {
    await Promise.all([this.#groups.close(), this.#beginning.close()]);
  }

  get #poll(): GocdPoll | undefined {
    return this.#beginning instanceof GocdPoll ? this.#beginning : undefined;
  }

  #begin(
    { pollMs, pollGraceMs: graceMs }: GocdConfig,
    { polling, seedRetryMs: retryMs = 30_000 }: GocdSettings,
  ): StageSeed | GocdPoll {
    const shared = { api: this.#api, history: this.#history, retryMs, log: this.#log };
    if (polling !== undefined && pollMs > 0) {
      return new GocdPoll({ ...shared, ...polling, pollMs, graceMs, now: this.#now });
    }
    return new StageSeed({ ...shared, onAsking: (done) => this.#awaitSeed(done) });
  }

  #judgeAnnouncement(reading: Reading, run: NamedRun, dryRun: boolean): Judged {
    if (!dryRun) {
      this.#history.observe(run);
      this.#poll?.hearAnnouncement(run.name, run.reported);
    }
    const note = "no mail came from GoCD about this run; mail2alert made this one from cctray";
    return { ...reading, event: run.reported, notes: [note] };
  }

  /** Lets mails wait for a seed under way, until it is there. */
  #awaitSeed(done: Promise<void>): void {
    const seeding = { startedAt: this.#now(), done };
    this.#seeding = seeding;
    void done.then(() => {
      if (this.#seeding === seeding) this.#seeding = undefined;
    });
  }

  /** Waits for a seed under way, but not once it has kept a mail waiting for as long as it may. */
  async #seeded(waitMs: number, signal: AbortSignal | undefined): Promise<void> {
    if (this.#seeding === undefined) return;
    const { startedAt, done } = this.#seeding;
    const leftMs = Math.min(waitMs, startedAt + this.#waitMs - this.#now());
    if (leftMs > 0) await settledWithin(done, leftMs, signal);
  }

  #tell(state: "answers" | "fails", detail: string): void {
    const details = { url: this.#api.url, detail };
    if (state === "fails") this.#log.warning("GoCD does not tell its pipeline groups", details);
    else this.#log.info("GoCD tells its pipeline groups again", details);
  }
}

/** A run with the name that cctray gives it. */
interface NamedRun extends StageRun {
  readonly name: RunName;
}

/** The run of a stage that a reading is about; `null` when it is about none. */
function stageRun({ event, fields }: Reading): NamedRun | null {
  const { pipeline, stage, pipelineCounter = "", stageCounter = "" } = fields;
  const reported = STAGE_EVENTS.find((known) => known === event);
  if (reported === undefined || pipeline === undefined || stage === undefined) return null;
  const name = { pipeline, pipelineCounter, stage, stageCounter };
  return { pipeline, stage, run: `${pipelineCounter}/${stageCounter}`, reported, name };
}

/**
 * Whether what cctray told says all that a mail says: the same, or more. A mail that says more has
 * not been told of: who wants to hear of BREAKS was not served by FAILS.
 */
function covers({ event }: ToldRun, reported: StageEvent): boolean {
  if (stateAfter(event) !== stateAfter(reported)) return false;
  return event === reported || event === "BREAKS" || event === "FIXED";
}

/** What people should know of a decision; nothing when all agree. */
function remark(run: StageRun, { before, expected, event }: StageDecision): readonly string[] {
  const name = `${run.pipeline}/${run.stage}`;
  if (event !== run.reported) {
    return [`GoCD reported ${run.reported}; ${name} was in ${before} before, so it is ${event}`];
  }
  if (expected === run.reported) return [];
  return [
    `${name} was in ${before} before, where ${expected} is expected; ${event} as reported stands`,
  ];
}
