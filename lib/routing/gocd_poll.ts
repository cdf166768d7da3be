/**
 * Asks cctray again and again for stages that ended without a mail, and has them announced: a
 * second way in, beside the mails. `silent_stages.ts` decides; this file asks, waits and saves.
 *
 * INVARIANTS
 *
 * 1. One request is under way at a time, and one announcement.
 * 2. A run counts as announced only once the announcement is safe on disk. Until then it is announced
 *    again, at the next poll or after a crash, in the same words: the intake takes the second for a
 *    mail that came again. So nothing is lost, and nothing is told twice within its window.
 * 3. Nothing is saved before what was saved has been read, and nothing is asked: a store that cannot
 *    be read yet is no first start.
 *
 * @module
 */

import { stackOf } from "../errors.ts";
import type { Log } from "../log.ts";
import { Announcer, type AnnouncerOptions } from "./announcer.ts";
import { KeptMemory } from "./kept_memory.ts";
import type { GocdApi } from "./lookups/gocd_api.ts";
import { askFeed, askStates } from "./lookups/gocd_stages.ts";
import { MissedRuns } from "./missed_runs.ts";
import { Nap } from "./nap.ts";
import { Outcomes } from "./outcomes.ts";
import type { StageEvent } from "./packs/gocd.ts";
import type { StageMemory } from "./silent_memory.ts";
import { type RunName, SilentStages } from "./silent_stages.ts";
import type { StageHistory } from "./stage_history.ts";

/** What polling is given by the app. */
export interface Polling extends Pick<AnnouncerOptions, "announce" | "events"> {
  /** What is kept from one start to the next. */
  readonly memory: StageMemory;
  /** Whether polling may begin: until then another process polls, which still learns. Default: yes. */
  ready?(): boolean;
  /** How often what can wait is saved at most, in ms; default 5,000. */
  readonly saveMs?: number;
}

/** How one server is polled. */
export interface GocdPollOptions extends Polling {
  /** The server. */
  readonly api: GocdApi;
  /** What became of each stage, shared with the mails. */
  readonly history: StageHistory;
  /** How often to ask, in ms. */
  readonly pollMs: number;
  /** How long a mail may take, in ms. */
  readonly graceMs: number;
  /** How soon to ask again while nothing is known at all, in ms, where that is sooner. */
  readonly retryMs: number;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Where changes are told. */
  readonly log: Log;
}

/** How soon to see again whether there is something to poll for, in ms. */
const READY_MS = 100;

/** The polling of one server. */
export class GocdPoll {
  readonly #options: GocdPollOptions;
  readonly #closed = new AbortController();
  readonly #stages: SilentStages;
  readonly #announcer: Announcer;
  readonly #memory: KeptMemory;
  readonly #missed: MissedRuns;
  readonly #outcomes: Outcomes;
  readonly #nap = new Nap();
  readonly #first = Promise.withResolvers<void>();
  #etag: string | undefined;
  #failing = false;
  #nextPollAt = -Infinity;
  #running: Promise<void> | undefined;

  /** Makes it; nothing is asked before {@link start}. */
  constructor(options: GocdPollOptions) {
    const { history, api, now } = options;
    const signal = this.#closed.signal;
    this.#options = options;
    const stages = this.#stages = new SilentStages(history);
    this.#memory = new KeptMemory({ ...options, stages });
    this.#announcer = new Announcer(stages, { ...options, retryMs: options.pollMs, signal });
    this.#missed = new MissedRuns(stages, { ...options, signal });
    this.#outcomes = new Outcomes(stages, { api, now, signal, wanted: this.#announcer });
  }

  /** Settles when the first feed has been read, or polling has ended. */
  get first(): Promise<void> {
    return this.#first.promise;
  }

