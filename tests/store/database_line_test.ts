import assert from "node:assert/strict";
import { DatabaseLine } from "../../lib/store/database_line.ts";
import { OPERATION_NAMES } from "../../lib/store/operation_names.ts";
import type { Operation } from "../../lib/store/operations.ts";
import type {
  DatabaseLink,
  Problem,
  WorkerReply,
  WorkerRequest,
} from "../../lib/store/worker_messages.ts";
import { delivered, fails, newMail } from "../support/store_stage.ts";

const FULL: Problem = { code: "store-full", reason: "no space" };
const FAILED: Problem = { code: "store-failed", reason: "broken" };

/** A database that answers as it is told. */
class Scripted implements DatabaseLink {
  /** What is wrong with it. */
  problem: Problem | null = null;
  /** Whether there is more of the journal to delete. */
  more = 0;
  /** What was asked. */
  asked: string[] = [];

  ask(request: WorkerRequest): Promise<WorkerReply> {
    this.asked.push(request.kind);
    return Promise.resolve(this.#answer(request));
  }

  close(): void {
    this.asked.push("closed");
  }

  #answer(request: WorkerRequest): WorkerReply {
    const { problem } = this;
    if (request.kind === "open") return { kind: "state", problem };
    if (request.kind !== "commit") return { kind: "done", more: this.more-- > 0 };
    if (problem !== null) return { kind: "not-committed", problem };
    const results = request.operations.map(() => ({ kind: "done", answer: 0 } as const));
    return { kind: "committed", results, problem: null };
  }
}

async function withLine(
  test: (line: DatabaseLine, link: Scripted) => Promise<void>,
): Promise<void> {
  const link = new Scripted();
  const history = { text: "none", keepMs: 1, sizeOctets: 1 } as const;
  const line = new DatabaseLine({ store: "/store", link, history, now: () => 0 });
  await line.open();
  link.asked = [];
  try {
    await test(line, link);
  } finally {
    await line.close();
  }
}

const accept = { kind: "accept", mails: [] } as const;
const { mail } = newMail(1);
const settle = {
  kind: "settle",
  settlement: { ...delivered({ id: 1, mail }), mails: [] },
} as const;

Deno.test("DatabaseLine still tries what shortens the queue while the disk is full", () =>
  withLine(async (line, link) => {
    link.problem = FULL;
    await fails(line.submit(accept), "store-full");
    link.problem = null;
    await fails(line.submit(accept), "store-full");
    assert.equal(link.asked.length, 1, "refused without asking");
    assert.deepEqual(await line.submit(settle), 0);
  }));

Deno.test("DatabaseLine refuses everything while the disk is broken", () =>
  withLine(async (line, link) => {
    link.problem = FAILED;
    await fails(line.submit(settle), "store-failed");
    await fails(line.submit({ kind: "counts" }), "store-failed");
    assert.deepEqual(link.asked, ["commit"]);
  }));

Deno.test("DatabaseLine.mend() tries again what failed, and nothing else", () =>
  withLine(async (line, link) => {
    await line.mend();
    assert.deepEqual(link.asked, []);
    link.problem = FAILED;
    await fails(line.submit(accept), "store-failed");
    await line.mend();
    assert.equal(line.problem, FAILED);
    link.problem = null;
    await line.mend();
    assert.equal(line.problem, null);
    assert.deepEqual(link.asked, ["commit", "open", "open"]);
    await line.submit(accept);
  }));

Deno.test("DatabaseLine.mend() prunes the journal first when the disk is full", () =>
  withLine(async (line, link) => {
    link.problem = FULL;
    await fails(line.submit(accept), "store-full");
    link.more = 2;
    await line.mend();
    assert.deepEqual(link.asked, ["commit", "prune", "prune", "prune", "open"]);
  }));

Deno.test("DatabaseLine.prune() goes on while there is more, within bounds", () =>
  withLine(async (line, link) => {
    link.more = 3;
    await line.prune();
    assert.equal(link.asked.length, 4);
    link.more = 10_000;
    await line.prune();
    assert.equal(link.asked.length, 204);
  }));

Deno.test("DatabaseLine.shorten() asks once, when writing has come to rest", () =>
  withLine(async (line, link) => {
    await line.shorten(false);
    await line.submit(accept);
    await line.shorten(false);
    assert.deepEqual(link.asked, ["commit"], "something was written since the last look");
    await line.shorten(false);
    await line.shorten(false);
    assert.deepEqual(link.asked, ["commit", "shorten"]);
  }));

Deno.test("DatabaseLine.shorten() asks each time where space is scarce, unless the database fails", () =>
  withLine(async (line, link) => {
    await line.submit(accept);
    await line.shorten(true);
    await line.shorten(true);
    assert.deepEqual(link.asked, ["commit", "shorten", "shorten"]);
    link.problem = FULL;
    await fails(line.submit(accept), "store-full");
    await line.shorten(true);
    assert.deepEqual(link.asked, ["commit", "shorten", "shorten", "commit"]);
  }));

Deno.test("DatabaseLine.close() writes what nobody waits for, and refuses what comes after", () =>
  withLine(async (line, link) => {
    line.later({ kind: "append", queueId: "q", events: [] }, 1);
    await line.close();
    assert.deepEqual(link.asked, ["commit", "close", "closed"]);
    await fails(line.submit(accept), "store-failed");
  }));

Deno.test("DatabaseLine says in words of the operator's what it could not do", () =>
  withLine(async (line, link) => {
    link.problem = FAILED;
    await fails(line.submit({ kind: "counts" }), "store-failed");
    const said = (kind: Operation["kind"]) => line.refusal(kind)?.message;
    assert.equal(said("read-state"), "Cannot read the queue's clock from the store: broken");
    assert.equal(said("accept"), "Cannot take mail into the store: broken");
    for (const [kind, name] of Object.entries(OPERATION_NAMES)) {
      assert.doesNotMatch(name, /hasten|settle|append|claim|-state/, kind);
    }
  }));
