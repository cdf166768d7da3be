/**
 * The whole program's `replay` and `explain QUEUE-ID`: on the journal of a relay at work, and of one
 * that has ended.
 *
 * @module
 */

import assert from "node:assert/strict";
import { join } from "node:path";
import { type Program, runProgram, startProgram } from "../support/program.ts";
import { sendRaw } from "../support/raw_client.ts";
import { type RecordingSink, startRecordingSink } from "../support/recording_sink.ts";
import { queueIdIn, readStore } from "../support/store_reading.ts";
import type { Ended } from "../support/tools.ts";
import { until } from "../support/wait.ts";

function configuration(smarthostPort: number, ...rules: readonly string[]): string {
  return `local-smtp: 127.0.0.1:0
remote-smtp: 127.0.0.1:${smarthostPort}
history: full
managers:
  - name: all
    type: mail
    messages-we-want: {to: alerts@example.com}
    rules:
${rules.map((rule) => `      - ${rule}`).join("\n")}
`;
}

const OLD = ["{name: all of it, when: 'true', actions: [mailto:ops@example.com]}"];
const NEW = [
  "{name: disks, when: mail.text.contains('sda'), actions: [mailto:storage@example.com]}",
  "{name: backups, when: mail.subject == 'backup', actions: [mailto:ops@example.com]}",
];

const MESSAGES = [
  "Subject: disk\r\n\r\nsda is failing\r\n",
  "Subject: backup\r\n\r\nall is well\r\n",
  "Subject: UPS\r\n\r\non battery\r\n",
];

/** A relay that has taken the three mails, and their queue ids. */
async function relayed(
  sink: RecordingSink,
): Promise<Program & { readonly queueIds: readonly string[] }> {
  const program = await startProgram(configuration(sink.port, ...OLD));
  const queueIds: string[] = [];
  for (const message of MESSAGES) {
    const mail = { from: "nas@example.com", to: ["alerts@example.com"], message };
    queueIds.push(queueIdIn(await sendRaw(program.port, mail)));
  }
  // The journal is written after the reply.
  await until(
    () =>
      readStore(program.store, (reader) => reader.search({ limit: 10 })).length === queueIds.length,
    { what: "the journal" },
  );
  await Deno.writeTextFile(join(program.folder, "new.yml"), configuration(sink.port, ...NEW));
  await Deno.writeTextFile(join(program.folder, "none.yml"), "local-smtp: 127.0.0.1:0\n");
  return { ...program, queueIds };
}

function run({ folder }: Program, ...args: readonly string[]): Promise<Ended> {
  return runProgram(args, { cwd: folder });
}

Deno.test("replay tells who would lose mail, beside the relay and after it", async () => {
  await using sink = startRecordingSink();
  await using program = await relayed(sink);
  const [disk, , ups] = program.queueIds;
  for (const state of ["runs", "has ended"]) {
    const { code, stdout, stderr } = await run(program, "replay", "--config", "new.yml");
    assert.deepEqual({ code, stderr }, { code: 3, stderr: "" }, state);
    const lines = stdout.replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, "TIME").split("\n");
    assert.equal(lines[0], "1 mail would go to nobody any more (no longer to ops@example.com)");
    assert.equal(lines[1], `  TIME  ${ups}  UPS`);
    assert.ok(
      lines.includes("1 mail: no longer to ops@example.com; now to storage@example.com"),
      stdout,
    );
    assert.ok(lines.includes(`  TIME  ${disk}  disk`), stdout);
    assert.equal(
      lines.at(-2),
      "3 mails since TIME: 2 would change, 1 would lose the last destination",
    );
    if (state === "runs") assert.equal(await program.stop(), 0);
  }
  assert.equal(sink.mails.length, MESSAGES.length);
});

Deno.test("replay exits 0, 1 and 2 as it says", async () => {
  await using sink = startRecordingSink();
  await using program = await relayed(sink);
  await Deno.writeTextFile(join(program.folder, "same.yml"), configuration(sink.port, ...OLD));
  const codes = [];
  for (
    const args of [
      ["--config", "same.yml"],
      ["--config", "new.yml", "--since", "2000-01-01", "--store", "nowhere"],
      ["--config", "none.yml"],
      ["--config", "configuration.yml"],
    ]
  ) {
    codes.push((await run(program, "replay", ...args)).code);
  }
  assert.deepEqual(codes, [0, 1, 2, 2]);
});

Deno.test("explain tells of a mail by the id of its reply, and of a file that is named so", async () => {
  await using sink = startRecordingSink();
  await using program = await relayed(sink);
  const [disk = ""] = program.queueIds;
  const { code, stdout, stderr } = await run(program, "explain", ` ${disk.toLowerCase()} `);
  assert.deepEqual({ code, stderr }, { code: 0, stderr: "" });
  assert.ok(stdout.startsWith(`${disk} is delivered\nfrom <nas@example.com> to <alerts@`), stdout);
  assert.match(stdout, /^manager all wants mail to alerts@example\.com: claimed$/m);
  assert.match(stdout, /^ {2}✔ all of it: matched – /m);
  assert.match(stdout, /^smarthost → ops@example\.com$/m);
  assert.match(stdout, /^what happened\n[^]*delivered to ops@example\.com: /m);
  assert.ok(!stdout.includes("\x1b"));
  const unknown = await run(program, "explain", "01JD0000000000000000000000");
  assert.deepEqual([unknown.code, unknown.stdout], [1, ""]);
  await Deno.writeTextFile(join(program.folder, disk), "To: alerts@example.com\nSubject: x\n\ny\n");
  const file = await run(program, "explain", disk);
  assert.match(file.stdout, /^from <> to <alerts@example\.com>\n/);
});
