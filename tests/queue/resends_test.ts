import assert from "node:assert/strict";
import type { Mail } from "../../lib/mail/message.ts";
import type { Reply } from "../../lib/mail/reply.ts";
import { RecentIds } from "../../lib/queue/recent_ids.ts";
import { Resends } from "../../lib/queue/resends.ts";
import { mailOf } from "../support/mails.ts";

const TEXT = "A: 1\r\n\r\nx\r\n";
const YES: Reply = { code: 250, lines: ["ok"] };
const NO: Reply = { code: 451, lines: ["later"] };
const first = mailOf(TEXT, { forwardPaths: ["a@x", "b@x"] });

/** Lets a mail come and go. */
function pass(resends: Resends, mail: Mail, reply: Reply, ...delivered: string[]): boolean {
  const entry = resends.enter(mail);
  for (const name of delivered) entry.mail.delivered.add(name);
  entry.leave(reply);
  return entry.again;
}

Deno.test("Resends knows a mail that was not answered 2xx for an hour, and not longer", () => {
  let now = 0;
  const resends = new Resends(() => now);
  pass(resends, first, NO, "smarthost a@x");
  now = 3_599_999;
  const entry = resends.enter(first);
  assert.deepEqual([entry.again, [...entry.mail.delivered]], [true, ["smarthost a@x"]]);
  entry.leave(NO);
  now += 3_600_000;
  assert.equal(pass(resends, first, NO), false);
});

Deno.test("Resends forgets a mail once it has been answered 2xx", () => {
  const resends = new Resends();
  pass(resends, first, NO);
  assert.equal(pass(resends, first, YES), true);
  assert.equal(pass(resends, first, YES), false);
});

Deno.test("Resends knows a mail that is still under way, and keeps its first id", () => {
  const resends = new Resends();
  const one = resends.enter(first);
  const two = resends.enter({ ...first, queueId: "another" });
  assert.equal(two.again, true);
  assert.equal(two.mail, one.mail);
  assert.equal(two.mail.queueId, first.queueId);
  one.leave(YES);
  const three = resends.enter(first);
  assert.equal(three.mail, one.mail, "the second try is still under way");
  two.leave(YES);
  three.leave(YES);
  assert.equal(pass(resends, first, YES), false);
});

Deno.test("Resends lets the second try hear what the first was told, and the third the second", async () => {
  const resends = new Resends();
  const tries = [resends.enter(first), resends.enter(first), resends.enter(first)];
  assert.equal(tries[0]?.before, undefined);
  tries[0]?.leave(NO);
  tries[1]?.leave(YES);
  assert.deepEqual(await Promise.all(tries.map((entry) => entry.before)), [undefined, NO, YES]);
  tries[2]?.leave(YES);
});

Deno.test("Resends forgets the oldest beyond its limit", () => {
  const resends = new Resends(() => 0, 2);
  const mails = ["a@x", "b@x", "c@x"].map((path) => mailOf(TEXT, { forwardPaths: [path] }));
  for (const mail of mails) pass(resends, mail, NO);
  assert.deepEqual(mails.toReversed().map((mail) => pass(resends, mail, YES)), [
    true,
    true,
    false,
  ]);
});

const others = [
  { name: "the same mail", other: mailOf(TEXT, { forwardPaths: ["b@x", "a@x"] }), same: true },
  {
    name: "another body",
    other: mailOf("A: 1\r\n\r\ny\r\n", { forwardPaths: ["a@x", "b@x"] }),
    same: false,
  },
  {
    name: "another header",
    other: mailOf("A: 2\r\n\r\nx\r\n", { forwardPaths: ["a@x", "b@x"] }),
    same: false,
  },
  { name: "another forward-path", other: mailOf(TEXT, { forwardPaths: ["a@x"] }), same: false },
  {
    name: "another peer",
    other: mailOf(TEXT, {
      forwardPaths: ["a@x", "b@x"],
      session: { peer: "127.0.0.2", helo: "ci.example.com", protocol: "ESMTP" },
    }),
    same: false,
  },
  {
    name: "a mail that asks for no notification",
    other: mailOf(TEXT, {
      forwardPaths: ["a@x", "b@x"],
      dsn: { recipients: { "a@x": { notify: ["NEVER"] } } },
    }),
    same: false,
  },
  {
    name: "a mail that asks for TLS",
    other: mailOf(TEXT, { forwardPaths: ["a@x", "b@x"], requireTls: true }),
    same: false,
  },
  {
    name: "another reverse-path",
    other: mailOf(TEXT, { forwardPaths: ["a@x", "b@x"], reversePath: "" }),
    same: false,
  },
];

for (const { name, other, same } of others) {
  Deno.test(`Resends tells ${name} ${same ? "as the same" : "apart"}`, () => {
    const resends = new Resends();
    const entry = resends.enter(first);
    assert.equal(resends.enter(other).again, same, "under way");
    entry.leave(NO);
    assert.equal(resends.enter(other).again || !same, true);
    const kept = new Resends();
    pass(kept, first, NO);
    assert.equal(kept.enter(other).again, same, "after its answer");
  });
}

Deno.test("RecentIds.has() knows the newest ids, and not for ever", () => {
  const ids = new RecentIds(2);
  for (const id of ["a", "b", "c", "d", "e"]) ids.add(id);
  assert.deepEqual(["a", "b", "c", "d", "e"].map((id) => ids.has(id)), [
    false,
    false,
    true,
    true,
    true,
  ]);
});
