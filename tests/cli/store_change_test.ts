/** `queue retry` and `drop`, while a program holds the store. @module */

import assert from "node:assert/strict";
import { type ControlHandlers, startControl } from "../../lib/control/server.ts";
import { controlSocket } from "../../lib/store/layout.ts";
import { acquireLock } from "../../lib/store/lock.ts";
import {
  DEAD,
  type FilledStore,
  fillQueue,
  inFilledStore,
  WAITING,
} from "../support/filled_store.ts";

const HOLDER = {
  pid: 4_711,
  hostname: "relay.test",
  version: "9.9",
  startedAt: 0,
  listening: [],
} as const;

/** A store that another program holds; with handlers, it can be asked. */
function inHeldStore(
  handlers: Partial<ControlHandlers> | null,
  test: (filled: FilledStore) => Promise<void>,
): Promise<void> {
  return inFilledStore(fillQueue, async (filled) => {
    const lock = await acquireLock(filled.folder, HOLDER);
    const control = handlers && await startControl(controlSocket(filled.folder), {
      status: () => Promise.reject(new Error("nobody asked")),
      drain: () => Promise.reject(new Error("nobody asked")),
      retry: () => Promise.reject(new Error("the disk is full")),
      drop: () => Promise.reject(new Error("the disk is full")),
      ...handlers,
    });
    try {
      await test(filled);
    } finally {
      await control?.close();
      await lock.release();
    }
  });
}

Deno.test("queue retry asks the relay that holds the store", async () => {
  const asked: (string | undefined)[] = [];
  const retry = (queueId?: string) => {
    asked.push(queueId);
    return Promise.resolve({ queueIds: queueId === undefined ? [WAITING, DEAD] : [queueId] });
  };
  await inHeldStore({ retry }, async ({ run, terminal }) => {
    assert.equal(await run("queue", "retry", DEAD), 0, terminal.stderr());
    assert.equal(await run("queue", "retry", "--all"), 0, terminal.stderr());
    assert.equal(await run("queue", "retry", "--all", "--json"), 0, terminal.stderr());
    assert.equal(
      terminal.stdout(),
      "1 mail will be tried now\n2 mails will be tried now\n" +
        `{"queueIds":["${WAITING}","${DEAD}"],"relayRuns":true}\n`,
    );
  });
  assert.deepEqual(asked, [DEAD, undefined, undefined]);
});

Deno.test("queue drop says when the relay was just delivering the mail", () =>
  inHeldStore({
    drop: () => Promise.resolve({ found: true, underWay: true }),
  }, async ({ run, terminal }) => {
    assert.equal(await run("queue", "drop", WAITING), 0, terminal.stderr());
    assert.match(
      terminal.stdout(),
      /, about "every octet"\nit was just being delivered: who was being served may have it all/,
    );
  }));

Deno.test("queue drop of a mail that has just been delivered exits 1", () =>
  inHeldStore({
    drop: () => Promise.resolve({ found: false, underWay: false }),
  }, async ({ run, terminal }) => {
    assert.equal(await run("queue", "drop", WAITING), 1);
    assert.match(terminal.stderr(), /is not in the queue: its state is open;/);
    assert.equal(terminal.stdout(), "");
  }));

const unwilling = [
  { name: "is silent", handlers: null, reason: /nobody listens there/ },
  { name: "refuses", handlers: {}, reason: /the program says: the disk is full/ },
];

for (const { name, handlers, reason } of unwilling) {
  for (const command of ["retry", "drop"]) {
    Deno.test(`queue ${command} changes nothing when the relay that holds the store ${name}`, () =>
      inHeldStore(handlers, async ({ run, terminal, folder }) => {
        assert.equal(await run("queue", command, WAITING), 1);
        const [start, end] = [
          `Cannot ${command} mail in ${folder}: mail2alert 9.9 (process 4711 on relay.test, since `,
          "; try again, or stop it first\n",
        ];
        assert.ok(terminal.stderr().startsWith(start), terminal.stderr());
        assert.ok(terminal.stderr().endsWith(end), terminal.stderr());
        assert.match(terminal.stderr(), reason);
        assert.equal(await run("queue", "list", "--json"), 0);
        const [{ nextTryInMs }] = JSON.parse(terminal.stdout());
        assert.ok(nextTryInMs > 3_000_000);
      }));
  }
}
