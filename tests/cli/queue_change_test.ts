/** `queue retry` and `drop`, on a store that no relay works on. @module */

import assert from "node:assert/strict";
import {
  DEAD,
  fillQueue as fill,
  inFilledStore,
  newMail,
  WAITING,
  withStore,
} from "../support/filled_store.ts";

Deno.test("queue retry makes one mail due, also a dead letter", () =>
  inFilledStore(fill, async ({ run, terminal, folder }) => {
    for (const queueId of [WAITING, DEAD]) {
      assert.equal(await run("queue", "retry", queueId), 0, terminal.stderr());
    }
    assert.equal(terminal.stdout(), "1 mail will be tried as soon as the relay runs\n".repeat(2));
    const claimed = await withStore(
      folder,
      (store) =>
        store.claim({
          kind: "due",
          destination: "smarthost",
          now: Date.now() + 1_000,
          limit: 10,
          maxOctets: 1e6,
        }),
    );
    assert.deepEqual(claimed.map(({ mail }) => mail.queueId).sort(), [WAITING, DEAD]);
    assert.ok(claimed.every(({ attempts }) => attempts >= 0));
  }));

Deno.test("queue retry --all counts the mails", () =>
  inFilledStore(fill, async ({ run, terminal }) => {
    assert.equal(await run("queue", "retry", "--all"), 0);
    assert.equal(await run("queue", "retry", "--all", "--json"), 0);
    const [said = "", json = ""] = terminal.stdout().split("\n");
    assert.equal(said, "2 mails will be tried as soon as the relay runs");
    const { queueIds, relayRuns } = JSON.parse(json);
    assert.deepEqual([queueIds.sort(), relayRuns], [[WAITING, DEAD], false]);
  }));

Deno.test("queue retry reckons with the queue's clock, not the wall's", () =>
  inFilledStore(async (store) => {
    const queue = 1_000_000_000;
    await store.writeState("clock", JSON.stringify({ queue, wall: Date.now() }));
    await store.accept([newMail({ queueId: WAITING, delivery: { dueAt: queue + 3_600_000 } })]);
  }, async ({ run, folder }) => {
    assert.equal(await run("queue", "retry", WAITING), 0);
    const due = (now: number) =>
      withStore(
        folder,
        (store) =>
          store.claim({ kind: "due", destination: "smarthost", now, limit: 1, maxOctets: 1e6 }),
      );
    assert.equal((await due(1_000_000_000 - 1)).length, 0);
    assert.equal((await due(1_000_000_000 + 600_000)).length, 1);
  }));

Deno.test("queue drop drops one mail, says what it was, and history still knows it", () =>
  inFilledStore(fill, async ({ run, terminal }) => {
    assert.equal(await run("queue", "drop", DEAD), 0, terminal.stderr());
    assert.equal(
      terminal.stdout(),
      `dropped ${DEAD} from <> to ops@example.com, x@example.com, about "Stage is broken"\n` +
        `\`mail2alert history --id ${DEAD}\` still knows it\n`,
    );
    assert.equal(await run("queue", "show", DEAD), 1);
    assert.match(
      terminal.stderr(),
      new RegExp(
        `its state is dropped; \`mail2alert history --id ${DEAD}\` tells what became of it\n$`,
      ),
    );
    assert.equal(await run("history", "--id", DEAD), 0);
    assert.match(terminal.stdout(), /dropped by the operator\n$/);
    assert.equal(await run("queue", "show", WAITING), 0);
  }));

Deno.test("queue drop --json tells programs what it was", () =>
  inFilledStore(fill, async ({ run, terminal }) => {
    assert.equal(await run("queue", "drop", WAITING, "--json"), 0);
    assert.deepEqual(JSON.parse(terminal.stdout()), {
      queueId: WAITING,
      reversePath: "go@example.com",
      forwardPaths: ["mail2alert@example.com"],
      subject: "every octet",
      underWay: false,
    });
  }));
