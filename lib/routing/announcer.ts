/**
 * Has runs announced whose mail has not come, one after the other, the longest waiting first.
 *
 * @module
 */

import type { RuleConfig } from "../config/types.ts";
import type { Log } from "../log.ts";
import { settledWithin } from "./lookups/limits.ts";
import { STAGE_EVENTS, type StageEvent } from "./packs/gocd.ts";
import type { EndedRun } from "./feed_change.ts";
import { runKey, type RunName, type SilentStage, type SilentStages } from "./silent_stages.ts";

/** Who announces, and when. */
export interface AnnouncerOptions {
  /** Hands an announcement to the intake; whether it is safe on disk. A rejection is a no. */
  announce(stage: SilentStage): Promise<boolean>;
  /**
   * Which events are announced; default BREAKS, FAILS and FIXED. PASSES would be a mail for each
   * run of each stage: GoCD's users seldom ask for that, so that no mail comes, which is no fault.
   */
  readonly events?: () => ReadonlySet<StageEvent>;
  /** How long a mail may take, in ms. */
  readonly graceMs: number;
  /** How soon an announcement that was not taken is tried again, in ms. */
  readonly retryMs: number;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Where announcements are told. */
  readonly log: Log;
  /** Aborted when nobody is to wait any more. */
  readonly signal: AbortSignal;
}

/** Longest wait for one announcement, in ms. */
const LIMIT_MS = 60_000;

/** How long one that is under way is waited for at the end, in ms: who gets it is to be saved. */
const LAST_LIMIT_MS = 2_000;

/** Runs that ended longer ago are not announced after a start, in ms. */
const MAX_AGE_MS = 86_400_000;

/** How far the time of a zone may be behind UTC, in ms. */
const ZONES_MS = 12 * 3_600_000;

const ALERTS: ReadonlySet<StageEvent> = new Set(["BREAKS", "FAILS", "FIXED"]);

/**
 * The events that a manager's rules name, in filters or conditions, and those that are announced
 * anyway.
 */
export function announcedEvents(rules: readonly RuleConfig[]): ReadonlySet<StageEvent> {
  const named = new Set(rules.flatMap(({ filter, when }) => [
    ...filter?.events ?? [],
    ...when?.text.match(/\b[A-Z]+\b/g) ?? [],
  ]));
  return new Set([...ALERTS, ...STAGE_EVENTS.filter((event) => named.has(event))]);
}

/** Announces the runs of one server. */
export class Announcer {
  readonly #stages: SilentStages;
  readonly #options: AnnouncerOptions;
  #underWay: { readonly run: string; readonly done: Promise<boolean> } | undefined;
  #notBefore = -Infinity;
  #refused = false;
  #catchingUp = true;

  /** Makes it; it announces what waits in `stages`. */
  constructor(stages: SilentStages, options: AnnouncerOptions) {
    this.#stages = stages;
    this.#options = options;
  }

  /** Whether a run with this event is to be announced. */
  wants({ endedAt, unzoned }: EndedRun, event: StageEvent): boolean {
    const latest = endedAt + (unzoned ? ZONES_MS : 0);
    if (this.#catchingUp && latest < this.oldest()) return false;
    return (this.#options.events?.() ?? ALERTS).has(event);
  }

  /** What ended before is not announced after a start; in ms since the epoch. */
  oldest(): number {
    return this.#options.now() - MAX_AGE_MS;
  }

  /** What ended while nobody looked has been seen: from now on age says nothing. */
  caughtUp(): void {
    this.#catchingUp = false;
  }

  /** Whether this run is being announced right now. */
  isAnnouncing(run: RunName): boolean {
    return this.#underWay?.run === runKey(run);
  }

  /** Waits for the announcement of a run that is under way, but not longer than that. */
  async settled(run: RunName, waitMs: number): Promise<void> {
    const underWay = this.#underWay;
    if (underWay?.run === runKey(run)) await settledWithin(underWay.done, waitMs);
  }

  /** When there is something to announce, in ms since the epoch. */
  nextAt(): number {
    return Math.max(this.#stages.nextDue(this.#options.graceMs), this.#notBefore);
  }

  /** Announces what is due, until one is not taken; whether any was. */
  async announceDue(): Promise<boolean> {
    const { now, graceMs, retryMs, signal } = this.#options;
    if (now() < this.#notBefore && this.#notBefore - now() <= retryMs) return false;
    let any = false;
    for (const stage of this.#stages.due(now(), graceMs)) {
      if (signal.aborted) return any;
      // Its mail may have come while the one before was announced.
      if (!this.#stages.waits(stage)) continue;
      const taken = await this.#announce(stage);
      if (signal.aborted && !taken) return any;
      this.#tell(stage, taken);
      this.#notBefore = taken ? -Infinity : now() + retryMs;
      if (!taken) return any;
      this.#stages.announce(stage, stage.event);
      any = true;
    }
    return any;
  }

  async #announce(stage: SilentStage): Promise<boolean> {
    const { announce, signal } = this.#options;
    const done = announce(stage).catch(() => false);
    this.#underWay = { run: runKey(stage), done };
    const taken = await settledWithin(done, LIMIT_MS, signal) ??
      (signal.aborted ? await settledWithin(done, LAST_LIMIT_MS) : undefined);
    this.#underWay = undefined;
    return taken === true;
  }

  #tell(stage: SilentStage, taken: boolean): void {
    const { log } = this.#options;
    const details = { run: runKey(stage), event: stage.event };
    if (taken) log.info("no mail came about a stage; announced", details);
    else if (!this.#refused) log.warning("a stage without mail cannot be announced yet", details);
    this.#refused = !taken;
  }
}
