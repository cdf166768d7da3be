/**
 * The queue: everything that is stored and not yet delivered, on its way out. It holds nothing
 * itself; the store does. A process works on a store's queue only while it owns the store.
 *
 * ```
 * accept ──> store ──claim──> lane ──> dispatch ──> destination
 *              ^                           │
 *              └───────── settle ──────────┘
 * ```
 *
 * INVARIANTS
 *
 * 1. Memory is bounded by the lanes' room and by that for fresh mail, however much is queued.
 * 2. One destination that is down or slow keeps none of the others waiting: each has its lane.
 * 3. After `stop()` nothing is claimed any more; what is stored waits for the next owner.
 *
 * @module
 */

import { reasonOf } from "../errors.ts";
import { log } from "../log.ts";
import type { ClaimedDelivery, QueueCounts } from "../store/store.ts";
import { Attempts, type DestinationState } from "./attempts.ts";
import type { QueueContext } from "./context.ts";
import { Dispatch } from "./dispatch.ts";
import { Endings } from "./endings.ts";
import { Lane } from "./lane.ts";
import { Sweeps } from "./sweeps.ts";

const records = log("queue");

/** How often lanes look for what has become due, in milliseconds. */
const TICK_MS = 1_000;
/** Most mails that go straight from their arrival to their destinations, and their octets. */
const FRESH = { mails: 200, octets: 33_554_432 } as const;

/** Works on a store's queue. */
export class Queue {
  /** Tries deliveries, each through the gate of its destination. */
  readonly attempts: Attempts;
  /** What ends attempts. */
  readonly endings = new Endings();
  /** Carries claimed deliveries out. */
  readonly dispatch: Dispatch;
  readonly #context: QueueContext;
  readonly #lanes = new Map<string, Lane>();
  readonly #fresh = new Set<Promise<void>>();
  readonly #sweeps: Sweeps;
  #freshOctets = 0;
  /** Whether it is known for whom the mail waits that was here at the start. */
  #read = false;
  #timer: ReturnType<typeof setInterval> | undefined;
  #state: "waiting" | "working" | "stopped" = "waiting";
  #stopping: Promise<void> | undefined;
  #endTimer: ReturnType<typeof setTimeout> | undefined;

