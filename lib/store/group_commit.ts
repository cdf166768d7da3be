/**
 * Gathers what is to be written while a commit is under way, so that the next commit takes all of
 * it: a commit costs a wait for the disk, however much is in it.
 *
 * INVARIANTS
 *
 * 1. One commit is under way at a time; operations are committed in the order in which they came.
 * 2. Nothing waits for ever: what nobody waits for goes with the next commit, or after `LAZY_MS`.
 * 3. What waits is bounded, in number and octets.
 *
 * @module
 */

import { setImmediate } from "node:timers";
import { RelayError } from "../errors.ts";
import type { Answers, Operation, Transacted } from "./operations.ts";
import { storeError } from "./store_error.ts";

/** Longest wait of what nobody waits for, in milliseconds. */
const LAZY_MS = 100;

/** So many of them do not wait any longer for others. */
const LAZY_MANY = 200;

/** From here on whoever brings more of what nobody waits for is asked to wait; twice it is lost. */
const LAZY_LIMIT = { operations: 5_000, octets: 8_388_608 } as const;

/** When so much waits, no more mail is taken. */
const WAITING_LIMIT = { operations: 50_000, octets: 134_217_728 } as const;

/** Bounds on one commit. */
const COMMIT_LIMIT = { operations: 2_000, octets: 16_777_216 } as const;

/** Most operations of a commit while the disk is full: what is freed must pay for the next one. */
const CAREFUL_OPERATIONS = 4;

/** What a commit came to. */
export type Committed =
  | { readonly kind: "done"; readonly results: readonly Transacted[] }
  | { readonly kind: "failed"; readonly error: RelayError };

/** What gathers is given. */
export interface GroupCommitOptions {
  /** Does all of it as one transaction. Never rejects. */
  commit(operations: readonly Operation[]): Promise<Committed>;
  /** Told how many of those that nobody waits for could not be written. */
  onLost(count: number, reason: string): void;
}

interface Waiting {
  readonly operation: Operation;
  readonly octets: number;
  /** Absent: nobody waits for it. */
  readonly caller?: {
    resolve(answer: Transacted): void;
    reject(error: RelayError): void;
  };
}

/** Operations on their way to the disk. */
export class GroupCommit {
  readonly #options: GroupCommitOptions;
  #waiting: Waiting[] = [];
  #octets = 0;
  /** Of what waits: what nobody waits for. */
  #lazy = { operations: 0, octets: 0 };
  #state: "held" | "idle" | "scheduled" | "committing" = "held";
  #timer: ReturnType<typeof setTimeout> | undefined;
  #relief: PromiseWithResolvers<void> | null = null;
  #drained: PromiseWithResolvers<void> | null = null;

  /** Whether commits are to be small, because the disk is full. */
  careful = false;

  /** Gathers until `start()`. */
  constructor(options: GroupCommitOptions) {
    this.#options = options;
  }

  /** Begins to commit. */
  start(): void {
    if (this.#state !== "held") return;
    this.#state = "idle";
    this.#goOn();
  }

  /** Whether nothing waits and nothing is under way. */
  get idle(): boolean {
    return this.#state === "idle" && this.#waiting.length === 0;
  }

  /**
   * Writes an operation with the next commit.
   *
   * @param octets About how much memory it takes while it waits.
   * @throws {RelayError} `store-full` or `store-failed`: nothing happened.
   */
  async submit<Kind extends Operation["kind"]>(
    operation: Operation & { readonly kind: Kind },
    octets = 0,
  ): Promise<Answers[Kind]> {
    const { promise, resolve, reject } = Promise.withResolvers<Transacted>();
    // What becomes of deliveries must be told all the same; the number of claims bounds that.
    if (operation.kind === "accept" && this.#isOver(WAITING_LIMIT)) {
      throw new RelayError("store-failed", "Cannot write to the store: too much waits already");
    }
    this.#push({ operation, octets, caller: { resolve, reject } });
    const result = await promise;
    if (result.kind === "done") return result.answer as Answers[Kind];
    throw storeError(`${operation.kind} in the store`, new Error(result.reason));
  }

  /**
   * Writes an operation some time soon.
   *
   * @returns A promise when more waits than should; to be awaited before more is brought.
   */
  later(operation: Operation, octets: number): Promise<void> | void {
    const { operations, octets: held } = this.#lazy;
    const { operations: most, octets: mostOctets } = LAZY_LIMIT;
    if (operations >= 2 * most || held >= 2 * mostOctets) {
      return this.#options.onLost(1, "too much waits to be written");
    }
    this.#lazy = { operations: operations + 1, octets: held + octets };
    this.#push({ operation, octets });
    if (operations + 1 < most && held + octets < mostOctets) return;
    this.#relief ??= Promise.withResolvers();
    return this.#relief.promise;
  }

  /** Writes all that waits; settles when nothing does any more. */
  async drain(): Promise<void> {
    this.start();
    if (this.idle) return;
    this.#drained ??= Promise.withResolvers();
    this.#goOn();
    await this.#drained.promise;
  }

  #isOver(limit: { readonly operations: number; readonly octets: number }): boolean {
    return this.#waiting.length >= limit.operations || this.#octets >= limit.octets;
  }

