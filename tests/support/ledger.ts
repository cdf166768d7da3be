/**
 * Balances the ledger: what senders were told, what the journal says became of each mail, and what
 * the mail server saw. Pure.
 *
 * @module
 */

import type { JournalRecord, MailState } from "../../lib/mail/journal.ts";
import type { QueuedMail } from "../../lib/store/views.ts";
import type { SinkReport } from "./sink_books.ts";

/** What the sender of a mail knows. */
export interface SentMail {
  /** Whether its reverse-path was null: nobody can be told of its failure. */
  readonly nullPath: boolean;
  /** Whether it was answered 2xx; else 5xx. */
  readonly taken: boolean;
}

/** The books. */
export interface Books {
  /** By the id of the mail. */
  readonly sent: ReadonlyMap<string, SentMail>;
  /** The whole journal. */
  readonly journal: readonly JournalRecord[];
  /** The whole queue. */
  readonly queue: readonly QueuedMail[];
  /** What arrived. */
  readonly sink: SinkReport;
}

/** What the books say. */
export interface Balance {
  /** How many mails came to each end. */
  readonly ends: Readonly<Partial<Record<MailState, number>>>;
  /** Notices that the journal knows of, and those that arrived. */
  readonly notices: number;
  readonly noticesArrived: number;
  /** Everything that does not fit, as sentences. */
  readonly wrong: readonly string[];
}

/** Compares the books. */
export function balanceLedger(books: Books): Balance {
  const { sent, journal, queue, sink } = books;
  const ids = new Map<string, JournalRecord[]>();
  for (const record of journal) {
    const id = /^<([^@]+)@proof\.test>$/.exec(record.messageId ?? "")?.[1];
    if (id !== undefined) ids.set(id, [...ids.get(id) ?? [], record]);
  }
  const byQueueId = new Map(journal.map((record) => [record.queueId, record]));
  const dead = new Set(queue.filter(({ state }) => state === "dead").map((mail) => mail.queueId));
  const arrived = new Map<string, number>();
  for (const { about } of sink.notices.filter(({ answered }) => answered)) {
    arrived.set(about, (arrived.get(about) ?? 0) + 1);
  }
  const ends: Partial<Record<MailState, number>> = {};
  const wrong = [...sent].flatMap(([id, mail]) => {
    const [record, ...others] = ids.get(id) ?? [];
    if (record === undefined) return [`${id}: the journal does not know it`];
    if (others.length > 0) return [`${id}: in the journal ${others.length + 1} times`];
    ends[record.state] = (ends[record.state] ?? 0) + 1;
    const copies = (sink.copies[id] ?? []).filter(({ answered }) => answered).length;
    const facts = { copies, noticesArrived: arrived.get(id) ?? 0, dead: dead.has(record.queueId) };
    return faultsOf(record, { ...mail, ...facts, byQueueId }).map((fault) => `${id}: ${fault}`);
  });
  return {
    ends,
    notices: journal.filter(isNotice).length,
    noticesArrived: sink.notices.filter(({ answered }) => answered).length,
    wrong: [...wrong, ...strayFaults(books, ids)],
  };
}

interface Facts extends SentMail {
  /** Copies of which the program knows that they arrived. */
  readonly copies: number;
  readonly noticesArrived: number;
  readonly dead: boolean;
  readonly byQueueId: ReadonlyMap<string, JournalRecord>;
}

/** What a record of the journal says that the others deny. */
function faultsOf(record: JournalRecord, facts: Facts): string[] {
  const { state } = record;
  const { taken, nullPath, copies, dead, noticesArrived } = facts;
  const faults: string[] = [];
  const expect = (holds: boolean, otherwise: string) => {
    if (!holds) faults.push(`${state}, but ${otherwise}`);
  };
  const expectedCopies = state === "delivered" ? 1 : 0;
  expect(copies === expectedCopies, `${copies} copies arrived`);
  expect(deliveredIn(record) === copies, `its attempts delivered ${deliveredIn(record)}`);
  expect(taken === (state !== "refused"), `it was ${taken ? "" : "not "}acknowledged`);
  expect(
    ["delivered", "bounced", "dead-letter", "refused"].includes(state),
    "that is no end a mail may have here",
  );
  expect(state !== "bounced" || !nullPath, "its reverse-path was null");
  expect(state !== "dead-letter" || nullPath, "it had a reverse-path to tell");
  expect(state !== "dead-letter" || dead, "it is not kept as a dead letter");
  const told = noticesOf(record).map((queueId) => facts.byQueueId.get(queueId)?.state);
  expect(told.length === (state === "bounced" ? 1 : 0), `${told.length} notices were made`);
  const delivered = told.filter((end) => end === "delivered").length;
  expect(delivered === noticesArrived, `${noticesArrived} of ${delivered} notices arrived`);
  expect(told.every((end) => end === "delivered" || end === "dead-letter"), `a notice is ${told}`);
  return faults;
}

/** What belongs to no mail that was sent. */
function strayFaults({ sent, queue, sink }: Books, ids: ReadonlyMap<string, unknown>): string[] {
  const strangers = [...ids.keys(), ...Object.keys(sink.copies)].filter((id) => !sent.has(id));
  const left = queue.filter(({ state }) => state !== "dead");
  const many = [...sink.notices.filter(({ about }) => !sent.has(about))];
  return [
    ...strangers.map((id) => `${id}: never sent`),
    ...left.map(({ queueId, state }) => `${queueId}: ${state} in the queue`),
    ...many.map(({ about }) => `${about}: a notice about a mail never sent`),
    ...sink.damaged.map((id) => `${id}: damaged`),
    ...sink.strangers > 0 ? [`${sink.strangers} messages that are neither mail nor notice`] : [],
  ];
}

function deliveredIn({ events }: JournalRecord): number {
  return events.flatMap((event) => event.kind === "attempt" ? event.outcomes : [])
    .filter(({ outcome }) => outcome.kind === "delivered").length;
}

function noticesOf({ events }: JournalRecord): string[] {
  return events.flatMap((event) => event.kind === "notice" ? [event.queueId] : []);
}

/** Our own mail has no peer. */
function isNotice({ envelope }: JournalRecord): boolean {
  return envelope.session.peer === "";
}