  /** Makes a queue that does nothing yet. */
  constructor(context: QueueContext) {
    this.#context = context;
    this.attempts = new Attempts(context, (destination) => void this.#back(destination));
    const { attempts, endings: { signal } } = this;
    this.dispatch = new Dispatch({ context, attempts, signal, wake: () => this.pump() });
    this.#sweeps = new Sweeps(context, this.dispatch);
    for (const destination of ["", ...context.targets.keys()]) this.#lane(destination);
  }

  /** Whether this process works on the queue: only then does it claim what it stores. */
  get working(): boolean {
    return this.#state === "working";
  }

  /** Begins to work: this process owns the store now. */
  async start(): Promise<void> {
    if (this.#state !== "waiting") return;
    this.#state = "working";
    this.#timer = setInterval(() => this.#tick(), TICK_MS);
    this.#sweeps.start();
    await this.#findLanes();
    // Nobody knows any more who was away.
    await Promise.all([...this.#lanes.keys()].map((destination) => this.#back(destination)));
  }

  /** What the configuration says in the context has changed. */
  renew(): void {
    for (const destination of this.#context.targets.keys()) this.#lane(destination);
    this.#sweeps.renew();
    // Whoever was away is not who has this name now.
    for (const destination of this.attempts.renew()) void this.#back(destination);
  }

  /** Has every lane look for what is due. */
  pump(): void {
    if (this.#state !== "working") return;
    for (const lane of this.#lanes.values()) lane.pump();
  }

  /** Whether a fresh mail of so many octets in memory may go straight to its destinations. */
  hasRoom(octets: number): boolean {
    return this.working && this.#fresh.size < FRESH.mails &&
      this.#freshOctets + octets <= FRESH.octets;
  }

  /** Carries out work on a fresh mail that is stored, or just being delivered, beside the lanes. */
  adopt(octets: number, work: Promise<void>): void {
    this.#freshOctets += octets;
    const running = work.finally(() => {
      this.#fresh.delete(running);
      this.#freshOctets -= octets;
    });
    this.#fresh.add(running);
  }

  /** Delivers a fresh mail that has been stored and claimed. */
  deliverFresh(claimed: ClaimedDelivery, octets: number): void {
    this.adopt(octets, this.dispatch.deliverFresh(claimed));
  }

  /**
   * Makes a mail, or all, due now; dead letters are tried again.
   *
   * @returns The queue ids of those it found.
   */
  async retry(queueId?: string): Promise<readonly string[]> {
    const now = this.#context.clock.now();
    const request = { now, ...queueId !== undefined && { queueId } };
    const found = await this.#context.store.retry(request);
    // A dead letter may wait for a name that nobody has waited for before.
    await this.#findLanes();
    this.attempts.hurry();
    this.pump();
    return found;
  }

  /** Drops a mail; says whether there was one, and whether it is just being tried. */
  drop(queueId: string): Promise<{ readonly found: boolean; readonly underWay: boolean }> {
    return this.#context.store.drop(queueId);
  }

  /** The queue in numbers, and its destinations. */
  async status(): Promise<
    { readonly counts: QueueCounts; readonly destinations: readonly DestinationState[] }
  > {
    return { counts: await this.#context.store.counts(), destinations: this.attempts.states() };
  }

  /**
   * Claims nothing more; attempts under way go on undisturbed for a while, then they are told to
   * end: those that wait for the answer to the end of data may still hear it. Never rejects.
   *
   * @param grace Both from now, in milliseconds. What still runs after all of it is left to the next
   * owner.
   */
  async stop(grace: { readonly undisturbedMs: number; readonly allMs: number }): Promise<void> {
    this.#stopping ??= this.#stop(grace);
    await this.#stopping;
  }

  /** Ends every attempt, also those of mail that has just come in. The queue is stopped before. */
  close(): void {
    clearTimeout(this.#endTimer);
    this.endings.abort(new Error("this server shuts down"));
  }

  async #stop(
    { undisturbedMs, allMs }: { readonly undisturbedMs: number; readonly allMs: number },
  ): Promise<void> {
    this.#state = "stopped";
    clearInterval(this.#timer);
    this.#endTimer = setTimeout(() => this.close(), undisturbedMs);
    const late = Promise.withResolvers<void>();
    const timer = setTimeout(late.resolve, allMs);
    const lanes = [...this.#lanes.values()].map((lane) => lane.stop());
    await Promise.race([
      Promise.all([...lanes, ...this.#fresh, this.#sweeps.stop()]),
      late.promise,
    ]);
    clearTimeout(timer);
  }

  #tick(): void {
    if (!this.#read) void this.#findLanes();
    this.pump();
  }

  /** A name that nobody configured any more is routed anew when its turn comes. */
  async #findLanes(): Promise<void> {
    try {
      for (const destination of await this.#context.store.destinations()) this.#lane(destination);
      this.#read = true;
    } catch (error) {
      if (this.#read) records.warning("queue not read", { reason: reasonOf(error) });
      else records.debug("queue not read yet", { reason: reasonOf(error) });
    }
  }

  #lane(destination: string): void {
    if (this.#lanes.has(destination)) return;
    const { store, clock } = this.#context;
    const deliver: Dispatch["deliver"] = (...told) => this.dispatch.deliver(...told);
    this.#lanes.set(
      destination,
      new Lane({ destination, store, clock, attempts: this.attempts, deliver }),
    );
  }

  /** What waited for nothing but this destination need not wait any longer. */
  async #back(destination: string): Promise<void> {
    if (!this.working) return;
    try {
      await this.#context.store.hasten(destination, this.#context.clock.now());
    } catch (error) {
      records.warning("queue not hastened", { destination, reason: reasonOf(error) });
    }
    this.#lanes.get(destination)?.pump();
  }
}
