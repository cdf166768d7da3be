/**
 * The log of the whole program and those who read it.
 *
 * @module
 */

import assert from "node:assert/strict";
import { passThrough } from "../support/configuration.ts";
import { freePort, isListening } from "../support/ports.ts";
import { commandLine } from "../support/program.ts";
import { MESSAGE, sendRaw } from "../support/raw_client.ts";
import { startRecordingSink } from "../support/recording_sink.ts";
import { until, within } from "../support/wait.ts";

/** More than a pipe holds (64 KiB), at some 300 octets a mail. */
const MAILS = 400;

Deno.test("serve goes on, and ends when it is told to, though nobody reads its log", async () => {
  await using sink = startRecordingSink();
  const port = freePort();
  const folder = await Deno.makeTempDir({ prefix: "mail2alert-log-" });
  const configuration = passThrough(sink.port).replace("127.0.0.1:0", `127.0.0.1:${port}`);
  await Deno.writeTextFile(`${folder}/configuration.yml`, configuration);
  const [command, ...args] = commandLine();
  const child = new Deno.Command(command, {
    args: [...args, "serve"],
    cwd: folder,
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).spawn();
  try {
    await until(() => isListening(port), { what: `port ${port}` });
    for (let sent = 0; sent < MAILS; sent++) {
      const message = MESSAGE.replace("hello", `mail ${sent}`);
      assert.match(await sendRaw(port, { message }), /^250 /);
    }
    child.kill("SIGTERM");
    const { code } = await within(child.status, { what: "the end of the program" });
    assert.equal(code, 0);
    assert.equal(sink.mails.length, MAILS);
  } finally {
    await child.stderr.cancel();
    await Deno.remove(folder, { recursive: true });
  }
});
