/**
 * The whole program's `explain`: how much it reads, from a file and from stdin; and the command that
 * it tells where the journal has not kept all.
 *
 * @module
 */

import assert from "node:assert/strict";
import { join } from "node:path";
import { passThrough } from "../support/configuration.ts";
import { commandLine, runProgram, startProgram } from "../support/program.ts";
import { sendRaw } from "../support/raw_client.ts";
import { startRecordingSink } from "../support/recording_sink.ts";
import { queueIdIn, readStore } from "../support/store_reading.ts";
import { type Ended, run } from "../support/tools.ts";
import { until } from "../support/wait.ts";

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

Deno.test("explain ID tells the command that tells of every rule", async () => {
  await using sink = startRecordingSink();
  const rule = (n: number) =>
    `  - {name: rule of ${n}, when: "mail.text.contains('disk ${n}')", actions: [discard]}`;
  await using program = await startProgram([
    "local-smtp: 127.0.0.1:0",
    `remote-smtp: 127.0.0.1:${sink.port}`,
    "history: full",
    "managers:",
    "- name: all",
    "  type: mail",
    "  messages-we-want: {to: alerts@example.com}",
    "  rules:",
    ...Array.from({ length: 30 }, (_, n) => rule(n)),
    "",
  ].join("\n"));
  const mail = { from: "nas@example.com", to: ["alerts@example.com"] };
  const id = queueIdIn(
    await sendRaw(program.port, { ...mail, message: "To: x\r\n\r\nall is well\r\n" }),
  );
  await until(
    () => readStore(program.store, (reader) => reader.find(id) === null && reader.kept(id)),
    {
      what: "the journal",
    },
  );
  const { stdout } = await runProgram(["explain", id], { cwd: program.folder });
  assert.match(stdout, /^ {2}✘ rule of 19: /m);
  assert.doesNotMatch(stdout, /rule of 20: /);
  const [, told = ""] = /now:\n {2}(mail2alert .*)\n/.exec(stdout) ?? [];
  const itself = commandLine().map((word) => `'${word}'`).join(" ");
  const shell = `mail2alert() { ${itself} "$@"; }; ${told}`;
  const { stdout: all, stderr } = await run("/bin/sh", ["-c", shell], { cwd: program.folder });
  assert.match(all, /^ {2}✘ rule of 20: not-matched[^]*^ {2}✘ rule of 29: not-matched/m, stderr);
  assert.match(all, /^from <nas@example\.com> to <alerts@example\.com>\n/);
});
