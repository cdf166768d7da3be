/**
 * Keeps connections to one mail server and lends them to one mail at a time.
 *
 * Invariants: never more than `maxConnections` are open, those being opened or closed included. A
 * mail waits only until a connection comes free or its signal says stop. After `close()` nothing
 * is open.
 *
 * @module
 */

import { RelayError } from "../../errors.ts";
import type { SmtpClient, SubmissionResult } from "./client.ts";
import { aborted } from "./client_wire.ts";
import type { Submission } from "./submission.ts";

/** How many connections to keep, and for how long. */
export interface PoolOptions {
  /** Opens a connection; rejects with a `RelayError` when there is none to be had. */
  open(signal: AbortSignal): Promise<SmtpClient>;
  /** Most connections at a time; default 20. */
  readonly maxConnections?: number;
  /** How long an unused connection is kept, in milliseconds; default 30 s. */
  readonly idleMs?: number;
  /** Mails after which a connection is replaced, so that none lives for ever; default 1,000. */
  readonly mailsPerConnection?: number;
}

/** How one mail gets its connection. */
export interface Acquiring {
  /** Opens one when none is free. */
  open(signal: AbortSignal): Promise<SmtpClient>;
  /** Ends the wait for one to come free, and nothing after that. */
  readonly patience?: AbortSignal;
}

/** Longest wait for farewells when the program ends, in milliseconds. */
const FAREWELL_MS = 500;

/** A mail that waits for a connection; `null` lends it the right to open one. */
type Waiter = (client: SmtpClient | null) => void;

/** The connections to one mail server. */
export class SmtpPool {
  readonly #options: Required<PoolOptions>;
  /** Least recently used first: what is not needed gets old and is closed. */
  readonly #idle: SmtpClient[] = [];
  readonly #busy = new Set<SmtpClient>();
  readonly #parting = new Set<SmtpClient>();
  readonly #waiters = new Set<Waiter>();
  readonly #closing = new AbortController();
  readonly #drained = Promise.withResolvers<void>();
  #open = 0;

  /** Makes a pool; nothing is opened before the first mail. */
  constructor(options: PoolOptions) {
    this.#options = { maxConnections: 20, idleMs: 30_000, mailsPerConnection: 1_000, ...options };
  }

  /** Connections that are open, being opened or being closed. */
  get size(): number {
    return this.#open;
  }

  /**
   * Hands one mail over, in one transaction. A kept connection that turns out to be dead before
   * the server has answered anything is replaced by a fresh one, once.
   *
   * @param submission The mail.
   * @param signal Ends the attempt, until the end of data is sent.
   * @param how How this mail gets its connection; default: as all.
   * @throws {RelayError} When no connection can be had: as `open` does, or `aborted`.
   */
  async send(
    submission: Submission,
    signal: AbortSignal,
    how: Acquiring = this.#options,
  ): Promise<SubmissionResult> {
    const result = await this.#sendOver(await this.#acquire(signal, how), submission, signal);
    if (!result.stale || signal.aborted) return result;
    // If one was dead, the others are likely to be: the server has been restarted.
    for (const client of this.#idle.splice(0)) this.#dismiss(client);
    return this.#sendOver(await this.#acquire(signal, how), submission, signal);
  }

  /** Ends all connections, the unused ones with QUIT. Transactions under way end in `deferred`. */
  async close(): Promise<void> {
    this.#closing.abort(new RelayError("aborted", "shutting down"));
    for (const client of this.#idle.splice(0)) this.#dismiss(client);
    for (const client of this.#busy) client.cut("shutting down");
    const timer = setTimeout(() => {
      for (const client of this.#parting) client.cut("shutting down");
    }, FAREWELL_MS);
    if (this.#open > 0) await this.#drained.promise;
    clearTimeout(timer);
  }

  async #sendOver(
    client: SmtpClient,
    submission: Submission,
    signal: AbortSignal,
  ): Promise<SubmissionResult> {
    try {
      return await client.send(submission, signal);
    } finally {
      this.#release(client);
    }
  }

  async #acquire(signal: AbortSignal, { open, patience }: Acquiring): Promise<SmtpClient> {
    if (this.#closing.signal.aborted) throw aborted(this.#closing.signal);
    const kept = this.#idle.pop() ??
      await this.#slot(patience ? AbortSignal.any([signal, patience]) : signal);
    const client = kept ?? await this.#openInSlot(signal, open);
    this.#busy.add(client);
    return client;
  }

  /** Waits until a connection may be opened (`null`) or has come free. */
  async #slot(signal: AbortSignal): Promise<SmtpClient | null> {
    if (this.#open < this.#options.maxConnections) {
      this.#open++;
      return null;
    }
    const { promise, resolve, reject } = Promise.withResolvers<SmtpClient | null>();
    const { signal: closing } = this.#closing;
    const giveUp = () => {
      // At once: who has given up must not be lent anything, or it would never come back.
      this.#waiters.delete(resolve);
      reject(aborted(signal.aborted ? signal : closing));
    };
    this.#waiters.add(resolve);
    signal.addEventListener("abort", giveUp);
    closing.addEventListener("abort", giveUp);
    try {
      if (signal.aborted) giveUp();
      return await promise;
    } finally {
      signal.removeEventListener("abort", giveUp);
      closing.removeEventListener("abort", giveUp);
    }
  }

  async #openInSlot(signal: AbortSignal, open: PoolOptions["open"]): Promise<SmtpClient> {
    try {
      return await open(AbortSignal.any([signal, this.#closing.signal]));
    } catch (error) {
      this.#freeSlot();
      throw error;
    }
  }

  #release(client: SmtpClient): void {
    this.#busy.delete(client);
    const { mailsPerConnection, idleMs } = this.#options;
    const keep = client.usable && client.transactions < mailsPerConnection &&
      !this.#closing.signal.aborted;
    if (!keep) {
      this.#dismiss(client);
    } else if (!this.#lend(client)) {
      this.#idle.push(client);
      client.idle(idleMs, () => {
        const at = this.#idle.indexOf(client);
        // The server may hang up in the moment between a mail's taking it and its first command.
        if (at < 0) return;
        this.#idle.splice(at, 1);
        this.#dismiss(client);
      });
    }
  }

  #dismiss(client: SmtpClient): void {
    this.#parting.add(client);
    // Never rejects, and has its own time limit; `close()` waits for the slots to come free.
    client.quit().finally(() => {
      this.#parting.delete(client);
      this.#freeSlot();
    });
  }

  #freeSlot(): void {
    if (this.#lend(null)) return;
    this.#open--;
    if (this.#open === 0 && this.#closing.signal.aborted) this.#drained.resolve();
  }

  /** Gives a connection, or the right to open one, to the mail that has waited longest. */
  #lend(client: SmtpClient | null): boolean {
    const [waiter] = this.#waiters;
    if (waiter === undefined) return false;
    this.#waiters.delete(waiter);
    waiter(client);
    return true;
  }
}
