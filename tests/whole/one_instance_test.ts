/**
 * One program per store, and cron as its supervisor.
 *
 * @module
 */

import assert from "node:assert/strict";
import { dirname } from "node:path";
import { passThrough } from "../support/configuration.ts";
import { type Program, runProgram, startProgram } from "../support/program.ts";
import type { Ended } from "../support/tools.ts";
import { until } from "../support/wait.ts";

/** Nothing here is sent anywhere. */
const CONFIGURATION = passThrough(9);

/** `serve` once more, on the folder of a program, to its end. */
function serveBeside({ folder }: Program, ...flags: readonly string[]): Promise<Ended> {
  const args = ["serve", "--config", `${folder}/configuration.yml`, ...flags];
  return runProgram(args, { cwd: folder, withinMs: 60_000 });
}

function holderOf({ pid, port }: Program): string {
  return String.raw`mail2alert \S+ \(process ${pid} on \S+, since 20\d\d-\S+Z, listening on ` +
    String.raw`127\.0\.0\.1:${port}\) holds it`;
}

Deno.test("serve on a store that is in use names its holder and exits 1", async () => {
  await using program = await startProgram(CONFIGURATION);
  await until(() => Deno.readTextFileSync(`${program.store}/holder.json`).includes("127.0.0.1:"), {
    what: "the holder's addresses",
  });
  const { code, stdout, stderr } = await serveBeside(program);
  assert.equal(code, 1);
  assert.equal(stdout, "");
  assert.match(
    stderr,
    new RegExp(
      `^Cannot use the store /\\S+: ${holderOf(program)}; stop that one .*--replace.*\\n$`,
    ),
  );
  assert.equal(await program.stop(), 0);
});

Deno.test("serve --if-not-running leaves a healthy one alone: exit 0, not a word", async () => {
  await using program = await startProgram(CONFIGURATION);
  assert.deepEqual(await serveBeside(program, "--if-not-running"), {
    code: 0,
    stdout: "",
    stderr: "",
  });
  assert.equal(await program.stop(), 0);
});

Deno.test("serve --if-not-running serves where nobody does", async () => {
  await using program = await startProgram(CONFIGURATION, { flags: ["--if-not-running"] });
  assert.equal((await serveBeside(program, "--if-not-running")).code, 0);
  assert.equal(await program.stop(), 0);
});

Deno.test("serve --if-not-running takes the place of one that is just ending", async () => {
  await using old = await startProgram(CONFIGURATION);
  old.signal("SIGTERM");
  const { folder } = old;
  const flags = ["--if-not-running"];
  await using program = await startProgram(CONFIGURATION, { folder, flags, logName: "next.log" });
  assert.equal(await old.exit(), 0);
  assert.equal(await program.stop(), 0);
});

Deno.test("serve --if-not-running tells of one that does not answer, and exits 1", async () => {
  await using program = await startProgram(CONFIGURATION);
  program.signal("SIGSTOP");
  const { code, stdout, stderr } = await serveBeside(program, "--if-not-running");
  program.signal("SIGCONT");
  assert.equal(code, 1);
  assert.equal(stdout, "");
  assert.match(
    stderr,
    new RegExp(
      `: ${holderOf(program)}, but it does not say how it is: .*no answer within \\d+ ms\\. Look ` +
        `at its log, then stop it \\(kill ${program.pid}, .*takes over its queue\\n$`,
    ),
  );
  assert.equal(await program.stop(), 0);
});

Deno.test("serve --if-not-running advises to kill nobody who only cannot be asked", async () => {
  const path = `${await Deno.makeTempDir()}/${"x".repeat(94)}`;
  try {
    await using program = await startProgram(passThrough(9, `store: {path: ${path}}`));
    const { code, stderr } = await serveBeside(program, "--if-not-running");
    assert.equal(code, 1);
    assert.match(
      stderr,
      /^Cannot tell whether .* is well: .*nobody can ask it: .* octets.*\(store\.path\)\. /,
    );
    assert.doesNotMatch(stderr, /kill/);
    assert.match(program.log(), /WARNING app configuration .*warning="store\.path has \d+ octets/);
    assert.equal(await program.stop(), 0);
  } finally {
    await Deno.remove(dirname(path), { recursive: true });
  }
});

Deno.test("serve starts at once after kill -9, and can be asked", async () => {
  await using killed = await startProgram(CONFIGURATION);
  killed.signal("SIGKILL");
  await killed.exit();
  const { folder } = killed;
  await using program = await startProgram(CONFIGURATION, { folder, logName: "next.log" });
  assert.equal((await serveBeside(program, "--if-not-running")).code, 0);
  assert.match((await serveBeside(program)).stderr, new RegExp(holderOf(program)));
  assert.equal(await program.stop(), 0);
});

Deno.test("serve refuses --if-not-running and --replace together as wrong usage", async () => {
  const { code, stderr } = await runProgram(["serve", "--if-not-running", "--replace"]);
  assert.equal(code, 2);
  assert.match(stderr, /^--if-not-running leaves a running program alone and --replace ends it/);
});
