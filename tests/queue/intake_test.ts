/** Mails that come again, and a store that cannot take them. @module */

import assert from "node:assert/strict";
import { RelayError } from "../../lib/errors.ts";
import type { Outcome } from "../../lib/mail/outcome.ts";
import { MessageSpool } from "../../lib/store/spool.ts";
import { openSqliteStore } from "../../lib/store/sqlite_store.ts";
import type { Store } from "../../lib/store/store.ts";
import { type SendOptions, stage, TEXT } from "../support/queue_stage.ts";
import { away, later, ok, scripted } from "../support/scripted.ts";
import { until } from "../support/wait.ts";

for (const ack of ["relayed", "queued"] as const) {
  Deno.test(`a mail that comes again within the window has one delivery (ack: ${ack})`, async () => {
    const { target, got } = scripted(() => ok);
    await using on = await stage(target, { ack });
    const first = await on.send(["a@x", "b@x"]);
    const again = await on.send(["b@x", "a@x"]);
    const id = first.split(" ").at(-1) ?? "";
    assert.equal(again, `250 2.0.0 Accepted as ${id}`);
    await until(() => got.length === 2, { what: "the delivery" });
    await until(() => on.queued().length === 0, { what: "the queue to be empty" });
    assert.deepEqual(got, ["a@x", "b@x"]);
    const events = (await on.journal(id))?.events ?? [];
    assert.equal(events.filter(({ kind }) => kind === "came-again").length, 1);
  });
}

Deno.test("a mail that comes again is known after a restart", async () => {
  const folder = await Deno.makeTempDir({ prefix: "mail2alert-queue-" });
  try {
    const { target, got } = scripted(() => ok);
    let first = "";
    {
      await using before = await stage(target, { folder });
      first = await before.send(["a@x"]);
    }
    await using on = await stage(target, { folder });
    assert.equal(await on.send(["a@x"]), first);
    assert.deepEqual(got, ["a@x"]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

const others: {
  readonly name: string;
  readonly afterMs?: number;
  readonly change?: SendOptions;
}[] = [
  { name: "after the window", afterMs: 900_001 },
  { name: "with another octet", change: { text: TEXT.replace("body", "Body") } },
  { name: "with another Subject", change: { text: TEXT.replace("x", "y") } },
  { name: "from another sender", change: { reversePath: "" } },
];

for (const { name, afterMs = 0, change } of others) {
  Deno.test(`a mail that comes again ${name} is another mail`, async () => {
    const { target, got } = scripted(() => ok);
    await using on = await stage(target);
    await on.send(["a@x"]);
    on.pass(afterMs);
    await on.send(["a@x"], change);
    assert.deepEqual(got, ["a@x", "a@x"]);
  });
}

Deno.test("without a window every mail is a mail of its own", async () => {
  const { target, got } = scripted(() => ok);
  await using on = await stage(target, { windowMs: 0 });
  await Promise.all([on.send(["a@x"]), on.send(["a@x"])]);
  await on.send(["a@x"]);
  assert.deepEqual(got, ["a@x", "a@x", "a@x"]);
});

Deno.test("a notifier that came again too early hears what its first try is told", async () => {
  const gate = Promise.withResolvers<Outcome>();
  const { target, got } = scripted(() => gate.promise);
  await using on = await stage(target);
  const replies = [on.send(["a@x"]), on.send(["a@x"])];
  gate.resolve(ok);
  const [first = "", second = ""] = await Promise.all(replies);
  assert.match(first, /^250 /);
  assert.equal(second, first);
  assert.deepEqual(got, ["a@x"], "one copy");
});

/** A store that takes no mail, whatever else it does. */
function refusing(folder: string, code: "store-full" | "store-failed"): Store {
  const store = openSqliteStore({
    path: folder,
    minFreeOctets: 0,
    history: { text: "none", keepMs: 0, sizeOctets: 1_000_000 },
    now: () => Date.now(),
  });
  return new Proxy(store, {
    get(target, name) {
      if (name === "accept") return () => Promise.reject(new RelayError(code, "the disk says no"));
      const value = Reflect.get(target, name);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}

for (
  const [code, expected] of [
    ["store-full", /^452 4\.3\.1 /],
    ["store-failed", /^451 4\.3\.0 /],
  ] as const
) {
  for (const ack of ["relayed", "queued"] as const) {
    Deno.test(`a mail that cannot be stored is never answered 2xx (${code}, ${ack})`, async () => {
      const { target } = scripted(() => later);
      await using on = await stage(target, { ack, store: (folder) => refusing(folder, code) });
      assert.match(await on.send(["a@x"]), expected);
    });
  }
}

Deno.test("whoever had a mail that could not be stored gets no second copy", async () => {
  const { target, got } = scripted((recipient, attempt) =>
    recipient === "b@x" && attempt === 1 ? away : ok
  );
  await using on = await stage(target, { store: (folder) => refusing(folder, "store-full") });
  assert.match(await on.send(["a@x", "b@x"]), /^452 /);
  assert.match(await on.send(["a@x", "b@x"]), /^250 /);
  assert.deepEqual(got, ["a@x", "b@x"]);
});

Deno.test("a store that is known to take no mail refuses before anybody is tried", async () => {
  const { target, ids } = scripted(() => ok);
  const health = { kind: "full", reason: "3 MB free" } as const;
  await using on = await stage(target, {
    store: (folder) => {
      const store = refusing(folder, "store-full");
      return new Proxy(store, {
        get: (of, name) => name === "health" ? () => health : Reflect.get(of, name),
      });
    },
  });
  assert.match(await on.send(["a@x"]), /^452 4\.3\.1 /);
  assert.deepEqual(ids, []);
});

Deno.test("the message goes after the last attempt, not before", async () => {
  const gate = Promise.withResolvers<Outcome>();
  const removed = Promise.withResolvers<void>();
  let gone = false;
  const { target } = scripted(async () => {
    const outcome = await gate.promise;
    assert.equal(gone, false);
    return outcome;
  });
  const spool = new MessageSpool("/nowhere");
  const open = (name: string) => {
    const writer = spool.open(name);
    return {
      write: (octets: Uint8Array) => writer.write(octets),
      abort: () => writer.abort(),
      finish: async () => {
        const message = await writer.finish();
        return Object.assign(message, {
          remove: () => {
            gone = true;
            removed.resolve();
            return Promise.resolve();
          },
        });
      },
    };
  };
  await using on = await stage(target, { open });
  const reply = on.send(["a@x"]);
  gate.resolve(ok);
  assert.match(await reply, /^250 /);
  await removed.promise;
});
