import assert from "node:assert/strict";
import fc from "fast-check";
import type { DsnRequest } from "../../lib/mail/envelope.ts";
import { duplicateKey, Duplicates } from "../../lib/queue/duplicates.ts";
import { mailOf } from "../support/mails.ts";

Deno.test("Duplicates.find() knows a mail until the window is over", () => {
  const duplicates = new Duplicates({ windowMs: 900 });
  duplicates.add("k", "first", 100);
  assert.equal(duplicates.find("k", 100), "first");
  assert.equal(duplicates.find("k", 999), "first");
  assert.equal(duplicates.find("k", 1_000), null);
  assert.equal(duplicates.find("other", 100), null);
});

Deno.test("Duplicates.add() keeps the first time and its id", () => {
  const duplicates = new Duplicates({ windowMs: 900 });
  duplicates.add("k", "first", 100);
  duplicates.add("k", "second", 800);
  assert.equal(duplicates.find("k", 999), "first");
  assert.equal(duplicates.find("k", 1_000), null);
  duplicates.add("k", "third", 1_000);
  assert.equal(duplicates.find("k", 1_899), "third");
});

Deno.test("Duplicates remembers nothing without a window", () => {
  const duplicates = new Duplicates({ windowMs: 0 });
  duplicates.load([{ key: "k", queueId: "stored", at: 5 }]);
  duplicates.add("k", "first", 5);
  assert.equal(duplicates.find("k", 5), null);
});

Deno.test("Duplicates forgets the oldest beyond its limit", () => {
  const duplicates = new Duplicates({ windowMs: 900, limit: 2 });
  duplicates.add("a", "1", 1);
  duplicates.add("b", "2", 2);
  duplicates.add("a", "3", 3);
  duplicates.add("c", "4", 4);
  assert.deepEqual(["a", "b", "c"].map((key) => duplicates.find(key, 4)), [null, "2", "4"]);
});

Deno.test("Duplicates counts a mail as new, not as old, when it comes after its window", () => {
  const duplicates = new Duplicates({ windowMs: 900, limit: 2 });
  duplicates.add("a", "1", 0);
  duplicates.add("b", "2", 500);
  duplicates.add("a", "3", 900);
  duplicates.add("c", "4", 901);
  assert.deepEqual(["a", "b", "c"].map((key) => duplicates.find(key, 901)), ["3", null, "4"]);
});

Deno.test("Duplicates.load() takes in what the store knows, newest first", () => {
  const duplicates = new Duplicates({ windowMs: 900, limit: 4 });
  duplicates.add("c", "while it was opened", 1_000);
  duplicates.add("e", "e", 1_000);
  duplicates.load([
    { key: "a", queueId: "again", at: 950 },
    { key: "b", queueId: "b", at: 600 },
    { key: "c", queueId: "c", at: 400 },
    { key: "a", queueId: "first", at: 300 },
    { key: "d", queueId: "d", at: 200 },
  ]);
  assert.deepEqual(["a", "b", "c", "d", "e"].map((key) => duplicates.find(key, 1_000)), [
    "first",
    "b",
    "c",
    null,
    "e",
  ]);
});

Deno.test("Duplicates.load() starts a new window for what came after the first one", () => {
  const duplicates = new Duplicates({ windowMs: 900 });
  duplicates.load([
    { key: "a", queueId: "second", at: 1_000 },
    { key: "a", queueId: "first", at: 100 },
  ]);
  assert.equal(duplicates.find("a", 1_100), "second");
});

Deno.test("Duplicates says what a plain list of all mails would say", () => {
  const step = fc.record({ key: fc.constantFrom("a", "b", "c", "d"), waitMs: fc.nat(400) });
  fc.assert(fc.property(fc.array(step), (steps) => {
    const duplicates = new Duplicates({ windowMs: 900 });
    const firsts: { key: string; at: number; queueId: string }[] = [];
    let now = 0;
    for (const [index, { key, waitMs }] of steps.entries()) {
      now += waitMs;
      const known = firsts.find((one) => one.key === key && now - one.at < 900);
      assert.equal(duplicates.find(key, now), known?.queueId ?? null);
      duplicates.add(key, `${index}`, now);
      if (known === undefined) firsts.push({ key, at: now, queueId: `${index}` });
    }
  }));
});

const TEXT = "A: 1\r\n\r\nx\r\n";
const PATHS = ["a@x", "b@x"];
const first = mailOf(TEXT, { forwardPaths: PATHS });
const { session } = first.envelope;

const others = [
  { name: "the same mail", other: { ...first, queueId: "another", receivedAt: 7 }, same: true },
  {
    name: "paths in another order, one twice",
    other: mailOf(TEXT, { forwardPaths: ["b@x", "a@x", "b@x"] }),
    same: true,
  },
  {
    name: "another HELO",
    other: mailOf(TEXT, { forwardPaths: PATHS, session: { ...session, helo: "x" } }),
    same: true,
  },
  {
    name: "a session over TLS, another user, another declared body",
    other: mailOf(TEXT, {
      forwardPaths: PATHS,
      body: "BINARYMIME",
      session: { ...session, protocol: "ESMTPSA", user: "nas" },
    }),
    same: true,
  },
  {
    name: "REQUIRETLS",
    other: mailOf(TEXT, { forwardPaths: PATHS, requireTls: true }),
    same: false,
  },
  {
    name: "a report asked for",
    other: mailOf(TEXT, {
      forwardPaths: PATHS,
      dsn: { recipients: { "a@x": { notify: ["SUCCESS"] } } },
    }),
    same: false,
  },
  {
    name: "another peer",
    other: mailOf(TEXT, { forwardPaths: PATHS, session: { ...session, peer: "::1" } }),
    same: false,
  },
  {
    name: "another reverse-path",
    other: mailOf(TEXT, { forwardPaths: PATHS, reversePath: "" }),
    same: false,
  },
  { name: "a path less", other: mailOf(TEXT, { forwardPaths: ["a@x"] }), same: false },
  { name: "paths run together", other: mailOf(TEXT, { forwardPaths: ["a@x,b@x"] }), same: false },
  {
    name: "another header",
    other: mailOf("A: 2\r\n\r\nx\r\n", { forwardPaths: PATHS }),
    same: false,
  },
];

for (const { name, other, same } of others) {
  Deno.test(`duplicateKey() is ${same ? "the same" : "another one"} for ${name}`, () => {
    assert.match(duplicateKey(other), /^[0-9a-f]{32}$/);
    assert.equal(duplicateKey(other) === duplicateKey(first), same);
  });
}

Deno.test("duplicateKey() of a plain mail is what earlier versions have stored", () => {
  assert.equal(duplicateKey(first), "6ff63b74e0342f7ffcc02b3835dac395");
});

Deno.test("duplicateKey() is the same for the same requests in another order", () => {
  const asked = (paths: readonly string[]) => {
    const recipients = Object.fromEntries(paths.map((path) => [path, { notify: ["NEVER"] }]));
    return mailOf(TEXT, { forwardPaths: paths, dsn: { recipients } as DsnRequest });
  };
  assert.equal(duplicateKey(asked(["b@x", "a@x"])), duplicateKey(asked(["a@x", "b@x"])));
});
