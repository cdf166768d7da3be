/**
 * Which runs of stages ended without a mail. Pure: it is told what cctray says, which mails came and
 * what time it is, and says which runs are to be announced.
 *
 * ```
 * cctray: a run ended ──> pending ──(grace is over)──> announced ──(a mail comes)──> sent to the others
 *                            └─────(a mail comes)────> forgotten
 * ```
 *
 * INVARIANTS
 *
 * 1. A run is announced only if it ended after the last one that was known of its stage: what a
 *    first look finds is where the history begins. A stage that is seen for the first time later on
 *    counts from the newest end that the looks before had, by GoCD's own clock.
 * 2. A run of which a mail has come, before cctray told of it or within the grace, is not announced,
 *    if that mail says what cctray says. One that says otherwise, or tells of a run that cctray does
 *    not know after the grace, may be forged: it silences nothing, and the history is as it was.
 * 3. What an announcement says is decided once, when the run is first seen: a second try, also after
 *    a crash, says the same.
 * 4. A stage that is not in the feed any more is remembered: the account may have lost a permission.
 * 5. An announcement is not made again, and keeps the mail back only from those who got it: the mail
 *    may say what somebody else's rule waits for.
 * 6. Every table is bounded.
 *
 * A run that came and went between two looks while the next one is under way has no name in the
 * feed. It is told if it was seen running; else `missed_runs.ts` looks for it when the next one ends.
 *
 * @module
 */

import { type Alerted, AlertedRuns } from "./alerted.ts";
import { type EndedRun, endedSince, firstSeen, isWrong, type SeenStage } from "./feed_change.ts";
import type { FeedStage } from "./lookups/cctray.ts";
import type { StageEvent } from "./packs/gocd.ts";
import { agrees, HeardMails, type Outcome, runKey, type RunName } from "./heard_mails.ts";
import { MAX_STAGES, type StageHistory, stageKey, stateAfter } from "./stage_history.ts";
import { limited, type SilentStage, WaitingRuns } from "./waiting_runs.ts";

export { runKey, type RunName, type SilentStage };

/** What cctray told of a run before any mail did. */
export interface ToldRun {
  /** What happened. */
  readonly event: StageEvent;
  /** Who got an announcement of it; absent: nobody, so that its mail is still news. */
  readonly alerted?: Alerted;
}

/** Decides which runs wait for their mail. */
export interface Waiting {
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** Whether nobody could tell if a failure was cancelled. */
  readonly unsure?: boolean;
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

/** The runs of one GoCD server's stages, as far as mails and cctray have told. */
export class SilentStages {
  readonly #history: StageHistory;
  /** By stage. */
  readonly seen = new Map<string, SeenStage>();
  /** Mails that came before cctray told of their runs. */
  readonly heard = new HeardMails();
  /** By run: what was announced, be it to nobody. */
  readonly announced = new Map<string, StageEvent>();
  /** By run: who got the announcement. */
  readonly alerted = new AlertedRuns();
  readonly #waiting = new WaitingRuns();
  /** The newest end that a feed had, in ms since the epoch; absent: there was none. */
  newest: number | undefined;

  /** Makes one that knows nothing. */
  constructor(history: StageHistory) {
    this.#history = history;
  }

  /** The runs that wait for their mail, the longest first. */
  get pending(): readonly SilentStage[] {
    return this.#waiting.stages;
  }

  /** Whether no more runs can be remembered that wait for their mail. */
  get full(): boolean {
    return this.#waiting.full;
  }

  /**
   * Compares a feed with what is known. What has ended stays news until it is settled.
   *
   * @param feed What cctray says.
   * @param since A mail that came before is not believed if the feed does not show its run.
   * @param now The time, in ms since the epoch: what ended later ended by a wrong clock.
   */
  look(feed: ReadonlyMap<string, FeedStage>, since = -Infinity, now = Infinity): FeedNews {
    const ended: EndedRun[] = [];
    const begun = new Map<string, FeedStage>();
    for (const [key, stage] of feed) {
      const known = this.seen.get(key);
      const run = known === undefined ? this.#firstRun(stage) : endedSince(stage, known, now);
      if (run !== undefined) ended.push(run);
      else this.#remember(key, stage, known);
      if (known !== undefined) continue;
      if (run === undefined) begun.set(key, stage);
      // It stays news until it is settled, however far the newest end moves on.
      else this.#see(key, { run: "", endedAt: 0 });
    }
    const news = new Set(ended.map(({ place }) => runKey(place)));
    for (const name of this.heard.before(since)) {
      if (!news.has(runKey(name))) this.#doubt(name, feed.get(stageKey(name.pipeline, name.stage)));
    }
    const ends = [...feed.values()].map(({ endedAt = 0 }) => endedAt);
    for (const end of ends) if (!isWrong(end, now)) this.newest = Math.max(this.newest ?? 0, end);
    return { ended: ended.sort((a, b) => a.endedAt - b.endedAt), begun };
  }

