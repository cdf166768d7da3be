/**
 * Which runs of stages ended without a mail. Pure: it is told what cctray says, which mails came and
 * what time it is, and says which runs are to be announced.
 *
 * ```
 * cctray: a run ended ──> pending ──(grace is over)──> announced ──(sent; a mail comes)──> already alerted
 *                            └─────(a mail comes)────> forgotten
 * ```
 *
 * INVARIANTS
 *
 * 1. A run is announced only if it ended after the last one that was known of its stage: what a
 *    first look finds is where the history begins. A stage that is seen for the first time later on
 *    counts from the newest end that the look before had, by GoCD's own clock.
 * 2. A run of which a mail has come, before cctray told of it or within the grace, is not announced.
 * 3. What an announcement says is decided once, when the run is first seen: a second try, also after
 *    a crash, says the same.
 * 4. A stage that is not in the feed any more is remembered: the account may have lost a permission.
 * 5. An announcement that went to nobody is not made again, and keeps no mail back: that one may say
 *    what a rule waits for.
 * 6. Every table is bounded.
 *
 * A run that came and went between two looks while the next one is under way has no name in the
 * feed. It is told only if it was seen running; else the next run that ends is compared with what
 * was known before it, so that a stage which stays broken is never missed.
 *
 * @module
 */

import { type EndedRun, endedSince, type SeenStage } from "./feed_change.ts";
import type { FeedStage, RunPlace } from "./lookups/cctray.ts";
import type { StageEvent } from "./packs/gocd.ts";
import { MAX_STAGES, type StageHistory, stageKey } from "./stage_history.ts";

/** A run that ended without a mail: all that its announcement says. */
export interface SilentStage extends RunPlace {
  /** What happened, as the history has it. */
  readonly event: StageEvent;
  /** When it ended, in ms since the epoch, by GoCD's clock. */
  readonly endedAt: number;
}

/** Names a run. */
export type RunName = Omit<RunPlace, "url">;

/** What cctray told of a run before any mail did. */
export interface ToldRun {
  /** What happened. */
  readonly event: StageEvent;
  /** Whether somebody got an announcement of it; else its mail is still news. */
  readonly announced: boolean;
}

/** Decides which runs wait for their mail. */
export interface Waiting {
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** Whether a run is to be announced if no mail comes. */
  readonly wanted: { wants(run: EndedRun, event: StageEvent): boolean };
}

/** What a look at the feed brings. */
export interface FeedNews {
  /** Runs that ended since; each to be settled. */
  readonly ended: readonly EndedRun[];
  /** Stages that the history is to begin with, by their key. */
  readonly begun: ReadonlyMap<string, FeedStage>;
}

/** A run that waits for its mail. */
interface Pending {
  readonly stage: SilentStage;
  readonly since: number;
}

/** Most runs in each of the tables of runs. */
const MAX_RUNS = 10_000;

/** The runs of one GoCD server's stages, as far as mails and cctray have told. */
export class SilentStages {
  readonly #history: StageHistory;
  /** By stage. */
  readonly seen = new Map<string, SeenStage>();
  /** By run: those of which a mail came before cctray told of them. */
  readonly heard = new Set<string>();
  /** By run: what was announced, be it to nobody. */
  readonly announced = new Map<string, StageEvent>();
  /** By run: the announcements that somebody got. */
  readonly sent = new Set<string>();
  readonly #pending = new Map<string, Pending>();
  /** The newest end that a feed had, in ms since the epoch; absent: there was none. */
  newest: number | undefined;

  /** Makes one that knows nothing. */
  constructor(history: StageHistory) {
    this.#history = history;
  }

