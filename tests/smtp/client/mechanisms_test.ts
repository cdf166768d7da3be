import assert from "node:assert/strict";
import {
  challengeOf,
  passwordMechanism,
  tokenMechanism,
} from "../../../lib/smtp/client/mechanisms.ts";

const octets = (text: string) => new TextEncoder().encode(text);
const nothing = octets("");

Deno.test("passwordMechanism() says PLAIN as RFC 4616 has it", () => {
  const { initial, answers } = passwordMechanism("PLAIN", { user: "tim", password: "tänstaaf" });
  assert.deepEqual([initial, answers.length], ["\0tim\0tänstaaf", 0]);
});

Deno.test("passwordMechanism() says LOGIN as everybody has it: user, then password", () => {
  const { initial, answers } = passwordMechanism("LOGIN", { user: "tim", password: "pass" });
  assert.equal(initial, undefined);
  assert.deepEqual(answers.map((answer) => answer(nothing)), ["tim", "pass"]);
});

Deno.test("passwordMechanism() says CRAM-MD5 as in the example of RFC 2195", () => {
  const credentials = { user: "tim", password: "tanstaaftanstaaf" };
  const { initial, answers } = passwordMechanism("CRAM-MD5", credentials);
  assert.equal(initial, undefined);
  assert.deepEqual(
    answers.map((answer) => answer(octets("<1896.697170952@postoffice.reston.mci.net>"))),
    ["tim b913a602c7eda7a495b4e6e7334d3890"],
  );
});

const server = { hostname: "server.example.com", port: 143 };

Deno.test("tokenMechanism() says OAUTHBEARER as in the example of RFC 7628", () => {
  const { initial, answers } = tokenMechanism("OAUTHBEARER", {
    user: "user@example.com",
    token: "vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg==",
    ...server,
  });
  assert.equal(
    initial,
    "n,a=user@example.com,\x01host=server.example.com\x01port=143\x01" +
      "auth=Bearer vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg==\x01\x01",
  );
  assert.deepEqual(answers.map((answer) => answer(octets("{}"))), ["\x01"]);
});

Deno.test("tokenMechanism() escapes commas and equals signs in the user of OAUTHBEARER", () => {
  const { initial } = tokenMechanism("OAUTHBEARER", { user: "a=b,c", token: "t", ...server });
  assert.equal(initial?.split("\x01")[0], "n,a=a=3Db=2Cc,");
});

Deno.test("tokenMechanism() says XOAUTH2 as Google and Microsoft have it", () => {
  const { initial, answers } = tokenMechanism("XOAUTH2", { user: "a@b", token: "ya29", ...server });
  assert.equal(initial, "user=a@b\x01auth=Bearer ya29\x01\x01");
  assert.deepEqual(answers.map((answer) => answer(octets("{}"))), [""]);
});

const challenges = [
  { text: "", expected: "" },
  { text: "YQ==", expected: "a" },
  { text: "YWI=", expected: "ab" },
  { text: "YWJj", expected: "abc" },
  { text: "YWJ", expected: null },
  { text: "YQ=", expected: null },
  { text: "YQ===", expected: null },
  { text: "Y Q=", expected: null },
  { text: "YWJj\n", expected: null },
  { text: "YW-_", expected: null },
  { text: "A".repeat(476), expected: "\0".repeat(357) },
  { text: "A".repeat(480), expected: null },
];

for (const { text, expected } of challenges) {
  Deno.test(`challengeOf() reads ${JSON.stringify(text.slice(0, 8))} of ${text.length}`, () => {
    const challenge = challengeOf(text);
    assert.equal(challenge && new TextDecoder().decode(challenge), expected);
  });
}
