import assert from "node:assert/strict";
import { RecentIds } from "../../lib/queue/recent_ids.ts";
import { resendKey, Resends, type Unfinished } from "../../lib/queue/resends.ts";
import { mailOf } from "../support/mails.ts";

const unfinished = (queueId: string, ...delivered: string[]): Unfinished => ({
  queueId,
  delivered: new Set(delivered),
  running: Promise.resolve(),
});

Deno.test("Resends.find() knows a mail for an hour, and not longer", () => {
  let now = 0;
  const resends = new Resends(() => now);
  const mail = unfinished("A");
  resends.keep("k", mail);
  now = 3_599_999;
  assert.equal(resends.find("k"), mail);
  now = 3_600_000;
  assert.equal(resends.find("k"), undefined);
});

Deno.test("Resends.forget() forgets", () => {
  const resends = new Resends();
  resends.keep("k", unfinished("A"));
  resends.forget("k");
  assert.equal(resends.find("k"), undefined);
});

Deno.test("Resends.keep() joins what is known of the same mail", () => {
  const resends = new Resends();
  resends.keep("k", unfinished("A", "smarthost a@x"));
  resends.keep("k", unfinished("B", "smarthost b@x"));
  assert.deepEqual([...resends.find("k")?.delivered ?? []].sort(), [
    "smarthost a@x",
    "smarthost b@x",
  ]);
});

Deno.test("Resends.keep() forgets the oldest beyond its limit", () => {
  const resends = new Resends(() => 0, 2);
  for (const key of ["a", "b", "c"]) resends.keep(key, unfinished(key));
  assert.deepEqual(["a", "b", "c"].map((key) => resends.find(key)?.queueId), [undefined, "b", "c"]);
});

const first = mailOf("A: 1\r\n\r\nx\r\n", { forwardPaths: ["a@x", "b@x"] });

for (
  const { name, other, same } of [
    {
      name: "the same mail",
      other: mailOf("A: 1\r\n\r\nx\r\n", { forwardPaths: ["b@x", "a@x"] }),
      same: true,
    },
    {
      name: "another body",
      other: mailOf("A: 1\r\n\r\ny\r\n", { forwardPaths: ["a@x", "b@x"] }),
      same: false,
    },
    {
      name: "another forward-path",
      other: mailOf("A: 1\r\n\r\nx\r\n", { forwardPaths: ["a@x"] }),
      same: false,
    },
    {
      name: "another reverse-path",
      other: mailOf("A: 1\r\n\r\nx\r\n", { forwardPaths: ["a@x", "b@x"], reversePath: "" }),
      same: false,
    },
  ]
) {
  Deno.test(`resendKey() tells ${name} ${same ? "as the same" : "apart"}`, () => {
    assert.equal(resendKey(first) === resendKey(other), same);
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
