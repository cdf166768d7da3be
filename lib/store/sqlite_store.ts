/**
 * The embedded store, as the thread that serves sessions sees it. What callers bring becomes rows
 * for the database's thread (`database_line.ts`), large messages become files (`incoming_mails.ts`).
 *
 * @module
 */

import type { HistoryConfig } from "../config/types.ts";
import { RelayError } from "../errors.ts";
import type { JournalEvent } from "../mail/journal.ts";
import { DatabaseLine } from "./database_line.ts";
import { IncomingMails } from "./incoming_mails.ts";
import { OPERATION_NAMES } from "./operation_names.ts";
import { recordOctets, rowOctets } from "./rows.ts";
import { SpaceGuard } from "./space.ts";
import type {
  ClaimedDelivery,
  ClaimId,
  ClaimRequest,
  NewJournalRecord,
  NewMail,
  QueueCounts,
  RecentMail,
  Settlement,
  Store,
  StoreHealth,
} from "./store.ts";
import { claimedDelivery } from "./stored_message.ts";
import { Upkeep } from "./upkeep.ts";
import { WorkerLink } from "./worker_link.ts";
import type { DatabaseLink, Problem } from "./worker_messages.ts";

/** How often the journal is pruned, in seconds. */
const PRUNE_EVERY_S = 60;

/** What an event takes in memory, about, in octets. */
const EVENT_OCTETS = 1_024;

/** How to open a store. */
export interface SqliteStoreOptions {
  /** Its folder; made where it is missing. */
  readonly path: string;
  /** Space that must stay free beside it for new mail to be taken, in octets; 0: none. */
  readonly minFreeOctets: number;
  /** What the journal keeps, and how long. */
  readonly history: HistoryConfig;
  /** The queue time. */
  readonly now: () => number;
  /** The way to the thread of the database; a Worker, unless a test says otherwise. */
  readonly link?: DatabaseLink;
}

/** Opens a store; calls wait until it is open. */
export function openSqliteStore(options: SqliteStoreOptions): Store {
  return new SqliteStore(options);
}

/** This literal form is what `deno compile` looks for to take the file along. */
function startWorker(): Worker {
  return new Worker(new URL("./sqlite_worker.ts", import.meta.url), { type: "module" });
}

class SqliteStore implements Store {
  readonly opened: Promise<void>;
  readonly #options: SqliteStoreOptions;
  readonly #line: DatabaseLine;
  readonly #incoming: IncomingMails;
  readonly #guard: SpaceGuard;
  readonly #upkeep: Upkeep;
  #scarce: Problem | null = null;
  #second = 0;

  constructor(options: SqliteStoreOptions) {
    const { path, minFreeOctets, history, now, link = new WorkerLink(startWorker) } = options;
    this.#options = options;
    this.#line = new DatabaseLine({ store: path, link, history, now });
    this.#incoming = new IncomingMails(path, (text = history.text) => ({ text, now: now() }));
    this.#guard = new SpaceGuard(path, minFreeOctets);
    this.#upkeep = new Upkeep([
      () => this.#look(),
      () => this.#line.mend(),
      () => this.#keepUp(),
    ]);
    this.opened = this.#open();
  }

  async #open(): Promise<void> {
    await this.#line.open();
    await this.#look();
    this.#upkeep.start();
  }

  health(): StoreHealth {
    const problem = this.#line.problem ?? this.#scarce;
    if (problem === null) return { kind: "ready" };
    return { kind: problem.code === "store-full" ? "full" : "failed", reason: problem.reason };
  }

  accept(mails: readonly NewMail[]): Promise<readonly ClaimId[]> {
    const scarce = this.#scarce;
    const refusal = scarce === null
      ? this.#line.refusal("accept")
      : new RelayError(scarce.code, `Cannot ${OPERATION_NAMES.accept}: ${scarce.reason}`);
    if (refusal) return Promise.reject(refusal);
    const octets = mails.reduce((sum, mail) => sum + rowOctets(mail), 0);
    return this.#incoming.write(
      mails,
      (rows) => this.#line.submit({ kind: "accept", mails: rows }, octets),
    );
  }

  note(entry: NewJournalRecord): Promise<void> | void {
    if (this.#options.history.keepMs === 0) return;
    return this.#incoming.note(
      entry,
      (record) => this.#line.later({ kind: "note", record }, recordOctets(record)),
    );
  }

  append(queueId: string, events: readonly JournalEvent[]): Promise<void> | void {
    return this.#incoming.after(
      queueId,
      () => this.#line.later({ kind: "append", queueId, events }, EVENT_OCTETS * events.length),
    );
  }

  async claim(request: ClaimRequest): Promise<readonly ClaimedDelivery[]> {
    const rows = await this.#line.submit({ kind: "claim", request });
    return rows.map((row) => claimedDelivery(row, this.#options.path));
  }

  async release(claims: readonly ClaimId[]): Promise<void> {
    await this.#line.submit({ kind: "release", claims });
  }

  settle({ mails, ...settlement }: Settlement): Promise<readonly ClaimId[]> {
    const octets = mails.reduce((sum, mail) => sum + rowOctets(mail), 0);
    return this.#incoming.write(
      mails,
      (rows) =>
        this.#line.submit({ kind: "settle", settlement: { ...settlement, mails: rows } }, octets),
    );
  }

  hasten(destination: string, now: number): Promise<number> {
    return this.#line.submit({ kind: "hasten", destination, now });
  }

  destinations(): Promise<readonly string[]> {
    return this.#line.submit({ kind: "destinations" });
  }

  retry(
    request: { readonly queueId?: string; readonly now: number },
  ): Promise<readonly string[]> {
    return this.#line.submit({ kind: "retry", ...request, at: Date.now() });
  }

  drop(queueId: string): Promise<{ readonly found: boolean; readonly underWay: boolean }> {
    return this.#line.submit({ kind: "drop", queueId, at: Date.now() });
  }

  expire(acceptedBefore: number): Promise<number> {
    return this.#line.submit({ kind: "expire", acceptedBefore, at: Date.now() });
  }

  counts(): Promise<QueueCounts> {
    return this.#line.submit({ kind: "counts" });
  }

  lastTrace(queueId: string): Promise<unknown> {
    return this.#line.submit({ kind: "last-trace", queueId });
  }

  readState(key: string): Promise<string | null> {
    return this.#line.submit({ kind: "read-state", key });
  }

  async writeState(key: string, value: string): Promise<void> {
    await this.#line.submit({ kind: "write-state", key, value });
  }

  recentMails(
    request: { readonly since: number; readonly limit: number },
  ): Promise<readonly RecentMail[]> {
    return this.#line.submit({ kind: "recent-mails", ...request });
  }

  async close(): Promise<void> {
    await this.opened;
    await this.#upkeep.stop();
    await this.#incoming.settled();
    await this.#line.close();
  }

  async #look(): Promise<void> {
    this.#scarce = await this.#guard.look();
  }

  async #keepUp(): Promise<void> {
    if (this.#second++ % PRUNE_EVERY_S === 5) await this.#line.prune();
    await this.#line.shorten(this.#scarce !== null);
  }
}
