/**
 * A real store in a folder of its own, as a relay that has stopped left it.
 *
 * @module
 */

import { runCommandLine } from "../../lib/cli/command_line.ts";
import type { HistoryConfig } from "../../lib/config/types.ts";
import type { JournalEvent } from "../../lib/mail/journal.ts";
import type { NewDelivery, NewMail, Store } from "../../lib/store/store.ts";
import { openSqliteStore } from "../../lib/store/sqlite_store.ts";
import { type CapturedTerminal, capturedTerminal } from "./captured_terminal.ts";
import { LIFE } from "./queued_mails.ts";
import { envelopeOf, mailOf } from "./mails.ts";

/** What a mail for the store is to be like; whatever is not given is usual. */
export interface Filling {
  /** Its queue id. */
  readonly queueId: string;
  /** Its message. */
  readonly text?: string;
  /** Its reverse-path. */
  readonly from?: string;
  /** Its forward-paths. */
  readonly to?: readonly string[];
  /** Its one delivery. */
  readonly delivery?: Partial<NewDelivery>;
  /** What has happened to it. */
  readonly events?: readonly JournalEvent[];
}

/** A filled store, and the commands that look into it. */
export interface FilledStore {
  /** Its folder. */
  readonly folder: string;
  /** What the commands have said. */
  readonly terminal: CapturedTerminal;
  /** Runs a command with `--store`; gives its exit code. */
  run(...args: string[]): Promise<number>;
}

/** Fills a store that keeps so much of each message, closes it, runs a test on it. */
export async function inFilledStore(
  fill: (store: Store) => Promise<void>,
  test: (filled: FilledStore) => Promise<void>,
  text: HistoryConfig["text"] = "full",
): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "mail2alert-store-" });
  const terminal = capturedTerminal();
  try {
    await withStore(folder, fill, text);
    const run = (...args: string[]) => runCommandLine([...args, "--store", folder], terminal);
    await test({ folder, terminal, run });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Opens a store, and closes it whatever happens. */
export async function withStore<T>(
  folder: string,
  use: (store: Store) => Promise<T>,
  text: HistoryConfig["text"] = "full",
): Promise<T> {
  const history = { text, keepMs: 2_592_000_000, sizeOctets: 200_000_000 };
  const store = openSqliteStore({ path: folder, minFreeOctets: 0, history, now: Date.now });
  try {
    await store.opened;
    return await use(store);
  } finally {
    await store.close();
  }
}

/** A mail with one delivery, for `Store.accept`. */
export function newMail(
  { queueId, text = TEXT, delivery, events = [], ...filling }: Filling,
): NewMail {
  const envelope = envelopeOf({
    ...filling.from !== undefined && { reversePath: filling.from },
    ...filling.to !== undefined && { forwardPaths: filling.to },
  });
  const mail = { ...mailOf(text, envelope), queueId };
  const { message, receivedAt } = mail;
  const [, subject] = /^Subject: (.*)\r$/m.exec(text) ?? [];
  return {
    mail,
    deliveries: [{
      delivery: { destination: "smarthost", recipients: ["cat@example.com"] },
      state: "waiting",
      attempts: 1,
      dueAt: Date.now() + 3_600_000,
      destinationAway: false,
      reason: "mx.example.com:25: 451 4.3.0 try later",
      delayNoticed: false,
      claim: false,
      ...delivery,
    }],
    settled: [],
    routedBy: "test",
    acceptedAt: Date.now(),
    journal: {
      entry: {
        queueId,
        receivedAt,
        envelope,
        octets: message.octets,
        ...subject !== undefined && { subject },
      },
      message,
      state: "open",
      events,
    },
  };
}

/** The message of a mail that does not say otherwise. */
export const TEXT = "Subject: Stage is broken\r\n\r\nSee details\r\n";

/** The id of a mail that waits. */
export const WAITING = "01JD0000000000000000000000";

/** The id of a dead letter. */
export const DEAD = "01JD0000000000000000000001";

/** The message of the mail that waits: every octet there is. */
export const BINARY: string = `Subject: every octet\r\n\r\n${
  Array.from({ length: 256 }, (_, octet) => String.fromCharCode(octet)).join("")
}`;

/** A mail that waits, and a dead letter. */
export async function fillQueue(store: Store): Promise<void> {
  await store.accept([
    newMail({ queueId: WAITING, text: BINARY, events: LIFE.slice(0, 3) }),
    newMail({
      queueId: DEAD,
      from: "",
      to: ["ops@example.com", "x@example.com"],
      delivery: { state: "dead", reason: "550 5.1.1 nobody of that name", attempts: 1 },
    }),
  ]);
}
