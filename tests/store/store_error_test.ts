import assert from "node:assert/strict";
import { storeError } from "../../lib/store/store_error.ts";

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
