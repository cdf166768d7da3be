/**
 * The whole program's command line: what goes where, and the exit codes.
 *
 * @module
 */

import assert from "node:assert/strict";
import { join } from "node:path";
import { passThrough } from "../support/configuration.ts";
import { runProgram, startProgram } from "../support/program.ts";
import type { Ended } from "../support/tools.ts";
import { until } from "../support/wait.ts";

/** Runs a command in a folder whose `configuration.yml` says this. */
async function runIn(configuration: string, ...args: readonly string[]): Promise<Ended> {
  const folder = await Deno.makeTempDir({ prefix: "mail2alert-command-" });
  try {
    await Deno.writeTextFile(join(folder, "configuration.yml"), configuration);
    return await runProgram(args, { cwd: folder });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("version prints one line to stdout", async () => {
  const { code, stdout, stderr } = await runProgram(["version"]);
  assert.deepEqual({ code, stderr }, { code: 0, stderr: "" });
  assert.match(stdout, /^mail2alert \d+\.\d+\.\d+ \(Deno \d+\.\d+\.\d+\)\n$/);
});

Deno.test("--help explains every command on stdout", async () => {
  const { code, stdout } = await runProgram(["--help"]);
  assert.equal(code, 0);
  for (
    const command of [
      "serve",
      "demo",
      "check",
      "report",
      "explain",
      "replay",
      "permissions",
      "schema",
      "hash",
      "doctor",
      "queue",
      "history",
      "version",
    ]
  ) {
    assert.match(stdout, new RegExp(`^  ${command}\\b`, "m"));
  }
});

const wrongUses = [
  { name: "an unknown command", args: ["fetch"], message: /fetch/ },
  { name: "an unknown option", args: ["version", "--loud"], message: /--loud/ },
  { name: "an unknown format", args: ["report", "--format", "xml"], message: /yaml.*json.*table/ },
] as const;

for (const { name, args, message } of wrongUses) {
  Deno.test(`${name} ends with exit code 2 and a message on stderr`, async () => {
    const { code, stdout, stderr } = await runIn(passThrough(2525), ...args);
    assert.deepEqual({ code, stdout }, { code: 2, stdout: "" });
    assert.match(stderr, message);
  });
}

const CONFUSED = `local-smtp: 127.0.0.1:0
remote-smpt: 127.0.0.1:25
ack-budget: 10
managers: []
`;

for (const command of ["serve", "check"]) {
  Deno.test(`${command} with a wrong configuration names every mistake and ends with 2`, async () => {
    const { code, stdout, stderr } = await runIn(CONFUSED, command);
    assert.equal(code, 2, stderr);
    const said = stdout + stderr;
    assert.match(said, /configuration\.yml:2: remote-smpt: .*did you mean "remote-smtp"/);
    assert.match(said, /configuration\.yml:3: ack-budget: /);
    if (command === "serve") assert.equal(stdout, "");
  });
}

Deno.test("check with a right configuration ends with 0", async () => {
  const { code, stderr } = await runIn(passThrough(2525), "check");
  assert.equal(code, 0, stderr);
});

Deno.test("serve without a configuration says where it looked and ends with 2", async () => {
  const { code, stderr } = await runProgram(["serve", "--config", "/nonexistent/relay.yml"]);
  assert.equal(code, 2);
  assert.match(stderr, /\/nonexistent\/relay\.yml/);
});

Deno.test("serve ends with 1 when its port is taken", async () => {
  using taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = taken.addr as Deno.NetAddr;
  const configuration = passThrough(2525).replace("127.0.0.1:0", `127.0.0.1:${port}`);
  const { code, stderr } = await runIn(configuration, "serve");
  assert.equal(code, 1);
  assert.match(stderr, new RegExp(`Cannot listen on 127\\.0\\.0\\.1 port ${port}`));
});

for (const level of ["LOUD", "debug"]) {
  Deno.test(`serve with LOGLEVEL=${level} names the levels and logs INFO`, async () => {
    await using program = await startProgram(passThrough(9), { env: { LOGLEVEL: level } });
    const told = `LOGLEVEL is \\"${level}\\", INFO is used: expected one of DEBUG, INFO, WARNING`;
    await until(() => program.log().includes(told), { what: "the warning" });
    assert.equal(await program.stop(), 0);
  });
}

Deno.test("serve logs who it is, what it was told and where its store is", async () => {
  await using program = await startProgram(passThrough(9), { env: { LOGLEVEL: "" } });
  const { pid, folder, log } = program;
  await until(() => log().includes(" app serving "), { what: "the record" });
  assert.match(
    log(),
    new RegExp(
      String.raw` INFO app serving version=\d\S* pid=${pid} ` +
        `configuration=${folder}/configuration.yml store=${program.store}\n`,
    ),
  );
  assert.equal(await program.stop(), 0);
});

Deno.test("permissions prints flags on one line", async () => {
  const { code, stdout } = await runIn(passThrough(2525), "permissions");
  assert.equal(code, 0);
  assert.match(stdout.trim(), /^--unstable-net( --allow-[a-z]+(=\S+)?)+$/);
  assert.doesNotMatch(stdout, /--allow-(run|ffi|all)/);
});
