/**
 * One relay per store: who owns it, how others speak with the owner, and how one process hands the
 * store to the next.
 *
 * ```
 * old:  owning ──"drain"──> handing over ──> sessions end ──> gone
 * new:  beside ───────────────waiting──────> owning
 * ```
 *
 * INVARIANTS
 *
 * 1. Only the owner works on the queue. Both may take mail in: the database allows it.
 * 2. A store whose folder cannot be written to has no owner; the program goes on, refuses mail, and
 *    tries again.
 *
 * @module
 */

import { type ControlHandlers, type ControlServer, startControl } from "../control/server.ts";
import { askControl } from "../control/client.ts";
import { reasonOf, RelayError } from "../errors.ts";
import { log } from "../log.ts";
import { controlSocket } from "../store/layout.ts";
import { VERSION } from "../version.ts";
import { acquireLock, type Holder, type StoreLock } from "../store/lock.ts";

const records = log("app");

/** Longest wait for the old process to hand over its queue, and then its lock, in milliseconds. */
const HANDOVER_MS = 60_000;
/** How often an unwritable store is tried again, in milliseconds. */
const RETRY_MS = 1_000;

/** What an instance works with. */
export interface InstanceOptions {
  /** The store's folder. */
  readonly store: string;
  /** When this process started, in milliseconds since the epoch. */
  readonly startedAt: number;
  /** Whether the process that owns the store now is to hand it over. */
  readonly replace: boolean;
  /** What others may ask of us while we own the store; absent: nothing. */
  readonly handlers?: ControlHandlers;
  /** Called once the store is ours. */
  onOwned(): Promise<void>;
}

/** This process and its store. */
export class Instance {
  readonly #options: InstanceOptions;
  #holder: Holder;
  #lock: StoreLock | null = null;
  #control: ControlServer | null = null;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #ended = false;
  /** Whether another process owns the store until {@link Instance.takeOver}. */
  readonly beside: boolean;

  private constructor(options: InstanceOptions, lock: StoreLock | null, beside: boolean) {
    this.#options = options;
    this.#holder = holderOf(options);
    this.#lock = lock;
    this.beside = beside;
  }

  /**
   * Tries to make the store ours.
   *
   * @throws {RelayError} `store-in-use` when another process owns it and is not to be replaced.
   */
  static async open(options: InstanceOptions): Promise<Instance> {
    try {
      const lock = await acquireLock(options.store, holderOf(options));
      return new Instance(options, lock, false);
    } catch (error) {
      if (!(error instanceof RelayError)) throw error;
      if (error.code === "store-in-use" && options.replace) {
        return new Instance(options, null, true);
      }
      if (error.code === "store-in-use") throw error;
      records.error("store not locked; no mail is taken until it can be written to", {
        reason: error.message,
      });
      return new Instance(options, null, false);
    }
  }

  /**
   * Whether somebody works on the store: we, the process that we replace, or the one that replaces
   * us. What nobody would deliver must not be taken.
   */
  get owned(): boolean {
    return this.beside || this.#lock !== null || this.#ended;
  }

  /** Begins to own: at once, once the old process has handed over, or once the folder allows it. */
  async begin(listening: readonly string[]): Promise<void> {
    this.#holder = { ...this.#holder, listening };
    if (this.beside) await this.#takeOver();
    if (this.#lock !== null) await this.#own(this.#lock);
    else this.#tryAgain();
  }

  /** Lets the store go, for the process that replaces us. Never rejects. */
  async handOver(): Promise<void> {
    this.#ended = true;
    clearTimeout(this.#retry);
    // The next owner makes a socket of the same name.
    await this.#control?.retire();
    await this.#lock?.release();
    this.#lock = null;
  }

  /** Ends: nobody can ask us any more. Never rejects. */
  async close(): Promise<void> {
    await this.handOver();
    await this.#control?.close();
  }

  async #takeOver(): Promise<void> {
    const { store } = this.#options;
    records.info("taking the queue over", { store });
    const timeoutMs = HANDOVER_MS;
    try {
      await askControl(controlSocket(store), { command: "drain" }, { timeoutMs });
    } catch (error) {
      // It may have ended by itself meanwhile: the lock tells.
      records.warning("the process to replace did not answer", { reason: reasonOf(error) });
    }
    this.#lock = await acquireLock(store, this.#holder, { waitMs: HANDOVER_MS });
  }

  async #own(lock: StoreLock): Promise<void> {
    const { store, handlers, onOwned } = this.#options;
    await lock.update(this.#holder).catch((error) =>
      records.warning("holder not written", { reason: reasonOf(error) })
    );
    if (handlers) await this.#listen(controlSocket(store), handlers);
    await onOwned();
  }

  /** Lets others ask us; a folder that cannot be written to now may be mended later. */
  async #listen(socket: string, handlers: ControlHandlers, told = false): Promise<void> {
    try {
      this.#control = await startControl(socket, handlers);
      if (told) records.info("others can ask this process again");
      if (this.#ended) await this.#control.close();
    } catch (error) {
      if (!told) {
        const reason = reasonOf(error);
        records.warning(
          "nobody can ask this process: queue retry, drop and --replace do not work",
          { reason },
        );
      }
      if (this.#ended) return;
      this.#retry = setTimeout(() => void this.#listen(socket, handlers, true), RETRY_MS);
    }
  }

  #tryAgain(): void {
    this.#retry = setTimeout(async () => {
      try {
        this.#lock = await acquireLock(this.#options.store, this.#holder);
        if (this.#ended) return await this.handOver();
        records.info("store locked");
        await this.#own(this.#lock);
      } catch (error) {
        records.debug("store not locked", { reason: reasonOf(error) });
        if (!this.#ended) this.#tryAgain();
      }
    }, RETRY_MS);
  }
}

function holderOf({ startedAt }: InstanceOptions): Holder {
  return { pid: Deno.pid, hostname: hostname(), version: VERSION, startedAt, listening: [] };
}

/** The machine's name, where we may ask for it. */
function hostname(): string {
  try {
    return Deno.hostname();
  } catch {
    return "this host";
  }
}
