import assert from "node:assert/strict";
import { setImmediate } from "node:timers";
import { RelayError } from "../../lib/errors.ts";
import { type Committed, GroupCommit } from "../../lib/store/group_commit.ts";
import type { Operation } from "../../lib/store/operations.ts";
import { fails } from "../support/store_stage.ts";
import { until, within } from "../support/wait.ts";

/** Commits that end when the test says so. */
class Commits {
  readonly begun: (readonly Operation[])[] = [];
  readonly lost: { count: number; reason: string }[] = [];
  #end: ((committed: Committed) => void) | null = null;

  readonly group: GroupCommit = new GroupCommit({
    commit: (operations) => {
      assert.equal(this.#end, null, "one commit at a time");
      this.begun.push(operations);
      return new Promise((resolve) => this.#end = resolve);
    },
    onLost: (count, reason) => this.lost.push({ count, reason }),
  });

  /** Waits for the n-th commit; gives its keys. */
  async keys(number: number): Promise<string[]> {
    const operations = await until(() => this.begun[number - 1], { what: `commit ${number}` });
    return operations.map((operation) => operation.kind === "read-state" ? operation.key : "lazy");
  }

  end(failure?: RelayError): void {
    const end = this.#end;
    this.#end = null;
    const results = (this.begun.at(-1) ?? []).map(() => ({ kind: "done", answer: null } as const));
    end?.(failure ? { kind: "failed", error: failure } : { kind: "done", results });
  }
}

const FULL = new RelayError("store-full", "Cannot write: no space");

function read(key: string): Operation & { readonly kind: "read-state" } {
  return { kind: "read-state", key };
}

function lazy(queueId = "q"): Operation {
  return { kind: "append", queueId, events: [] };
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(() => resolve()));
}

Deno.test("GroupCommit takes with one commit what came during the one before, in order", async () => {
  const commits = new Commits();
  commits.group.start();
  const first = commits.group.submit(read("1"));
  assert.deepEqual(await commits.keys(1), ["1"]);
  const others = ["2", "3"].map((key) => commits.group.submit(read(key)));
  commits.group.later(lazy(), 1);
  const last = commits.group.submit(read("4"));
  commits.end();
  await first;
  assert.deepEqual(await commits.keys(2), ["2", "3", "lazy", "4"]);
  commits.end();
  await Promise.all([...others, last]);
});

Deno.test("GroupCommit holds everything until it is started", async () => {
  const commits = new Commits();
  const first = commits.group.submit(read("1"));
  await turn();
  assert.deepEqual(commits.begun, []);
  commits.group.start();
  assert.deepEqual(await commits.keys(1), ["1"]);
  commits.end();
  await first;
});

Deno.test("GroupCommit tells everybody in a commit that it failed, and goes on", async () => {
  const commits = new Commits();
  commits.group.start();
  const failed = ["1", "2"].map((key) => fails(commits.group.submit(read(key)), "store-full"));
  commits.group.later(lazy(), 1);
  await commits.keys(1);
  commits.end(FULL);
  await Promise.all(failed);
  assert.deepEqual(commits.lost, [{ count: 1, reason: FULL.message }]);
  const next = commits.group.submit(read("3"));
  assert.deepEqual(await commits.keys(2), ["3"]);
  commits.end();
  await next;
});

Deno.test("GroupCommit tells the one whose operation failed alone", async () => {
  const answers: Committed = {
    kind: "done",
    results: [{ kind: "failed", reason: "damaged" }, { kind: "done", answer: "yes" }],
  };
  const group = new GroupCommit({ commit: () => Promise.resolve(answers), onLost: () => {} });
  group.start();
  const first = fails(group.submit(read("1")), "store-failed");
  assert.equal(await group.submit(read("2")), "yes");
  await first;
});

Deno.test("GroupCommit writes what nobody waits for by itself", async () => {
  const commits = new Commits();
  commits.group.start();
  assert.equal(commits.group.later(lazy(), 1), undefined);
  await turn();
  assert.deepEqual(commits.begun, [], "it waits for company");
  assert.deepEqual(await commits.keys(1), ["lazy"]);
  commits.end();
  await commits.group.drain();
});

Deno.test("GroupCommit writes many that nobody waits for without waiting for more", async () => {
  const commits = new Commits();
  commits.group.start();
  for (let count = 0; count < 200; count++) commits.group.later(lazy(), 1);
  await turn();
  assert.equal(commits.begun[0]?.length, 200);
  commits.end();
  await commits.group.drain();
});

for (
  const { what, octets, count } of [
    { what: "number", octets: 1, count: 5_000 },
    { what: "octets", octets: 1_048_576, count: 8 },
  ]
) {
  Deno.test(`GroupCommit bounds the ${what} of what nobody waits for`, async () => {
    const commits = new Commits();
    const waits: (Promise<void> | void)[] = [];
    for (let brought = 0; brought < 2 * count + 3; brought++) {
      waits.push(commits.group.later(lazy(), octets));
    }
    assert.equal(waits.findIndex((wait) => wait !== undefined), count - 1);
    assert.deepEqual(commits.lost.map(({ count }) => count), [1, 1, 1], "twice as many are lost");
    commits.group.start();
    const relieved = within(Promise.all(waits), { what: "relief" });
    const drained = commits.group.drain();
    while (!commits.group.idle) {
      await turn();
      commits.end();
    }
    await Promise.all([relieved, drained]);
  });
}

Deno.test("GroupCommit takes no more mail than it may hold, but all that became of it", async () => {
  const commits = new Commits();
  const first = commits.group.submit(read("1"), 134_217_728);
  const accept = { kind: "accept", mails: [] } as const;
  await fails(commits.group.submit(accept), "store-failed");
  const release = commits.group.submit({ kind: "release", claims: [1] });
  commits.group.start();
  await commits.keys(1);
  commits.end();
  await first;
  await commits.keys(2);
  commits.end();
  assert.equal(await release, null);
});

Deno.test("GroupCommit bounds the octets of one commit, and takes one that is larger alone", async () => {
  const commits = new Commits();
  const sizes = [10_000_000, 10_000_000, 20_000_000, 1];
  const all = sizes.map((octets, index) => commits.group.submit(read(String(index)), octets));
  commits.group.start();
  for (const [index, expected] of [["0"], ["1"], ["2"], ["3"]].entries()) {
    assert.deepEqual(await commits.keys(index + 1), expected);
    commits.end();
  }
  await Promise.all(all);
});

Deno.test("GroupCommit makes small commits while the disk is full", async () => {
  const commits = new Commits();
  commits.group.careful = true;
  const all = ["1", "2", "3", "4", "5"].map((key) => commits.group.submit(read(key)));
  commits.group.start();
  assert.equal((await commits.keys(1)).length, 4);
  commits.end();
  assert.deepEqual(await commits.keys(2), ["5"]);
  commits.end();
  await Promise.all(all);
});

Deno.test("GroupCommit.drain() settles when everything is written", async () => {
  const commits = new Commits();
  await commits.group.drain();
  commits.group.later(lazy(), 1);
  let over = false;
  const drained = commits.group.drain().then(() => over = true);
  await turn();
  assert.equal(commits.begun.length, 1, "it does not wait for company");
  commits.group.later(lazy(), 1);
  await turn();
  assert.equal(over, false);
  commits.end();
  await commits.keys(2);
  assert.equal(over, false);
  commits.end();
  await drained;
});