  /** Begins to ask. A second call does nothing. */
  start(): void {
    if (!this.#closed.signal.aborted) this.#running ??= this.#run();
  }

  /** Takes note of a mail about a run; whether it may be believed. */
  hear(run: RunName, reported: StageEvent): boolean {
    this.#touch();
    return this.#stages.hear(run, reported, this.#options.now());
  }

  /** Takes note of an announcement that is being routed: another manager's, or our own. */
  hearAnnouncement(run: RunName, event: StageEvent): void {
    if (this.#announcer.isAnnouncing(run)) return; // It counts once it is safe.
    this.#stages.announce(run, event);
    this.#touch();
  }

  /** Takes note of who gets an announcement, whether it has been taken yet or not. */
  confirm(run: RunName, recipients: readonly string[]): void {
    this.#stages.confirm(run, recipients);
    this.#touch(true);
  }

  /** What cctray told of a run; waits for an announcement that is just being made. */
  async told(run: RunName, waitMs: number): Promise<ReturnType<SilentStages["told"]>> {
    await this.#announcer.settled(run, waitMs);
    return this.#stages.told(run);
  }

  /**
   * Ends the request that is under way, and saves. A second call does nothing more: by then what was
   * saved may belong to a successor.
   */
  async close(): Promise<void> {
    this.#closed.abort();
    this.#nap.wake();
    await this.#running;
    await this.#memory.end();
    this.#first.resolve();
  }

  #touch(soon = false): void {
    this.#memory.touch(soon);
    this.#nap.wake();
  }

  async #run(): Promise<void> {
    const { now, ready } = this.#options;
    while (!this.#closed.signal.aborted) {
      let leastMs = 0;
      if (ready?.() === false && this.#nextPollAt === -Infinity) {
        await this.#nap.sleep(READY_MS);
        continue;
      }
      try {
        if (now() >= this.#nextPollAt || this.#nextPollAt - now() > this.#options.pollMs) {
          await this.#poll();
        }
        if (await this.#announcer.announceDue()) this.#memory.touch(true);
        await this.#memory.saveDue();
      } catch (error) {
        // A bug in here costs a poll, never the program.
        this.#tell(`bug: ${stackOf(error)}`);
        leastMs = 1_000;
      }
      const wakeAt = Math.min(this.#nextPollAt, this.#announcer.nextAt(), this.#memory.nextAt);
      if (!this.#closed.signal.aborted) await this.#nap.sleep(Math.max(wakeAt - now(), leastMs));
    }
  }

  async #poll(): Promise<void> {
    const { pollMs, retryMs, now } = this.#options;
    this.#nextPollAt = now() + pollMs;
    const { signal } = this.#closed;
    const problem = await this.#memory.load(this.#announcer.oldest(), signal) ?? await this.#look();
    if (this.#closed.signal.aborted) return;
    this.#tell(problem);
    if (problem === null) this.#first.resolve();
    else if (this.#etag === undefined) this.#nextPollAt = now() + Math.min(pollMs, retryMs);
  }

  /** Looks once; says what is wrong, or `null`. */
  async #look(): Promise<string | null> {
    const { api, history, now, graceMs } = this.#options;
    const { signal } = this.#closed;
    const since = now() - graceMs;
    // What is not settled is looked at again although the feed is the same.
    const { full, heard } = this.#stages;
    const again = this.#outcomes.open || full || heard.before(since).length > 0;
    const feed = await askFeed(api, again ? undefined : this.#etag, signal);
    if (feed.kind === "failed") return feed.detail;
    if (feed.kind === "unchanged") return null;
    const { ended, begun } = this.#stages.look(feed.stages, since, now());
    if (begun.size > 0) history.seed(await askStates(api, begun, signal));
    if (signal.aborted) {
      this.#stages.forget(begun.keys()); // Nobody knows how they ended.
      return null;
    }
    const all = await this.#missed.filledIn(ended);
    if (signal.aborted) return null; // They stay news for whoever looks next.
    await this.#outcomes.settle(all);
    this.#announcer.caughtUp();
    this.#etag = feed.etag;
    if (begun.size + ended.length > 0) this.#memory.touch();
    return null;
  }

  /** Tells of a problem when it begins, and of its end. */
  #tell(problem: string | null): void {
    const { log, api: { url } } = this.#options;
    if (problem !== null && !this.#failing) {
      log.warning("GoCD does not tell how the stages ended", { url, reason: problem });
    }
    if (problem === null && this.#failing) log.info("GoCD tells how the stages ended", { url });
    this.#failing = problem !== null;
  }
}
