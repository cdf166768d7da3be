/**
 * Holds the commits of a database that has a Worker of its own, and makes it crash.
 *
 * @module
 */

import { WorkerLink } from "../../lib/store/worker_link.ts";

/** Where in the shared memory: 1 holds every commit. */
export const HOLD = 0;
/** How many commits have begun. */
export const COMMITS = 1;
/** How many operations are in the last of them. */
export const OPERATIONS = 2;

/** Writing a state with this key crashes the Worker. */
export const CRASH_KEY = "crash";
/** What it says then. */
export const CRASH = "crashed on purpose";

/** Commits that can be held. */
export class HeldDatabase {
  readonly #shared = new Int32Array(new SharedArrayBuffer(12));

  /** The way to the database. */
  readonly link: WorkerLink = new WorkerLink(() => {
    const url = new URL("./held_database_worker.ts", import.meta.url);
    const worker = new Worker(url, { type: "module" });
    worker.postMessage(this.#shared);
    return worker;
  });

  /** How many commits have begun. */
  get commits(): number {
    return Atomics.load(this.#shared, COMMITS);
  }

  /** How many operations are in the last commit that has begun. */
  get operations(): number {
    return Atomics.load(this.#shared, OPERATIONS);
  }

  /** Holds commits from now on. */
  hold(): void {
    Atomics.store(this.#shared, HOLD, 1);
  }

  /** Lets them go on. */
  release(): void {
    Atomics.store(this.#shared, HOLD, 0);
    Atomics.notify(this.#shared, HOLD);
  }
}
