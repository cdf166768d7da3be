/**
 * What the queue does from time to time: gives up what is too old although its destination was
 * never tried, drops dead letters whose time is over, keeps the clock.
 *
 * @module
 */

import { reasonOf } from "../errors.ts";
import { log } from "../log.ts";
import type { QueueContext } from "./context.ts";
import type { Dispatch } from "./dispatch.ts";

const records = log("queue");

/** State key of the queue clock. */
export const CLOCK_KEY = "clock";

/** How often each sweep is made at most and at least, in milliseconds. */
const AGED_MS = { min: 500, max: 60_000 } as const;
const DEAD_MS = { min: 1_000, max: 600_000 } as const;
const CLOCK_MS = 10_000;
/** How often the clock is kept while nothing waits: a disk at rest may sleep. */
const IDLE_CLOCK_MS = 3_600_000;
/** Most aged deliveries in memory at a time, and their octets. */
const BATCH = { limit: 50, maxOctets: 8_388_608 } as const;

/** Makes the sweeps while it runs. */
export class Sweeps {
  readonly #context: QueueContext;
  readonly #dispatch: Dispatch;
  #timers: ReturnType<typeof setInterval>[] = [];
  #stopped = false;
  #aging: Promise<void> | null = null;
  #keptAt = -Infinity;

  /** Makes sweeps that have not begun. */
  constructor(context: QueueContext, dispatch: Dispatch) {
    this.#context = context;
    this.#dispatch = dispatch;
  }

  /** Time between two sweeps of aged mail, in ms. */
  get #agedEveryMs(): number {
    return within(this.#context.schedule.giveUpAfterMs / 10, AGED_MS);
  }

  /** Begins. */
  start(): void {
    const { deadLettersMs } = this.#context.schedule;
    this.#timers = [
      setInterval(
        () => this.#aging ??= this.#age().finally(() => this.#aging = null),
        this.#agedEveryMs,
      ),
      setInterval(() => void this.#expire(), within(deadLettersMs / 10, DEAD_MS)),
      setInterval(() => void this.#keepClockIfNeeded(), CLOCK_MS),
    ];
  }

  /** The schedule has changed. */
  renew(): void {
    if (this.#stopped || this.#timers.length === 0) return;
    this.#timers.forEach(clearInterval);
    this.start();
  }

  /** Ends, and keeps the clock once more. Never rejects. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#timers.forEach(clearInterval);
    await this.#aging;
    await this.#keepClock();
  }

  /**
   * Gives up, or tells the reverse-path of the delay. Twice the time between two sweeps is left for
   * the last regular try, which falls on the very end.
   */
  async #age(): Promise<void> {
    const { schedule, clock, store } = this.#context;
    const latest = clock.now() - 2 * this.#agedEveryMs;
    const expired = latest - schedule.giveUpAfterMs;
    const late = schedule.delayNoticeMs > 0 ? latest - schedule.delayNoticeMs : -Infinity;
    try {
      while (!this.#stopped) {
        const aged = await store.claim({ kind: "aged", expired, late, ...BATCH });
        if (aged.length === 0) return;
        await Promise.all(aged.map((claimed) => this.#dispatch.age(claimed)));
      }
    } catch (error) {
      records.debug("aged mail not swept", { reason: reasonOf(error) });
    }
  }

  async #expire(): Promise<void> {
    const { schedule, clock, store } = this.#context;
    try {
      const dropped = await store.expire(clock.now() - schedule.deadLettersMs);
      if (dropped > 0) records.warning("dead letters dropped by age", { dropped });
    } catch (error) {
      records.debug("dead letters not swept", { reason: reasonOf(error) });
    }
  }

  async #keepClockIfNeeded(): Promise<void> {
    try {
      const { waiting } = await this.#context.store.counts();
      const idleMs = performance.now() - this.#keptAt;
      if (waiting > 0 || idleMs >= IDLE_CLOCK_MS) await this.#keepClock();
    } catch (error) {
      records.debug("queue not counted", { reason: reasonOf(error) });
    }
  }

  async #keepClock(): Promise<void> {
    const { clock, store } = this.#context;
    this.#keptAt = performance.now();
    const jumpedMs = clock.jumpMs();
    if (jumpedMs !== 0) records.warning("the wall clock has jumped", { byMs: jumpedMs });
    try {
      await store.writeState(CLOCK_KEY, clock.save());
    } catch (error) {
      records.debug("clock not kept", { reason: reasonOf(error) });
    }
  }
}

function within(ms: number, { min, max }: { readonly min: number; readonly max: number }): number {
  return Math.min(max, Math.max(min, ms));
}
