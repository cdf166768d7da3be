/**
 * The way to the database's Worker, and back: requests are answered in order. A Worker that
 * crashes takes nothing else with it; the next request starts another.
 *
 * @module
 */

import { log } from "../log.ts";
import type { DatabaseLink, WorkerRecord, WorkerReply, WorkerRequest } from "./worker_messages.ts";

const records = log("store");

/** A link to a Worker. */
export class WorkerLink implements DatabaseLink {
  readonly #start: () => Worker;
  #worker: Worker | null = null;
  #asked: ((reply: WorkerReply) => void)[] = [];

  /** Starts the Worker with the first request. */
  constructor(start: () => Worker) {
    this.#start = start;
  }

  ask(request: WorkerRequest, transfer: readonly ArrayBuffer[] = []): Promise<WorkerReply> {
    const { promise, resolve } = Promise.withResolvers<WorkerReply>();
    this.#worker ??= this.#begin();
    this.#worker.postMessage(request, [...transfer]);
    // Only what was sent is answered: one answer too few, and all that follow go to the wrong ones.
    this.#asked.push(resolve);
    return promise;
  }

  close(): void {
    this.#worker?.terminate();
    this.#worker = null;
    this.#answerAll("the store has been closed");
  }

  #begin(): Worker {
    const worker = this.#start();
    worker.onmessage = ({ data }: MessageEvent<WorkerReply | WorkerRecord>) => {
      if (worker !== this.#worker) return;
      if (data.kind === "record") records[data.level](data.event, data.details);
      else if (data.kind === "crashed") this.#crashed(worker, data.reason);
      else this.#asked.shift()?.(data);
    };
    worker.onerror = (event) => {
      event.preventDefault();
      this.#crashed(worker, event.message);
    };
    worker.onmessageerror = () => this.#crashed(worker, "it said something that cannot be read");
    return worker;
  }

  #crashed(worker: Worker, reason: string): void {
    if (worker !== this.#worker) return;
    records.error("the thread of the database crashed", { reason });
    worker.terminate();
    this.#worker = null;
    this.#answerAll(reason);
  }

  #answerAll(reason: string): void {
    const asked = this.#asked;
    this.#asked = [];
    for (const answer of asked) answer({ kind: "crashed", reason });
  }
}
