/**
 * The flags that `permissions` prints, given to `deno run` and nothing beside them.
 *
 * @module
 */

import assert from "node:assert/strict";
import { join } from "node:path";
import { passThrough } from "../support/configuration.ts";
import { freePort, isListening } from "../support/ports.ts";
import { ROOT } from "../support/program.ts";
import { sendRaw } from "../support/raw_client.ts";
import { startRecordingSink } from "../support/recording_sink.ts";
import { run } from "../support/tools.ts";
import { until } from "../support/wait.ts";

Deno.test("fault 6: serve needs the printed permissions only, so no console can be opened", async () => {
  await using sink = startRecordingSink();
  const folder = await Deno.makeTempDir({ prefix: "mail2alert-permissions-" });
  const port = freePort();
  const configuration = passThrough(sink.port).replace("127.0.0.1:0", `127.0.0.1:${port}`);
  await Deno.writeTextFile(join(folder, "configuration.yml"), configuration);
  const deno = [
    Deno.execPath(),
    "run",
    "--quiet",
    "--no-prompt",
    "--config",
    join(ROOT, "deno.json"),
  ];
  const [command = "", ...options] = deno;
  const program = join(ROOT, "main.ts");
  try {
    const printed = await run(command, [...options, "-A", program, "permissions"], { cwd: folder });
    const flags = printed.stdout.trim().split(" ");
    assert.deepEqual(flags.map((flag) => flag.split("=")[0]), [
      "--unstable-net",
      "--allow-net",
      "--allow-read",
      "--allow-write",
      "--allow-env",
      "--allow-sys",
    ]);
    const child = new Deno.Command(command, {
      args: [...options, ...flags, program, "serve"],
      cwd: folder,
      stdin: "null",
      stdout: "null",
      stderr: "piped",
    }).spawn();
    const log = new Response(child.stderr).text();
    await until(() => isListening(port), { what: `port ${port}` });
    // Over 1 MiB, so that the spool is written to as well.
    const message = `Subject: large\r\n\r\n${`${"x".repeat(98)}\r\n`.repeat(12_000)}`;
    assert.match(await sendRaw(port, { message }), /^250 /);
    const asked = await run(command, [...options, ...flags, program, "serve", "--if-not-running"], {
      cwd: folder,
    });
    assert.equal(asked.code, 0, asked.stderr);
    child.kill("SIGTERM");
    assert.equal((await child.status).code, 0);
    assert.equal(sink.mails.length, 1);
    assert.doesNotMatch(await log, / (WARNING|ERROR|CRITICAL) /);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
