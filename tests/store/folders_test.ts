/** The folders of a store, and that their names reach the disk. @module */

import assert from "node:assert/strict";
import { makeFolder } from "../../lib/store/folders.ts";

/** Gives a test a folder, and the list of folders that are opened for a sync. */
function withTop(test: (top: string, synced: string[]) => void): void {
  const top = Deno.makeTempDirSync();
  const { openSync } = Deno;
  const synced: string[] = [];
  try {
    Deno.openSync = (path, options) => {
      synced.push(String(path));
      return openSync(path, options);
    };
    test(top, synced);
  } finally {
    Deno.openSync = openSync;
    Deno.removeSync(top, { recursive: true });
  }
}

function modeOf(path: string): number {
  return (Deno.statSync(path).mode ?? 0) & 0o777;
}

Deno.test("makeFolder() makes those above it too, and syncs each name", () =>
  withTop((top, synced) => {
    assert.equal(makeFolder(`${top}/a/b/c`), true);
    assert.deepEqual(synced, [top, `${top}/a`, `${top}/a/b`]);
    for (const folder of ["a", "a/b", "a/b/c"]) assert.equal(modeOf(`${top}/${folder}`), 0o700);
  }));

Deno.test("makeFolder() leaves one that is there as it is", () =>
  withTop((top, synced) => {
    Deno.chmodSync(top, 0o755);
    assert.equal(makeFolder(top), false);
    assert.deepEqual([modeOf(top), synced], [0o755, []]);
  }));

for (const error of [Deno.errors.PermissionDenied, Deno.errors.NotCapable]) {
  Deno.test(`makeFolder() does without the folder above on ${error.name}`, () =>
    withTop((top) => {
      Deno.openSync = () => {
        throw new error();
      };
      assert.equal(makeFolder(`${top}/a`), true);
    }));
}

Deno.test("makeFolder() tells what the disk says", () =>
  withTop((top) => {
    Deno.writeTextFileSync(`${top}/file`, "");
    assert.throws(() => makeFolder(`${top}/file/a`), /Not a directory/);
    assert.throws(() => makeFolder(`${top}/file`), /exists/);
    Deno.openSync = () => {
      throw new Error("Input/output error");
    };
    assert.throws(() => makeFolder(`${top}/b`), /Input\/output error/);
  }));
