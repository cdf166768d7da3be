/** Nothing of a login is shown, and nothing that a terminal would obey. @module */

import assert from "node:assert/strict";
import fc from "fast-check";
import { follow } from "../../support/dialogue.ts";

const SECRET = "aGlkZGVu";

const logins = [
  `AUTH PLAIN ${SECRET}`,
  `auth plain ${SECRET}`,
  ` AUTH  PLAIN  ${SECRET}`,
  `AUTH LOGIN ${SECRET}`,
  `AUTH ${SECRET}`,
  `AUTH ${SECRET} ${SECRET}`,
  `AUTH XOAUTH2 ${SECRET} ${SECRET}`,
  `AUTH\tPLAIN\t${SECRET}`,
  `AUTH LOGIN\r\n${SECRET}`,
  `AUTH LOGIN\n${SECRET}`,
  `AUTH=LOGIN ${SECRET}`,
  `AUTH PLAIN\r\n${SECRET}\r\nDATA\r\n${SECRET}`,
  `AUTH PLAIN\r\n\r\n ${SECRET}`,
  `AUTH PLAIN\r\nHELP${SECRET}`,
];

for (const login of logins) {
  Deno.test(`Dialogue hides what is secret in ${JSON.stringify(login)}`, () => {
    for (const reply of ["334 ", "235 OK", "504 No", "501 No", "250-x\r\n250 OK"]) {
      for (const octets of [Infinity, 1]) {
        const replies = `<${`${reply}\r\n`.repeat(4)}`;
        const told = follow(["<220 x\r\n", `>${login}\r\n`, replies], octets);
        assert.doesNotMatch(told.join("\n"), new RegExp(SECRET));
      }
    }
  });
}

Deno.test("Dialogue tells lines of printable ASCII and bounded length, whatever comes", () => {
  const piece = fc.constantFrom(
    ...[
      "AUTH ",
      "DATA\r\n",
      "BDAT 3\r\n",
      "BDAT 9 LAST\r\n",
      "\r\n",
      "\n",
      ".\r\n",
      "\x1b[2J",
      "é",
    ],
    ...["a".repeat(3_000), "STARTTLS\r\n", "\0"],
  ).map((text) => `>${text}`);
  const reply = fc.constantFrom("220 x", "354 x", "334 ", "250 x", "250-x\r\n250 x")
    .map((text) => `<${text}\r\n`);
  fc.assert(
    fc.property(
      fc.array(fc.oneof(piece, reply, fc.constant("=")), { maxLength: 30 }),
      (exchange) => {
        for (const line of follow(exchange)) assert.match(line, /^[ -~…]{1,400}$/);
      },
    ),
  );
});

Deno.test("Dialogue keeps little of what is long", () => {
  const [, shown = ""] = follow(["<220 x\r\n", `>EHLO ${"a".repeat(9_000)}\r\n`]);
  assert.equal(shown, `-> EHLO ${"a".repeat(251)} … (9,005 octets)`);
});
