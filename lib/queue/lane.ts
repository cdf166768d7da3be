/**
 * The deliveries of one destination on their way out of the queue: claims what is due as long as
 * there is room, and one alone as a probe while the destination is paused.
 *
 * @module
 */

import { reasonOf } from "../errors.ts";
import { log } from "../log.ts";
import type { ClaimedDelivery, Store } from "../store/store.ts";
import type { Attempts } from "./attempts.ts";
import type { Admission } from "./gate.ts";
import type { QueueClock } from "./queue_clock.ts";

const records = log("queue");

/** Most deliveries of one destination under way from the queue. */
const CONCURRENCY = 40;
/** Most octets of messages that one claim brings into memory. */
const CLAIM_OCTETS = 8_388_608;

/** What a lane works with. */
export interface LaneOptions {
  /** The destination; empty: mails still to be routed. */
  readonly destination: string;
  /** Where deliveries are claimed. */
  readonly store: Store;
  /** The queue time. */
  readonly clock: QueueClock;
  /** The gates. */
  readonly attempts: Attempts;
  /** Carries one delivery out, claim and all. Never rejects. */
  deliver(claimed: ClaimedDelivery, admission?: Admission): Promise<void>;
}

/** One destination's lane. */
export class Lane {
  readonly #options: LaneOptions;
  readonly #underWay = new Set<Promise<void>>();
  #run: Promise<void> = Promise.resolve();
  #running = false;
  #again = false;
  #stopped = false;

  /** Makes a lane that is still. */
  constructor(options: LaneOptions) {
    this.#options = options;
  }

  /** Claims what is due, unless the lane is full or the destination paused. Returns at once. */
  pump(): void {
    this.#again = true;
    if (this.#running) return;
    this.#running = true;
    this.#run = this.#claimAll();
  }

  /** Claims nothing more; settles when all that was under way has ended. Never rejects. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#run;
    await Promise.all(this.#underWay);
  }

  async #claimAll(): Promise<void> {
    try {
      while (this.#again && !this.#stopped) {
        this.#again = false;
        await this.#claimOnce();
      }
    } finally {
      // Not in a later turn: who pumps in between would be forgotten.
      this.#running = false;
    }
  }

  async #claimOnce(): Promise<void> {
    const { attempts, destination } = this.#options;
    const room = CONCURRENCY - this.#underWay.size;
    if (room === 0) return;
    const admission = attempts.admit(destination);
    if (admission.kind === "paused") return;
    const [first, ...others] = await this.#claim(admission.probe ? 1 : room);
    if (first === undefined) return attempts.pass(destination, admission);
    this.#start(first, admission);
    for (const other of others) this.#start(other);
    if (!admission.probe) this.#again = true;
  }

  async #claim(limit: number): Promise<readonly ClaimedDelivery[]> {
    const { store, clock, destination } = this.#options;
    const due = { kind: "due", destination, now: clock.now() } as const;
    try {
      return await store.claim({ ...due, limit, maxOctets: CLAIM_OCTETS });
    } catch (error) {
      // The store has told what is wrong with the disk; the next round tries again.
      records.debug("nothing claimed", { destination, reason: reasonOf(error) });
      return [];
    }
  }

  #start(claimed: ClaimedDelivery, admission?: Admission): void {
    const running = this.#options.deliver(claimed, admission).finally(() => {
      this.#underWay.delete(running);
      // Claims are cheaper by the dozen.
      if (this.#underWay.size <= CONCURRENCY / 2) this.pump();
    });
    this.#underWay.add(running);
  }
}