  /**
   * Takes in how a run ended, and lets it wait for its mail.
   *
   * @param ended One that {@link look} gave.
   * @param reported PASSES, FAILS or CANCELLED; the history makes of it what it stands for.
   * @param waiting Whether and since when it waits.
   */
  settle(ended: EndedRun, reported: StageEvent, waiting: Waiting): void {
    // While more wait than can be remembered, the feed remembers them for us.
    if (this.full) return;
    const { now, wanted, unsure = false } = waiting;
    const { place, endedAt, running } = ended;
    const { pipeline, stage, pipelineCounter, stageCounter } = place;
    const run = `${pipelineCounter}/${stageCounter}`;
    const outcome = { event: reported, unsure };
    this.#see(stageKey(pipeline, stage), { run, endedAt, outcome, ...running && { running } });
    if (this.#mailCame(place, outcome)) return;
    const stageRun = { pipeline, stage, run, reported };
    const { event } = ended.late ? this.#history.peek(stageRun) : this.#history.observe(stageRun);
    if (!wanted.wants(ended, event)) return;
    this.#waiting.add({ ...place, event, endedAt }, unsure, now);
  }

  /** Takes note of a mail about a run; whether it may be believed. */
  hear(name: RunName, reported: StageEvent, now: number): boolean {
    const key = runKey(name);
    const { run, outcome } = this.seen.get(stageKey(name.pipeline, name.stage)) ?? {};
    const ended = run === `${name.pipelineCounter}/${name.stageCounter}`;
    const told = this.#waiting.outcomeOf(name) ?? (ended ? outcome : undefined);
    if (told !== undefined && !agrees(stateAfter(reported), told)) return false;
    this.#waiting.remove(name);
    if (!ended && !this.announced.has(key)) this.heard.hear(name, stateAfter(reported), now);
    return true;
  }

  /** What cctray told of a run before any mail did. */
  told(name: RunName): ToldRun | undefined {
    const key = runKey(name);
    const event = this.announced.get(key);
    const alerted = this.alerted.of(key);
    if (event !== undefined) return { event, ...alerted && { alerted } };
    const waiting = this.#waiting.outcomeOf(name);
    return waiting && { event: waiting.event };
  }

  /** Whether a run still waits for its mail. */
  waits(name: RunName): boolean {
    return this.#waiting.outcomeOf(name) !== undefined;
  }

  /** The runs whose mail has not come within the grace. */
  due(now: number, graceMs: number): readonly SilentStage[] {
    return this.#waiting.due(now, graceMs);
  }

  /** When the next run is due, in ms since the epoch. */
  nextDue(graceMs: number): number {
    return this.#waiting.nextDue(graceMs);
  }

  /** Takes note that a run was announced, by us or by another manager of the same server. */
  announce(name: RunName, event: StageEvent): void {
    this.#waiting.remove(name);
    limited(this.announced.set(runKey(name), event));
  }

  /** Takes note of who got the announcement of a run. */
  confirm(name: RunName, recipients: readonly string[]): void {
    this.alerted.add(runKey(name), recipients);
  }

  /** Forgets stages that were begun in vain. */
  forget(keys: Iterable<string>): void {
    for (const key of keys) this.seen.delete(key);
  }

  /** Lets a run wait that an earlier process saw, unless its mail has come since. */
  resume(stage: SilentStage, now: number): void {
    if (this.#mailCame(stage, { event: stage.event, unsure: true })) return;
    if (!this.full) this.#waiting.add(stage, true, now);
  }

  /** Whether a mail of a run that has ended may be believed; what the others said is undone. */
  #mailCame(name: RunName, outcome: Outcome): boolean {
    const heard = [...this.heard.statesOf(name) ?? []];
    this.heard.forget(name);
    const believed = heard.find((state) => agrees(state, outcome));
    if (heard.length > 0) this.#history.revoke(name, believed);
    return believed !== undefined;
  }

  /** No longer believes what a mail said of a run that the feed does not show. */
  #doubt(name: RunName, stage: FeedStage | undefined): void {
    this.heard.forget(name);
    const { run } = this.seen.get(stageKey(name.pipeline, name.stage)) ?? {};
    if (stage?.place === undefined || run === `${name.pipelineCounter}/${name.stageCounter}`) {
      return;
    }
    // One that came and went between two looks has no name in the feed.
    const shown = `${stage.place.pipelineCounter}/${stage.place.stageCounter}`;
    if (stage.building ? runKey(stage.place) !== runKey(name) : shown !== run) return;
    this.#history.revoke(name);
    if (stage.status === "Success") this.#history.correct(name, "success");
  }

  /** A stage that the last look did not have ended anew if it ended after that look. */
  #firstRun({ status, building, endedAt = 0, place, zoned }: FeedStage): EndedRun | undefined {
    const late = this.newest !== undefined && endedAt >= this.newest;
    if (building || place === undefined || !late) return undefined;
    return { place, endedAt, failure: status === "Failure", ...!zoned && { unzoned: true } };
  }

  /** Remembers a stage of which nothing has ended, or of which the next run is under way. */
  #remember(key: string, stage: FeedStage, known?: SeenStage): void {
    const running = stage.building ? stage.place : undefined;
    if (known?.running?.url === running?.url && known !== undefined) return;
    const { running: _, ...rest } = known ?? firstSeen(stage);
    this.#see(key, { ...rest, ...running && { running } });
  }

  #see(key: string, stage: SeenStage): void {
    this.seen.set(key, stage);
    limited(this.seen, MAX_STAGES);
  }
}
