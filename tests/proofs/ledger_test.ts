/**
 * The ledger: thousands of mails through a mail server that fails at random; each ends exactly once
 * as delivered, bounced or dead letter, and journal, queue, senders and mail server agree on it.
 *
 * @module
 */

import assert from "node:assert/strict";
import { join } from "node:path";
import { openReader } from "../../lib/store/reader.ts";
import { startCountingSink } from "../support/counting_sink.ts";
import { passThrough } from "../support/configuration.ts";
import { tell } from "../support/figures.ts";
import { balanceLedger, type Books, type SentMail } from "../support/ledger.ts";
import { sendLoad } from "../support/load_sender.ts";
import { type Program, runProgram, startProgram } from "../support/program.ts";
import { until } from "../support/wait.ts";

const COURSE = {
  temporary: 0.2,
  drop: 0.1,
  permanent: 0.05,
  slow: 0.1,
  slowMs: [100, 300],
} as const;

const runs = [
  { ack: "queued", mails: 10_000 },
  // Here the notifier hears of 5xx itself while it waits.
  { ack: "relayed", mails: 2_000 },
] as const;

for (const { ack, mails } of runs) {
  Deno.test(`${mails} mails through a failing mail server end once each, ack: ${ack}`, async () => {
    await using sink = await startCountingSink({ course: COURSE });
    await using program = await startProgram(passThrough(
      sink.port,
      `ack: ${ack}\nqueue: {first-retry: 200ms, max-retry: 1s}\nlimits: {connections-per-peer: 99}`,
    ));
    const sent = await send(program, { mails, fails: ack === "relayed" });
    const journal = await journalOf(program);
    const books = { sent, ...journal, sink: await sink.report() };
    const { ends, notices, noticesArrived, wrong } = balanceLedger(books);
    tell(`${mails} mails: ${JSON.stringify(ends)}; ${notices} notices, ${noticesArrived} arrived`);
    assert.deepEqual(wrong.slice(0, 10), [], `${wrong.length} do not balance`);
    await checkCommandLine(program, books);
    assert.equal(await program.stop(), 0);
  });
}

/** Half of the mails have nobody who could be told of their failure. */
async function send(
  { port }: Program,
  { mails, fails }: { readonly mails: number; readonly fails: boolean },
): Promise<ReadonlyMap<string, SentMail>> {
  const sent = new Map<string, SentMail>();
  let number = 0;
  await sendLoad({
    port,
    senders: 20,
    next: () => {
      if (number === mails) return null;
      const id = `ledger-${++number}`;
      return { id, ...number % 2 === 0 && { reversePath: "" } };
    },
    answered: (mail, answer) => {
      assert.equal(answer.kind, "answered", `${mail.id}: the connection broke`);
      if (answer.kind !== "answered") return;
      assert.ok(answer.taken || fails && answer.reply.startsWith("5"), answer.reply);
      sent.set(mail.id, { nullPath: mail.reversePath === "", taken: answer.taken });
    },
  });
  return sent;
}

/** Journal and queue, once no mail is open any more. */
async function journalOf(program: Program): Promise<Pick<Books, "journal" | "queue">> {
  const reader = openReader(storeOf(program));
  try {
    const ended = () => reader.search({ states: ["open"], limit: 1 }).length === 0;
    await until(ended, { what: "the end of every mail", withinMs: 600_000, everyMs: 250 });
    return { journal: reader.search({ limit: 100_000 }), queue: reader.list() };
  } finally {
    reader.close();
  }
}

/** What the command line prints is what the books say. */
async function checkCommandLine(program: Program, { journal, queue }: Books): Promise<void> {
  for (const state of ["bounced", "dead-letter", "refused", "open"] as const) {
    const found = await list(program, ["history", "--state", state, "--limit", "10000"]);
    const expected = journal.filter((record) => record.state === state).length;
    assert.equal(found, expected, `history --state ${state}`);
  }
  assert.equal(await list(program, ["queue", "list"]), queue.length, "queue list");
}

async function list({ folder }: Program, words: readonly string[]): Promise<number> {
  const place = ["--config", join(folder, "configuration.yml"), "--json"];
  const { code, stdout, stderr } = await runProgram([...words, ...place], { cwd: folder });
  assert.equal(code, 0, stderr);
  return JSON.parse(stdout).length;
}

function storeOf({ folder }: Program): string {
  return join(folder, "mail2alert-store");
}
