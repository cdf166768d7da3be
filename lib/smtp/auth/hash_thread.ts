/**
 * The way to the thread of `hash_worker.ts`, and back: one task at a time, in order. The thread
 * lives as long as tasks wait; its memory, up to 128 MiB, goes with it, and nobody has to close it.
 *
 * @module
 */

import { type Clock, SYSTEM_CLOCK } from "../deadline.ts";
import type { HashAnswer, HashTask } from "./wasm_hash.ts";

/** Longest time for one task, the start of the thread included, in ms. */
const TASK_MS = 30_000;

interface Waiting {
  readonly task: HashTask;
  readonly resolve: (digest: Uint8Array) => void;
  readonly reject: (error: unknown) => void;
}

/** Computes Argon2 and bcrypt. */
export type HashComputer = Pick<HashThread, "compute">;

/** Computes Argon2 and bcrypt elsewhere. */
export class HashThread {
  readonly #clock: Clock;
  readonly #start: () => Worker;
  readonly #waiting: Waiting[] = [];
  #working = false;

  /** Starts nothing yet. */
  constructor(clock: Clock = SYSTEM_CLOCK, start: () => Worker = startWorker) {
    this.#clock = clock;
    this.#start = start;
  }

  /**
   * Computes the digest of a password.
   *
   * @throws {Error} When the thread fails or takes more than 30 s; says nothing of the password.
   */
  compute(task: HashTask): Promise<Uint8Array> {
    const { promise, resolve, reject } = Promise.withResolvers<Uint8Array>();
    this.#waiting.push({ task, resolve, reject });
    if (!this.#working) this.#work();
    return promise;
  }

  async #work(): Promise<void> {
    this.#working = true;
    let worker: Worker | null = null;
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) {
      try {
        worker ??= this.#start();
        next.resolve(await this.#ask(worker, next.task));
      } catch (error) {
        next.reject(error);
        // Who knows what state it is in: the next task gets another.
        worker?.terminate();
        worker = null;
      }
    }
    worker?.terminate();
    this.#working = false;
  }

  async #ask(worker: Worker, task: HashTask): Promise<Uint8Array> {
    const { promise, resolve, reject } = Promise.withResolvers<Uint8Array>();
    const fail = (reason: string) => reject(new Error(`Cannot compute a hash: ${reason}`));
    worker.onmessage = ({ data }: MessageEvent<HashAnswer>) => {
      if (data.kind === "digest") resolve(data.digest);
      else fail(data.reason);
    };
    worker.onerror = (event) => {
      event.preventDefault();
      fail(event.message);
    };
    const stop = this.#clock.set(() => fail(`no answer within ${TASK_MS / 1_000} s`), TASK_MS);
    try {
      worker.postMessage(task);
      return await promise;
    } finally {
      stop();
    }
  }
}

function startWorker(): Worker {
  return new Worker(new URL("./hash_worker.ts", import.meta.url), { type: "module" });
}
