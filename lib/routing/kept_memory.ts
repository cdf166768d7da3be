/**
 * Reads and saves what polling remembers, within the store's patience and the disk's.
 *
 * INVARIANTS
 *
 * 1. Nothing is saved before what was saved has been read.
 * 2. Nothing is saved after the end: another one may have taken over.
 *
 * @module
 */

import { reasonOf } from "../errors.ts";
import type { Log } from "../log.ts";
import { settledWithin } from "./lookups/limits.ts";
import { readMemory, type StageMemory, writeMemory } from "./silent_memory.ts";
import type { SilentStages } from "./silent_stages.ts";
import type { StageHistory } from "./stage_history.ts";

/** What is kept, and where. */
export interface KeptMemoryOptions {
  /** Keeps the text. */
  readonly memory: StageMemory;
  /** Runs and announcements. */
  readonly stages: SilentStages;
  /** States. */
  readonly history: StageHistory;
  /** How often to save at most, in ms; default 5,000. */
  readonly saveMs?: number | undefined;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Where faults are told. */
  readonly log: Log;
}

/** Longest wait for the store, in ms. */
const STORE_LIMIT_MS = 10_000;

type Done<T> =
  | { readonly kind: "done"; readonly value: T }
  | { readonly kind: "failed"; readonly reason: string };

/** The memory of one server's polling. */
export class KeptMemory {
  readonly #options: KeptMemoryOptions;
  #loaded = false;
  #changed = false;
  #nextAt = -Infinity;
  #pauseMs = 0;
  #soonestAt = -Infinity;
  #end: Promise<void> | undefined;

  /** Makes it; nothing is read before {@link load}. */
  constructor(options: KeptMemoryOptions) {
    this.#options = options;
  }

  /** When there is something to save, in ms since the epoch. */
  get nextAt(): number {
    if (!this.#changed || !this.#loaded) return Infinity;
    const now = this.#options.now();
    // A clock that was set back must not keep anything from being saved.
    return this.#nextAt - now > this.#pauseMs ? now : this.#nextAt;
  }

  /** Takes note that something has changed; `soon`: it must not get lost. */
  touch(soon = false): void {
    this.#changed = true;
    if (soon) this.#nextAt = Math.min(this.#nextAt, this.#soonestAt);
  }

  /**
   * Reads what was saved, once; says why it cannot be read, or `null`.
   *
   * @param since Runs that ended before are not announced any more; ms since the epoch.
   */
  async load(since: number, signal: AbortSignal): Promise<string | null> {
    if (this.#loaded) return null;
    const { memory, stages, history, now, log } = this.#options;
    const read = await limited(memory.load(), signal);
    if (read.kind === "failed") return `what was known cannot be read: ${read.reason}`;
    const text = read.value;
    if (text !== null && !readMemory(text, { stages, history, now: now(), since })) {
      log.warning("what was known of GoCD's stages is not readable; beginning anew");
    }
    this.#loaded = true;
    return null;
  }

  /** Saves what is due. */
  async saveDue(): Promise<void> {
    if (this.#end === undefined && this.#options.now() >= this.nextAt) await this.#save();
  }

  /** Saves for the last time. */
  end(): Promise<void> {
    return this.#end ??= this.#save();
  }

  async #save(): Promise<void> {
    if (!this.#changed || !this.#loaded) return;
    const { memory, stages, history, log, now, saveMs = 5_000 } = this.#options;
    this.#changed = false;
    const began = performance.now();
    const text = writeMemory(stages, history);
    // Where there are many stages, writing must not take more than a hundredth of the time.
    const leastMs = 100 * (performance.now() - began);
    this.#soonestAt = now() + leastMs;
    this.#pauseMs = Math.max(saveMs, leastMs);
    this.#nextAt = now() + this.#pauseMs;
    const saved = await limited(memory.save(text));
    if (saved.kind === "done") return;
    this.#changed = true;
    log.debug("what is known of GoCD's stages is not saved", { reason: saved.reason });
  }
}

/** What came of something that the store does. */
async function limited<T>(promise: Promise<T>, signal?: AbortSignal): Promise<Done<T>> {
  const done = promise.then(
    (value): Done<T> => ({ kind: "done", value }),
    (error): Done<T> => ({ kind: "failed", reason: reasonOf(error) }),
  );
  return await settledWithin(done, STORE_LIMIT_MS, signal) ??
    { kind: "failed", reason: "no answer" };
}