  /** The runs that wait for their mail, the longest first. */
  get pending(): readonly SilentStage[] {
    return [...this.#pending.values()].map(({ stage }) => stage);
  }

  /** Whether no more runs can be remembered that wait for their mail. */
  get full(): boolean {
    return this.#pending.size >= MAX_RUNS;
  }

  /** Compares a feed with what is known. What has ended stays news until it is settled. */
  look(feed: ReadonlyMap<string, FeedStage>): FeedNews {
    const ended: EndedRun[] = [];
    const begun = new Map<string, FeedStage>();
    for (const [key, stage] of feed) {
      const known = this.seen.get(key);
      const run = known === undefined ? this.#firstRun(stage) : endedSince(stage, known);
      if (run !== undefined) ended.push(run);
      else this.#remember(key, stage, known);
      if (known !== undefined) continue;
      if (run === undefined) begun.set(key, stage);
      // It stays news until it is settled, however far the newest end moves on.
      else this.#see(key, { run: "", endedAt: 0 });
    }
    for (const { endedAt = 0 } of feed.values()) this.newest = Math.max(this.newest ?? 0, endedAt);
    return { ended: ended.sort((a, b) => a.endedAt - b.endedAt), begun };
  }

  /**
   * Takes in how a run ended, and lets it wait for its mail.
   *
   * @param ended One that {@link look} gave.
   * @param reported PASSES, FAILS or CANCELLED; the history makes of it what it stands for.
   * @param waiting Whether and since when it waits.
   */
  settle(ended: EndedRun, reported: StageEvent, { now, wanted }: Waiting): void {
    // While more wait than can be remembered, the feed remembers them for us.
    if (this.full) return;
    const { place, endedAt, running } = ended;
    const { pipeline, stage, pipelineCounter, stageCounter } = place;
    const run = `${pipelineCounter}/${stageCounter}`;
    this.#see(stageKey(pipeline, stage), { run, endedAt, ...running && { running } });
    if (this.heard.delete(runKey(place))) return;
    const { event } = this.#history.observe({ pipeline, stage, run, reported });
    if (!wanted.wants(ended, event)) return;
    this.#pending.set(runKey(place), { stage: { ...place, event, endedAt }, since: now });
  }

  /** Takes note of a mail about a run. */
  hear(name: RunName): void {
    const key = runKey(name);
    this.#pending.delete(key);
    const { run } = this.seen.get(stageKey(name.pipeline, name.stage)) ?? {};
    if (run === `${name.pipelineCounter}/${name.stageCounter}`) return;
    if (!this.announced.has(key)) limited(this.heard.add(key));
  }

  /** What cctray told of a run before any mail did. */
  told(name: RunName): ToldRun | undefined {
    const key = runKey(name);
    const event = this.announced.get(key);
    if (event !== undefined) return { event, announced: this.sent.has(key) };
    const waiting = this.#pending.get(key)?.stage.event;
    return waiting && { event: waiting, announced: false };
  }

  /** Whether a run still waits for its mail. */
  waits(name: RunName): boolean {
    return this.#pending.has(runKey(name));
  }

  /** The runs whose mail has not come within the grace. */
  due(now: number, graceMs: number): readonly SilentStage[] {
    const due: SilentStage[] = [];
    for (const { stage, since } of this.#pending.values()) {
      // A clock that was set back must not silence anybody: hence `since > now`.
      if (now - since < graceMs && since <= now) break;
      due.push(stage);
    }
    return due;
  }

  /** When the next run is due, in ms since the epoch. */
  nextDue(graceMs: number): number {
    const [first] = this.#pending.values();
    return first === undefined ? Infinity : first.since + graceMs;
  }

  /** Takes note that a run was announced, by us or by another manager of the same server. */
  announce(name: RunName, event: StageEvent): void {
    this.#pending.delete(runKey(name));
    limited(this.announced.set(runKey(name), event));
  }

  /** Takes note that somebody got the announcement of a run. */
  confirm(name: RunName): void {
    limited(this.sent.add(runKey(name)));
  }

  /** Forgets stages that were begun in vain. */
  forget(keys: Iterable<string>): void {
    for (const key of keys) this.seen.delete(key);
  }

  /** Lets a run wait that an earlier process saw. */
  resume(stage: SilentStage, now: number): void {
    if (!this.full) this.#pending.set(runKey(stage), { stage, since: now });
  }

  /** A stage that the last look did not have ended anew if it ended after that look. */
  #firstRun({ status, building, endedAt = 0, place }: FeedStage): EndedRun | undefined {
    const late = this.newest !== undefined && endedAt >= this.newest;
    if (building || place === undefined || !late) return undefined;
    return { place, endedAt, failure: status === "Failure" };
  }

  /** Remembers a stage of which nothing has ended, or of which the next run is under way. */
  #remember(key: string, { building, endedAt = 0, place }: FeedStage, known?: SeenStage): void {
    const running = building ? place : undefined;
    if (known?.running?.url === running?.url && known !== undefined) return;
    const begun = place && !building ? `${place.pipelineCounter}/${place.stageCounter}` : "";
    const { run, endedAt: before } = known ?? { run: begun, endedAt };
    this.#see(key, { run, endedAt: before, ...running && { running } });
  }

  #see(key: string, stage: SeenStage): void {
    this.seen.set(key, stage);
    limited(this.seen, MAX_STAGES);
  }
}

/** `build/7/test/1`, as in the subject of a stage notification. */
export function runKey({ pipeline, pipelineCounter, stage, stageCounter }: RunName): string {
  return `${pipeline}/${pipelineCounter}/${stage}/${stageCounter}`;
}

/** Forgets the oldest entry of a table that has become too large. */
function limited(
  table: { readonly size: number; keys(): Iterator<string>; delete(key: string): boolean },
  limit = MAX_RUNS,
): void {
  if (table.size <= limit) return;
  const oldest = table.keys().next();
  if (!oldest.done) table.delete(oldest.value);
}
