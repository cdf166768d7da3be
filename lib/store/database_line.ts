/**
 * The line to the thread that owns the database: what is to be written is gathered into commits,
 * and whether that thread can write is known on this side without asking.
 *
 * INVARIANTS
 *
 * 1. While the database is being opened, operations wait. While it cannot be written to they are
 *    refused at once; on a full disk only those that lengthen the queue.
 * 2. What fails is tried again every second, until it works.
 *
 * @module
 */

import type { HistoryConfig } from "../config/types.ts";
import { reasonOf, RelayError } from "../errors.ts";
import { log } from "../log.ts";
import { type Committed, GroupCommit } from "./group_commit.ts";
import { OPERATION_NAMES } from "./operation_names.ts";
import type { Answers, Operation } from "./operations.ts";
import { packOctets } from "./rows.ts";
import { storeError } from "./store_error.ts";
import type { DatabaseLink, Problem } from "./worker_messages.ts";

const records = log("store");

/** Pause between two warnings about journal records that were lost, in milliseconds. */
const WARN_EVERY_MS = 60_000;

/** Most portions of the journal that are deleted in a row. */
const PRUNE_PORTIONS = 200;

/** The same while the disk is full, between two tries. */
const FULL_PRUNE_PORTIONS = 10;

/** Longest wait for the other thread when everything ends, in milliseconds. */
const CLOSE_MS = 10_000;

/** What needs space on the disk, so that it is not tried while there is none. */
const LENGTHENS: readonly Operation["kind"][] = ["accept", "note", "append"];

/** What a line is given. */
export interface LineOptions {
  /** The folder of the store. */
  readonly store: string;
  /** The way to the other thread. */
  readonly link: DatabaseLink;
  /** What the journal keeps, and how long. */
  readonly history: HistoryConfig;
  /** The queue time. */
  readonly now: () => number;
}

/** The other thread ended before it told what became of a commit. */
export class UnknownOutcome extends Error {}

/** The line to one database. */
export class DatabaseLine {
  readonly #options: LineOptions;
  readonly #group: GroupCommit;
  #problem: Problem | null;
  #phase: "opening" | "open" | "closed" = "opening";
  #lost = { count: 0, warnedAt: -Infinity };
  /** How many commits there have been: in all, at the last look, before the log was shortened. */
  #commits = { all: 0, seen: 0, shortened: 0 };

