/** The whole program's `explain`: how much it reads, from a file and from stdin. @module */

import assert from "node:assert/strict";
import { join } from "node:path";
import { passThrough } from "../support/configuration.ts";
import { runProgram } from "../support/program.ts";
import type { Ended } from "../support/tools.ts";

const HEAD = "From: a@x.example\nTo: b@x.example\nSubject: big\n\n";

/** Twice the smallest limit that the configuration takes. */
const MOST_OCTETS = 2 * 65_536;

/** Explains a mail of so many octets. */
async function explain(source: "stdin" | "a file", octets: number): Promise<Ended> {
  const folder = await Deno.makeTempDir({ prefix: "mail2alert-explain-" });
  const mail = HEAD.padEnd(octets, "x");
  try {
    const configuration = passThrough(2525, "limits: {message-size: 64KiB}");
    await Deno.writeTextFile(join(folder, "configuration.yml"), configuration);
    if (source === "stdin") return await runProgram(["explain", "-"], { cwd: folder, input: mail });
    await Deno.writeTextFile(join(folder, "mail.eml"), mail);
    return await runProgram(["explain", "mail.eml"], { cwd: folder });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

for (const source of ["stdin", "a file"] as const) {
  Deno.test(`explain tells of a mail from ${source} that is too large`, async () => {
    const { code, stdout, stderr } = await explain(source, MOST_OCTETS);
    assert.equal(code, 0, stderr);
    assert.match(stdout, /^refused: 552 /);
  });

  Deno.test(`explain stops reading ${source} far beyond that`, async () => {
    const { code, stdout, stderr } = await explain(source, MOST_OCTETS + 1);
    assert.deepEqual({ code, stdout }, { code: 2, stdout: "" });
    assert.match(stderr, /larger than limits\.message-size allows \(over 131072 octets\)/);
  });
}

Deno.test("explain stops reading what has no end", async () => {
  const folder = await Deno.makeTempDir({ prefix: "mail2alert-explain-" });
  try {
    await Deno.writeTextFile(join(folder, "configuration.yml"), passThrough(2525));
    const { code, stderr } = await runProgram(["explain", "/dev/zero"], { cwd: folder });
    assert.equal(code, 2);
    assert.match(stderr, /Cannot read the mail "\/dev\/zero": it is larger than/);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
