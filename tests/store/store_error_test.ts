import assert from "node:assert/strict";
import { readingRemedy, remedyFor, storeError } from "../../lib/store/store_error.ts";

const cases = [
  { said: "No space left on device (os error 28)", code: "store-full" },
  { said: "ENOSPC: no space left on device, write", code: "store-full" },
  { said: "Disk quota exceeded (os error 122)", code: "store-full" },
  { said: "Read-only file system (os error 30)", code: "store-failed" },
  { said: "Input/output error (os error 5)", code: "store-failed" },
];

for (const { said, code } of cases) {
  Deno.test(`storeError() calls "${said}" ${code}`, () => {
    const error = storeError("write x", new Error(said));
    assert.equal(error.code, code);
    assert.equal(error.message, `Cannot write x: ${said}`);
  });
}

const readings = [
  { said: "Permission denied (os error 13): stat '/s/queue.db'", expected: /as root$/ },
  { said: "unable to open database file", expected: /read-only, copy .* --store$/ },
  { said: "file is not a database", expected: /^$/ },
];

for (const { said, expected } of readings) {
  Deno.test(`readingRemedy() of "${said}"`, () => assert.match(readingRemedy(said), expected));
}

const writings = [
  { said: "mkdir '/s': Permission denied (os error 13)", expected: /read and write .* \/s$/ },
  { said: "unable to open database file", expected: /read and write .* not read-only$/ },
  { said: "what nobody knows", expected: /^check \/s and its disk$/ },
];

for (const { said, expected } of writings) {
  Deno.test(`remedyFor() of "${said}"`, () => assert.match(remedyFor("/s", said), expected));
}