  /** Opens nothing yet. */
  constructor(options: LineOptions) {
    this.#options = options;
    this.#problem = { code: "store-failed", reason: `${options.store} is being opened` };
    this.#group = new GroupCommit({
      commit: (operations) => this.#commit(operations),
      onLost: (count, reason) => this.#lose(count, reason),
    });
  }

  /** Why the database cannot be written to. */
  get problem(): Problem | null {
    return this.#problem;
  }

  /** Tries to open it, for the first time. */
  async open(): Promise<void> {
    await this.#try();
    if (this.#phase === "opening") this.#phase = "open";
    this.#group.start();
  }

  /** Why an operation would be refused right now. */
  refusal(kind: Operation["kind"]): RelayError | null {
    if (this.#phase === "opening" || (this.#phase === "open" && this.#problem === null)) {
      return null;
    }
    const { code, reason } = this.#phase === "closed" || this.#problem === null
      ? { code: "store-failed" as const, reason: "it is closed" }
      : this.#problem;
    if (code === "store-full" && !LENGTHENS.includes(kind)) return null;
    return new RelayError(code, `Cannot ${OPERATION_NAMES[kind]}: ${reason}`);
  }

  /** Does an operation; `octets`: how much memory it takes. Rejects when nothing of it happened. */
  submit<Kind extends Operation["kind"]>(
    operation: Operation & { readonly kind: Kind },
    octets = 0,
  ): Promise<Answers[Kind]> {
    const refusal = this.refusal(operation.kind);
    return refusal ? Promise.reject(refusal) : this.#group.submit<Kind>(operation, octets);
  }

  /** Does an operation some time soon; a promise when more waits than should. Never rejects. */
  later(operation: Operation, octets: number): Promise<void> | void {
    const refusal = this.refusal(operation.kind);
    if (refusal) return this.#lose(1, refusal.message);
    return this.#group.later(operation, octets);
  }

  /** Tries again what failed. A chore of every second. */
  async mend(): Promise<void> {
    if (this.#phase !== "open" || this.#problem === null) return;
    // The journal may be what has filled the disk.
    if (this.#problem.code === "store-full") await this.#prunePortions(FULL_PRUNE_PORTIONS);
    await this.#try();
  }

  /** Deletes what the journal need not keep. */
  async prune(): Promise<void> {
    if (this.#problem === null) await this.#prunePortions(PRUNE_PORTIONS);
  }

  async #prunePortions(most: number): Promise<void> {
    const { history, link, now } = this.#options;
    const limits = { notedBefore: now() - history.keepMs, octets: history.sizeOctets };
    for (let portion = 0; portion < most && this.#phase === "open"; portion++) {
      const reply = await link.ask({ kind: "prune", limits });
      if (reply.kind !== "done" || !reply.more) return;
    }
  }

  /**
   * Has the database's log shortened when nothing has been written since the last call. Where space
   * is scarce that does not count, and all that is free in the database goes back to the disk:
   * delivered mail must make room for what comes next.
   */
  async shorten(scarce: boolean): Promise<void> {
    const { all, seen, shortened } = this.#commits;
    const well = this.#phase === "open" && this.#problem === null;
    const due = well && (scarce || this.#group.idle && all === seen && all !== shortened);
    this.#commits = { all, seen: all, shortened: due ? all : shortened };
    if (due) await this.#options.link.ask({ kind: "shorten", scarce });
  }

  /** Writes what waits, then closes. Never rejects. */
  async close(): Promise<void> {
    this.#phase = "closed";
    const { link } = this.#options;
    const over = Promise.withResolvers<void>();
    const timer = setTimeout(over.resolve, CLOSE_MS);
    await Promise.race([this.#group.drain().then(() => link.ask({ kind: "close" })), over.promise]);
    clearTimeout(timer);
    link.close();
  }

  async #try(): Promise<void> {
    const { link, store } = this.#options;
    const reply = await link.ask({ kind: "open", store });
    if (this.#phase === "closed") return;
    if (reply.kind === "state") this.#found(reply.problem);
    else this.#crashed(reply.kind === "crashed" ? reply.reason : reply.kind);
  }

  async #commit(operations: readonly Operation[]): Promise<Committed> {
    this.#commits.all++;
    let reply;
    try {
      const packed = packOctets(operations);
      reply = await this.#options.link.ask({ kind: "commit", operations }, [packed]);
    } catch (error) {
      // Something in there cannot be sent to another thread: a bug, and nothing of it was sent.
      records.error("operations not sent", { reason: reasonOf(error) });
      return { kind: "failed", error: storeError("write to the store", error) };
    }
    switch (reply.kind) {
      case "committed":
        if (reply.problem !== null) this.#found(reply.problem);
        return { kind: "done", results: reply.results };
      case "not-committed":
        this.#found(reply.problem);
        return { kind: "failed", error: new RelayError(reply.problem.code, reply.problem.reason) };
      case "crashed":
      case "state":
      case "done":
        return { kind: "failed", error: this.#crashed("reason" in reply ? reply.reason : "") };
    }
  }

  #crashed(reason: string): RelayError {
    const text = `the thread of the database crashed (${reason}), another one takes its place`;
    this.#found({ code: "store-failed", reason: text });
    const cause = new UnknownOutcome(reason);
    return new RelayError("store-failed", `Cannot write to the store: ${text}`, { cause });
  }

  /** What a try, or a commit, has shown. */
  #found(problem: Problem | null): void {
    const before = this.#problem;
    this.#problem = problem;
    this.#group.careful = problem?.code === "store-full";
    const known = this.#phase === "opening" ? null : before;
    if (problem === null && known !== null) records.info("store can be written again");
    if (problem === null || problem.code === known?.code) return;
    const { reason } = problem;
    records.error(problem.code === "store-full" ? "store full" : "store failed", { reason });
  }

  #lose(count: number, reason: string): void {
    const { warnedAt } = this.#lost;
    this.#lost.count += count;
    const now = performance.now();
    if (now - warnedAt < WARN_EVERY_MS) return;
    records.warning("journal records lost", { count: this.#lost.count, reason });
    this.#lost = { count: 0, warnedAt: now };
  }
}
