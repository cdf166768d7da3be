/**
 * What a GoCD manager knows beyond the mail: the server's pipeline groups, and how each stage
 * ended before. It asks in the background and makes no mail wait longer than the budget.
 *
 * @module
 */

import type { GocdConfig } from "../config/types.ts";
import type { Log } from "../log.ts";
import { CachedLookup, type Found, type ReadLimits } from "./lookups/cached_lookup.ts";
import type { GocdSource, Judged } from "./gocd_source.ts";
import type { PipelineGroups } from "./lookups/gocd_answers.ts";
import { type GocdApi, gocdApi } from "./lookups/gocd_api.ts";
import { groupsOf } from "./lookups/gocd_groups.ts";
import { askSeed, type Seed } from "./lookups/gocd_stages.ts";
import type { Fetch } from "./lookups/http.ts";
import { settledWithin } from "./lookups/limits.ts";
import { STAGE_EVENTS } from "./packs/gocd.ts";
import type { Reading } from "./packs/pack.ts";
import { type StageDecision, StageHistory, type StageRun } from "./stage_history.ts";

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

/** The pipeline groups and the stage history of one server. */
export class GocdContext implements GocdSource {
  readonly #api: GocdApi;
  readonly #groups: CachedLookup<PipelineGroups>;
  readonly #history = new StageHistory();
  readonly #closed = new AbortController();
  readonly #log: Log;
  readonly #waitMs: number;
  readonly #seedRetryMs: number;
  readonly #now: () => number;
  #seeding: { readonly startedAt: number; readonly done: Promise<void> } | undefined;
  #seedTimer: ReturnType<typeof setTimeout> | undefined;
  #seedFailed = false;

  /** Makes it; nothing is asked before {@link start} or the first mail. */
  constructor(config: GocdConfig, settings: LookupSettings, log: Log) {
    const { waitMs = LOOKUP_WAIT_MS, requestMs = 10_000, cacheMs = 30_000, retryMs = 5_000 } =
      settings;
    const now = settings.now ?? Date.now;
    this.#api = gocdApi(config, { fetch: settings.fetch, limitMs: requestMs, log });
    this.#log = log;
    this.#now = now;
    this.#waitMs = waitMs;
    this.#seedRetryMs = settings.seedRetryMs ?? 30_000;
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

  /** Begins to ask for groups and stages in the background. */
  start(): void {
    void this.#groups.read("", { waitMs: 0 });
    this.#seed();
  }

  /** Finds the pipeline groups. Never rejects. */
  groups(limits: ReadLimits = {}): Promise<Found<PipelineGroups>> {
    return this.#groups.read("", limits);
  }

  /**
   * Asks history what a reading stands for. Waits for a seed that is under way.
   *
   * @param reading What the pack read.
   * @param limits How long at most; `dryRun`: history stays as it is.
   */
  async judge(
    reading: Reading,
    { waitMs = this.#waitMs, dryRun = false, signal }: ReadLimits & { readonly dryRun?: boolean } =
      {},
  ): Promise<Judged> {
    const run = stageRun(reading);
    if (run === null) return { ...reading, notes: [] };
    await this.#seeded(waitMs, signal);
    const decision = dryRun ? this.#history.peek(run) : this.#history.observe(run);
    const { event } = decision;
    return { ...reading, event, notes: remark(run, decision) };
  }

  /** Ends every request and timer. */
  async close(): Promise<void> {
    this.#closed.abort();
    clearTimeout(this.#seedTimer);
    await Promise.all([this.#groups.close(), this.#seeding?.done]);
  }

  /** Waits for a seed under way, but not once it has kept a mail waiting for as long as it may. */
  async #seeded(waitMs: number, signal: AbortSignal | undefined): Promise<void> {
    if (this.#seeding === undefined) return;
    const { startedAt, done } = this.#seeding;
    const leftMs = Math.min(waitMs, startedAt + this.#waitMs - this.#now());
    if (leftMs > 0) await settledWithin(done, leftMs, signal);
  }

  #seed(): void {
    const done = this.#askSeed().then((seed) => {
      this.#seeding = undefined;
      if (this.#closed.signal.aborted) return;
      if (seed.kind === "states") {
        this.#history.seed(seed.states);
        this.#log.debug("stage history begins", { url: this.#api.url, stages: seed.states.size });
        return;
      }
      if (!this.#seedFailed) {
        this.#log.warning("GoCD does not tell how the stages ended", {
          url: this.#api.url,
          reason: seed.detail,
        });
      }
      this.#seedFailed = true;
      this.#seedTimer = setTimeout(() => this.#seed(), this.#seedRetryMs);
    });
    this.#seeding = { startedAt: this.#now(), done };
  }

  /** A bug in reading the answer costs the history's beginning, never the program. */
  async #askSeed(): Promise<Seed> {
    try {
      return await askSeed(this.#api, this.#closed.signal);
    } catch (error) {
      const detail = `bug: ${error instanceof Error ? error.stack ?? error.message : error}`;
      return { kind: "failed", detail };
    }
  }

  #tell(state: "answers" | "fails", detail: string): void {
    const details = { url: this.#api.url, detail };
    if (state === "fails") this.#log.warning("GoCD does not tell its pipeline groups", details);
    else this.#log.info("GoCD tells its pipeline groups again", details);
  }
}

/** The run of a stage that a reading is about; `null` when it is about none. */
function stageRun({ event, fields }: Reading): StageRun | null {
  const { pipeline, stage, pipelineCounter, stageCounter } = fields;
  const reported = STAGE_EVENTS.find((known) => known === event);
  if (reported === undefined || pipeline === undefined || stage === undefined) return null;
  return { pipeline, stage, run: `${pipelineCounter}/${stageCounter}`, reported };
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
