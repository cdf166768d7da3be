import assert from "node:assert/strict";
import type { RecipientDsn } from "../../../lib/mail/envelope.ts";
import {
  recipientDsn,
  wantsSuccess,
  withOriginals,
} from "../../../lib/smtp/client/dsn_parameters.ts";

const rows: { name: string; asked: RecipientDsn; expected: string }[] = [
  { name: "nothing", asked: {}, expected: "" },
  { name: "NEVER", asked: { notify: ["NEVER"] }, expected: " NOTIFY=NEVER" },
  {
    name: "several events",
    asked: { notify: ["SUCCESS", "FAILURE", "DELAY"] },
    expected: " NOTIFY=SUCCESS,FAILURE,DELAY",
  },
  {
    name: "an original recipient in xtext",
    asked: { notify: ["DELAY"], orcpt: "rfc822;a+b=c d@x" },
    expected: " NOTIFY=DELAY ORCPT=rfc822;a+2Bb+3Dc+20d@x",
  },
  { name: "ORCPT alone", asked: { orcpt: "x400;/S=a/" }, expected: " ORCPT=x400;/S+3Da/" },
  { name: "no ORCPT without a type", asked: { orcpt: "a@x" }, expected: "" },
  { name: "no ORCPT with a type that is no word", asked: { orcpt: "a b;c@x" }, expected: "" },
  {
    name: "a long ORCPT",
    asked: { orcpt: `rfc822;${"x".repeat(493)}` },
    expected: ` ORCPT=rfc822;${"x".repeat(493)}`,
  },
  {
    name: "no ORCPT that is too long",
    asked: { orcpt: `rfc822;${"x".repeat(494)}` },
    expected: "",
  },
  {
    name: "no second command",
    asked: { orcpt: "rfc822;a\r\nRSET" },
    expected: " ORCPT=rfc822;a+0D+0ARSET",
  },
];

for (const { name, asked, expected } of rows) {
  Deno.test(`recipientDsn() writes ${name}`, () => {
    assert.equal(recipientDsn({ recipients: { "a@x": asked } }, "a@x"), expected);
    assert.equal(recipientDsn({ recipients: { "a@x": asked } }, "b@x"), "");
  });
}

Deno.test("recipientDsn() takes nothing that every object has for a wish", () => {
  assert.equal(recipientDsn({ recipients: {} }, "constructor"), "");
  assert.equal(recipientDsn({}, "a@x"), "");
  assert.equal(recipientDsn(undefined, "a@x"), "");
});

const originals = [
  { recipient: "a+b@x", orcpt: "rfc822;a+b@x", wire: "rfc822;a+2Bb@x" },
  {
    recipient: "ü+\\@x",
    orcpt: "utf-8;\\x{FC}\\x{2B}\\x{5C}@x",
    wire: "utf-8;\\x{FC}\\x{2B}\\x{5C}@x",
  },
];

for (const { recipient, orcpt, wire } of originals) {
  Deno.test(`withOriginals() names ${recipient} as the original recipient`, () => {
    const dsn = { recipients: { [recipient]: { notify: ["DELAY"] as const } } };
    const made = withOriginals(dsn, [recipient]);
    assert.deepEqual(made.recipients, { [recipient]: { notify: ["DELAY"], orcpt } });
    assert.equal(recipientDsn(made, recipient), ` NOTIFY=DELAY ORCPT=${wire}`);
  });
}

Deno.test("withOriginals() leaves alone what was named, and who stands in", () => {
  const dsn = {
    ret: "FULL" as const,
    recipients: { "a@x": { orcpt: "rfc822;z@x" }, "team@x": { notify: ["DELAY"] as const } },
  };
  assert.deepEqual(withOriginals(dsn, ["a@x", "b@x"]), dsn);
  assert.deepEqual(withOriginals({ ret: "FULL" }, ["a@x"]), { ret: "FULL" });
});

Deno.test("wantsSuccess() says whose success is to be reported", () => {
  const dsn = {
    recipients: {
      "a@x": { notify: ["DELAY", "SUCCESS"] as const },
      "b@x": { notify: ["DELAY"] as const },
    },
  };
  assert.deepEqual(["a@x", "b@x", "c@x"].map((path) => wantsSuccess(dsn, path)), [
    true,
    false,
    false,
  ]);
});
