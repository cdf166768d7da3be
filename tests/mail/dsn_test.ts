import assert from "node:assert/strict";
import { dsnFor, dsnKey, isWanted, recipientDsn } from "../../lib/mail/dsn.ts";
import type { DsnEvent, Envelope } from "../../lib/mail/envelope.ts";

const PATHS = ["a@x", "b@x"];

/** What was asked for these recipients of a mail to `a@x` and `b@x`. */
function askedOf(
  recipients: Record<string, readonly DsnEvent[]>,
  forwardPaths: readonly string[] = PATHS,
): Pick<Envelope, "dsn" | "forwardPaths"> {
  const asked = Object.entries(recipients).map(([path, notify]) => [path, { notify }]);
  return { forwardPaths, dsn: { recipients: Object.fromEntries(asked) } };
}

/** What the reverse-path hears of a recipient. */
function heard(asked: Pick<Envelope, "dsn" | "forwardPaths">, recipient: string): string {
  return (["SUCCESS", "FAILURE", "DELAY"] as const)
    .filter((event) => isWanted(asked, recipient, event)).join();
}

const NEVER = ["NEVER"] as const;
const ALL = ["SUCCESS", "FAILURE", "DELAY"] as const;

const wishes = [
  { name: "nothing", asked: { forwardPaths: PATHS }, expected: "FAILURE,DELAY" },
  { name: "RET alone", asked: { forwardPaths: PATHS, dsn: { ret: "HDRS" as const } } },
  { name: "something for somebody else", asked: askedOf({ "b@x": NEVER }) },
  { name: "NEVER", asked: askedOf({ "a@x": NEVER }), expected: "" },
  { name: "FAILURE", asked: askedOf({ "a@x": ["FAILURE"] }), expected: "FAILURE" },
  { name: "DELAY", asked: askedOf({ "a@x": ["DELAY"] }), expected: "DELAY" },
  { name: "SUCCESS", asked: askedOf({ "a@x": ["SUCCESS"] }), expected: "SUCCESS" },
  { name: "everything", asked: askedOf({ "a@x": ALL }), expected: "SUCCESS,FAILURE,DELAY" },
  { name: "NEVER among others", asked: askedOf({ "a@x": ["SUCCESS", "NEVER"] }), expected: "" },
];

for (const { name, asked, expected = "FAILURE,DELAY" } of wishes) {
  Deno.test(`isWanted() wants ${expected || "nothing"} where ${name} was asked for`, () => {
    assert.equal(heard(asked, "a@x"), expected);
  });
}

const standIns = [
  { name: "of one forward-path", asked: askedOf({ "a@x": NEVER }, ["a@x"]), expected: "" },
  {
    name: "of several that say the same",
    asked: askedOf({ "a@x": ["SUCCESS", "FAILURE"], "b@x": ["FAILURE", "SUCCESS"] }),
    expected: "SUCCESS,FAILURE",
  },
  {
    name: "of several that differ",
    asked: askedOf({ "a@x": NEVER, "b@x": ALL }),
    expected: "FAILURE,DELAY",
  },
  {
    name: "where only one of several asked",
    asked: askedOf({ "a@x": NEVER }),
    expected: "FAILURE,DELAY",
  },
  {
    name: "where the first of several did not ask",
    asked: askedOf({ "b@x": NEVER }),
    expected: "FAILURE,DELAY",
  },
];

for (const { name, asked, expected } of standIns) {
  Deno.test(`isWanted() takes a stand-in ${name} for ${expected || "nothing"}`, () => {
    for (const recipient of ["team@x", "discard", "constructor"]) {
      assert.equal(heard(asked, recipient), expected, recipient);
    }
  });
}

Deno.test("recipientDsn() knows a forward-path by its domain in any case", () => {
  const asked = askedOf({ "a@x": NEVER, "b@x": ALL });
  assert.deepEqual(recipientDsn(asked, "a@X"), { notify: NEVER });
  assert.deepEqual(recipientDsn(asked, "A@x"), {});
});

Deno.test("recipientDsn() takes no name of JavaScript for a wish", () => {
  const asked = { forwardPaths: ["constructor", "a@x"], dsn: { recipients: {} } };
  assert.deepEqual(recipientDsn(asked, "constructor"), {});
});

Deno.test("recipientDsn() makes up no original recipient", () => {
  const one = { notify: ALL, orcpt: "rfc822;ops@example.org" };
  const alone = { forwardPaths: ["a@x"], dsn: { recipients: { "a@x": one } } };
  assert.deepEqual(recipientDsn(alone, "team@x"), one);
  const both = { forwardPaths: PATHS, dsn: { recipients: { "a@x": one, "b@x": one } } };
  assert.deepEqual(recipientDsn(both, "team@x"), { notify: ALL });
  assert.deepEqual(recipientDsn(both, "b@x"), one);
});

Deno.test("dsnFor() asks the next server the same for whoever stands in", () => {
  const dsn = { ret: "HDRS" as const, envid: "QQ314159", recipients: { "a@x": { notify: NEVER } } };
  const asked = { forwardPaths: ["a@x"], dsn };
  assert.deepEqual(dsnFor(asked, ["a@x"]), dsn);
  assert.deepEqual(dsnFor(asked, ["t@x", "u@x"]), {
    ...dsn,
    recipients: { "t@x": { notify: NEVER }, "u@x": { notify: NEVER } },
  });
  const differing = { ...asked, forwardPaths: PATHS };
  assert.deepEqual(dsnFor(differing, ["t@x", "a@x"]), dsn);
  assert.deepEqual(dsnFor({ forwardPaths: PATHS, dsn: { ret: "FULL" } }, ["t@x"]), { ret: "FULL" });
  assert.equal(dsnFor({ forwardPaths: PATHS }, ["t@x"]), undefined);
});

Deno.test("dsnKey() is the same for the same requests in another order, and for nothing else", () => {
  const asked = (notify: readonly DsnEvent[], rest = {}) => ({
    dsn: { recipients: { "a@x": { notify }, "b@x": {} }, ...rest },
  });
  const turned: Pick<Envelope, "dsn"> = {
    dsn: { recipients: { "b@x": {}, "a@x": { notify: ["DELAY", "SUCCESS"] } } },
  };
  const key = dsnKey(asked(["SUCCESS", "DELAY"]));
  assert.equal(dsnKey(turned), key);
  const others: readonly Pick<Envelope, "dsn">[] = [
    {},
    { dsn: {} },
    asked(["SUCCESS"]),
    asked(["SUCCESS", "DELAY"], { ret: "HDRS" }),
    asked(["SUCCESS", "DELAY"], { envid: "HDRS" }),
    { dsn: { recipients: { "a@x": { notify: ["SUCCESS", "DELAY"], orcpt: "rfc822;a@x" } } } },
  ];
  const keys = others.map(dsnKey);
  assert.equal(new Set([key, ...keys]).size, others.length + 1);
  assert.equal(dsnKey({}), "");
});
