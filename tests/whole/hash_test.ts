/** The whole program makes hashes: the thread that computes them starts, also when compiled. @module */

import assert from "node:assert/strict";
import { readHash } from "../../lib/mail/password_hash.ts";
import { ALGORITHMS, hasHash } from "../../lib/smtp/auth/hash_password.ts";
import { HashThread } from "../../lib/smtp/auth/hash_thread.ts";
import { runProgram } from "../support/program.ts";

for (const algorithm of ALGORITHMS) {
  Deno.test(`mail2alert hash --algorithm ${algorithm}`, async () => {
    const args = ["hash", "--algorithm", algorithm];
    const { code, stdout, stderr } = await runProgram(args, { input: "sëcret\n" });
    assert.equal(code, 0, stderr);
    const hash = readHash(stdout.trimEnd());
    assert.ok(typeof hash !== "string", stdout);
    assert.ok(await hasHash("sëcret", hash, new HashThread()));
  });
}

Deno.test("mail2alert hash exits 2 without a password, and says what to do", async () => {
  const { code, stdout, stderr } = await runProgram(["hash"], { input: "" });
  assert.deepEqual([code, stdout], [2, ""]);
  assert.match(stderr, /there is none: type it, or give it as a line on stdin\n$/);
});
