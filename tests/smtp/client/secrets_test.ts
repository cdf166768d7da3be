import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import fc from "fast-check";
import { Secrets } from "../../../lib/smtp/client/secrets.ts";

function hiding(...known: readonly string[]): Secrets {
  const secrets = new Secrets();
  for (const secret of known) secrets.add(secret);
  return secrets;
}

const rows = [
  { secret: "hunter22", text: "535 hunter22 is wrong", expected: "535 [hidden] is wrong" },
  { secret: "hunter22", text: "HUNTER22 and hunter22", expected: "[hidden] and [hidden]" },
  { secret: "a.c*", text: "abc a.c* aXcc", expected: "abc [hidden] aXcc" },
  { secret: "p ss/w?", text: "p%20ss%2Fw%3F", expected: "[hidden]" },
  { secret: "hunter22", text: "68756E7465723232", expected: "[hidden]" },
  { secret: "pä", text: "p\u00c3\u00a4", expected: "[hidden]" },
  { secret: "", text: "nothing", expected: "nothing" },
];

for (const { secret, text, expected } of rows) {
  Deno.test(`Secrets.hide() makes ${JSON.stringify(text)} ${JSON.stringify(expected)}`, () => {
    assert.equal(hiding(secret).hide(text), expected);
  });
}

Deno.test("Secrets.hide() hides several secrets, the longer one first", () => {
  assert.equal(hiding("abcd", "abcdefgh").hide("abcdefgh abcd"), "[hidden] [hidden]");
});

Deno.test("Secrets.hide() leaves of a secret in base64 no more than its ends, whatever is around", () => {
  const word = fc.string({ minLength: 8, maxLength: 30 });
  fc.assert(fc.property(word, fc.string(), fc.string(), (secret, before, after) => {
    for (const encoding of ["base64", "base64url"] as const) {
      const text = Buffer.from(`${before}${secret}${after}`).toString(encoding);
      const hidden = hiding(secret).hide(text);
      assert.ok(hidden.includes("[hidden]"), `${hidden} of ${text}`);
      const left = hidden.split("[hidden]").map((part) => Buffer.from(part, encoding).toString());
      assert.ok(!left.some((part) => part.includes(secret)));
    }
  }));
});