  #push(waiting: Waiting): void {
    this.#waiting.push(waiting);
    this.#octets += waiting.octets;
    this.#goOn();
  }

  /** Commits soon where anybody waits, later where nobody does. */
  #goOn(): void {
    if (this.#state !== "idle" || this.#waiting.length === 0) return;
    const lazy = this.#lazy.operations;
    if (lazy < this.#waiting.length || lazy >= LAZY_MANY || this.#drained !== null) {
      this.#schedule();
    } else this.#timer ??= setTimeout(() => this.#schedule(), LAZY_MS);
  }

  /** What is ready to run now may bring more for the same commit. */
  #schedule(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#state = "scheduled";
    setImmediate(() => void this.#commit());
  }

  async #commit(): Promise<void> {
    this.#state = "committing";
    const batch = this.#take();
    const committed = await this.#options.commit(batch.map(({ operation }) => operation));
    settle(batch, committed, this.#options.onLost);
    this.#state = "idle";
    if (this.#waiting.length > 0) return this.#goOn();
    this.#drained?.resolve();
    this.#drained = null;
  }

  /** Takes from the front what one commit may hold. */
  #take(): readonly Waiting[] {
    const most = this.careful ? CAREFUL_OPERATIONS : COMMIT_LIMIT.operations;
    let count = 0;
    let octets = 0;
    for (const waiting of this.#waiting) {
      const fits = count < most && octets + waiting.octets <= COMMIT_LIMIT.octets;
      if (!fits && count > 0) break;
      count++;
      octets += waiting.octets;
    }
    const batch = this.#waiting.slice(0, count);
    this.#waiting = this.#waiting.slice(count);
    this.#octets -= octets;
    this.#relieve(batch.filter(({ caller }) => caller === undefined));
    return batch;
  }

  #relieve(lazy: readonly Waiting[]): void {
    this.#lazy = {
      operations: this.#lazy.operations - lazy.length,
      octets: lazy.reduce((left, { octets }) => left - octets, this.#lazy.octets),
    };
    if (this.#lazy.operations >= LAZY_LIMIT.operations) return;
    if (this.#lazy.octets >= LAZY_LIMIT.octets) return;
    this.#relief?.resolve();
    this.#relief = null;
  }
}

/** Tells everybody what became of their operation. */
function settle(
  batch: readonly Waiting[],
  committed: Committed,
  onLost: GroupCommitOptions["onLost"],
): void {
  let lost = 0;
  let reason = "";
  batch.forEach(({ caller }, index) => {
    const result: Transacted = committed.kind === "failed"
      ? { kind: "failed", reason: committed.error.message }
      : committed.results[index] ?? { kind: "failed", reason: "no answer" };
    if (caller === undefined && result.kind === "failed") {
      lost++;
      reason = result.reason;
    } else if (committed.kind === "failed") caller?.reject(committed.error);
    else caller?.resolve(result);
  });
  if (lost > 0) onLost(lost, reason);
}
