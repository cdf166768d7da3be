/**
 * Mails for a store, and a store whose database is on the test's own thread, where its calls can be
 * made to fail.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { ErrorCode } from "../../lib/errors.ts";
import { RelayError } from "../../lib/errors.ts";
import { DatabaseService, type SourceOf } from "../../lib/store/database_service.ts";
import { MessageSpool, type SpooledMessage } from "../../lib/store/spool.ts";
import { sqliteSource } from "../../lib/store/sqlite_source.ts";
import { openSqliteStore, type SqliteStoreOptions } from "../../lib/store/sqlite_store.ts";
import type {
  ClaimedDelivery,
  NewDelivery,
  NewMail,
  Settlement,
  StorableMail,
  Store,
} from "../../lib/store/store.ts";
import type { DatabaseLink, WorkerReply, WorkerRequest } from "../../lib/store/worker_messages.ts";
import { mailOf, octetsOf } from "./mails.ts";
import { newDelivery, queueIdOf } from "./stored_mails.ts";

/** Octets of a message that stays in memory, in these tests. */
export const MEMORY_OCTETS = 200;

/** A database on the test's own thread. */
export class OwnThread implements DatabaseLink {
  readonly #service: DatabaseService;
  /** What was asked. */
  readonly asked: WorkerRequest["kind"][] = [];

  /** SQLite's, unless the test has others. */
  constructor(source: SourceOf = sqliteSource) {
    this.#service = new DatabaseService(source, () => {});
  }

  /** Answers after whatever else is ready to run. */
  async ask(request: WorkerRequest): Promise<WorkerReply> {
    this.asked.push(request.kind);
    await Promise.resolve();
    const reply = this.#service.answer(request);
    this.#service.tidy();
    return reply;
  }

  /** Nothing is left. */
  close(): void {}
}

/** Opens a store; whatever is not given is usual. */
export function openStore(
  path: string,
  options: Partial<SqliteStoreOptions> = {},
): Store {
  const history = { text: "headers", keepMs: 86_400_000, sizeOctets: 100_000_000 } as const;
  return openSqliteStore({ path, minFreeOctets: 0, history, now: () => 10_000, ...options });
}

/** Runs a test on a store in a folder of its own. */
export async function inStore(
  test: (store: Store, folder: string) => Promise<void>,
  options: Partial<SqliteStoreOptions> = {},
): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "mail2alert-store-" });
  const store = openStore(folder, options);
  try {
    await store.opened;
    await test(store, folder);
  } finally {
    await store.close();
    await Deno.remove(folder, { recursive: true });
  }
}

/** Octets as the spool holds them: in a file, when there are many. */
export async function spooled(
  folder: string,
  queueId: string,
  text: string,
): Promise<SpooledMessage> {
  const writer = new MessageSpool(folder, MEMORY_OCTETS).open(queueId);
  await writer.write(octetsOf(text));
  return await writer.finish();
}

/** A mail for the store; whatever is not given is usual. */
export function newMail(
  number: number,
  { message, deliveries = [newDelivery()], ...differs }:
    & Partial<NewMail>
    & { readonly message?: StorableMail["message"] } = {},
): NewMail {
  const queueId = queueIdOf(number);
  const usual = mailOf(`Subject: mail ${number}\r\n\r\nbody of ${number}\r\n`);
  const mail: StorableMail = { ...usual, queueId, message: message ?? usual.message };
  const { envelope, receivedAt } = mail;
  const entry = { queueId, receivedAt, envelope, octets: mail.message.octets };
  return {
    mail,
    deliveries,
    settled: [],
    routedBy: "r1",
    acceptedAt: 500,
    journal: { entry, message: mail.message, state: "open", events: [] },
    ...differs,
  };
}

/** Claims what is due for a destination. */
export function claimDue(
  store: Store,
  { destination = "smarthost", now = 10_000, limit = 100, maxOctets = 1_000_000 } = {},
): Promise<readonly ClaimedDelivery[]> {
  return store.claim({ kind: "due", destination, now, limit, maxOctets });
}

/** Ends a claim, as delivered; whatever is not given is usual. */
export function delivered(
  { id, mail }: { readonly id: number; readonly mail: { readonly queueId: string } },
  differs: Partial<Settlement> = {},
): Settlement {
  const { queueId } = mail;
  const usual = { replacements: [], settled: [], events: [], end: "delivered", mails: [] } as const;
  return { claim: id, queueId, ...usual, ...differs };
}

/** Asserts that a call fails with that code. */
export async function fails(call: Promise<unknown>, code: ErrorCode): Promise<void> {
  await assert.rejects(call, (error) => error instanceof RelayError && error.code === code);
}

/** Deliveries that are claimed at once. */
export function atOnce(differs: Partial<NewDelivery> = {}): readonly NewDelivery[] {
  return [newDelivery({ claim: true, ...differs })];
}
