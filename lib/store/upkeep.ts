/**
 * What a store does by itself, every second: look at the free space, try again what failed, delete
 * old journal records, shorten the log when there is nothing else to do.
 *
 * @module
 */

import { reasonOf } from "../errors.ts";
import { log } from "../log.ts";

const records = log("store");

/** How often something is done, in milliseconds. */
const TICK_MS = 1_000;

/** The chores of a store. */
export class Upkeep {
  #timer: ReturnType<typeof setInterval> | undefined;
  readonly #chores: readonly (() => Promise<void>)[];
  readonly #underWay = new Map<() => Promise<void>, Promise<void>>();

  /** Each chore is done every second, unless it is still being done. */
  constructor(chores: readonly (() => Promise<void>)[]) {
    this.#chores = chores;
  }

  /** Begins; the first time a second from now. */
  start(): void {
    this.#timer = setInterval(() => this.tick(), TICK_MS);
  }

  /** A second has passed. */
  tick(): void {
    for (const chore of this.#chores) {
      if (!this.#underWay.has(chore)) this.#underWay.set(chore, this.#do(chore));
    }
  }

  /** Ends; settles when what is being done is done. Never rejects. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await Promise.all(this.#underWay.values());
  }

  async #do(chore: () => Promise<void>): Promise<void> {
    try {
      await chore();
    } catch (error) {
      records.error("upkeep of the store failed", { reason: reasonOf(error) });
    } finally {
      this.#underWay.delete(chore);
    }
  }
}
