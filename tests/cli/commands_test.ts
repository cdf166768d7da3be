/** The commands that ask and tell: check, report, permissions, version, help. @module */

import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { runCommandLine } from "../../lib/cli/command_line.ts";
import { capturedTerminal } from "../support/captured_terminal.ts";
import { inWorld } from "../support/command_world.ts";

Deno.test("check says that all is fine", () =>
  inWorld(async ({ run, configuration, terminal }) => {
    assert.equal(await run("check", "--config", configuration), 0);
    assert.equal(
      terminal.stdout(),
      `${configuration}: fine (listeners: 1, managers: 2, rules: 2)\n` +
        "store /var/lib/mail2alert (not there yet: the first start makes it)\n",
    );
  }));

Deno.test("check --probe contacts the mail server and GoCD", () =>
  inWorld(async ({ run, configuration, terminal }) => {
    assert.equal(await run("check", "--probe", "--config", configuration), 0, terminal.stderr());
    assert.match(
      terminal.stdout(),
      /remote-smtp 127\.0\.0\.1:\d+: answers \(in clear; offers PIPELINING, 8BITMIME, .*\)\nmanager gocd .*: answers\n$/,
    );
  }));

Deno.test("check --probe exits 1 and says what does not answer, without the password", () =>
  inWorld(async ({ run, configuration, terminal, folder }) => {
    const text = (await Deno.readTextFile(configuration)).replace(
      "passwd: $GOPASS",
      "passwd: wr0ng",
    );
    await Deno.writeTextFile(
      `${folder}/wrong.yml`,
      text.replace(/remote-smtp: .*/, "remote-smtp: 127.0.0.1:1"),
    );
    assert.equal(await run("check", "--probe", "--config", `${folder}/wrong.yml`), 1);
    assert.match(terminal.stderr(), /remote-smtp 127\.0\.0\.1:1: .*refused/);
    assert.match(terminal.stderr(), /manager gocd .*401/);
    assert.doesNotMatch(terminal.stderr() + terminal.stdout(), /wr0ng/);
  }));

Deno.test("report prints what --test of 2017 printed", () =>
  inWorld(async ({ run, configuration, terminal }) => {
    assert.equal(await run("report", "--config", configuration), 0);
    assert.equal(
      terminal.stdout(),
      `gocd:
- pipeline_group: my-group
  pipelines:
  - alerts:
    - actions:
      - mailto:cat@example.com
      events:
      - BREAKS
    pipeline: my-pipeline
- pipeline_group: others
  pipelines:
  - pipeline: spike
mail: null

`,
    );
  }));

Deno.test("report --format json and table tell the same", () =>
  inWorld(async ({ run, configuration, terminal }) => {
    assert.equal(await run("report", "--format", "json", "--config", configuration), 0);
    const { gocd, mail } = JSON.parse(terminal.stdout());
    assert.deepEqual(gocd[0].pipelines[0].alerts, [
      { actions: ["mailto:cat@example.com"], events: ["BREAKS"] },
    ]);
    assert.equal(mail, null);
    assert.equal(await run("report", "--format", "table", "--config", configuration), 0);
    assert.match(
      terminal.stdout(),
      /^gocd +my-group +my-pipeline +BREAKS +mailto:cat@example\.com$/m,
    );
    assert.match(terminal.stdout(), /^gocd +others +spike +- +nobody$/m);
  }));

Deno.test("permissions names hosts, files and variables, and no more", () =>
  inWorld(async ({ run, configuration, terminal, folder }) => {
    assert.equal(await run("permissions", "--config", configuration), 0);
    const flags = terminal.stdout().replaceAll(/127\.0\.0\.1:\d{4,5}/g, "HERE");
    assert.equal(
      flags.replace(folder, "FOLDER").replace(
        fileURLToPath(new URL("../../lib", import.meta.url)),
        "LIB",
      ),
      "--unstable-net --allow-net=HERE,HERE,HERE,unix:/var/lib/mail2alert/control.sock " +
        "--allow-read=FOLDER/relay.yml,/var/lib/mail2alert,LIB " +
        "--allow-write=/var/lib/mail2alert " +
        "--allow-env=GOPASS,GOUSER,LOGLEVEL,MAIL2ALERT_CONFIGURATION " +
        "--allow-sys=hostname,statfs\n",
    );
  }));

Deno.test("permissions quotes blanks for the shell, and refuses what Deno cannot express", () =>
  inWorld(async ({ run, configuration, terminal, folder }) => {
    const text = await Deno.readTextFile(configuration);
    await Deno.writeTextFile(`${folder}/a b.yml`, text);
    await Deno.writeTextFile(`${folder}/a,b.yml`, text);
    assert.equal(await run("permissions", "--config", `${folder}/a b.yml`), 0);
    assert.match(
      terminal.stdout(),
      / '--allow-read=\S+\/a b\.yml,\/var\/lib\/mail2alert,\S+\/lib' /,
    );
    assert.equal(await run("permissions", "--config", `${folder}/a,b.yml`), 2);
    assert.match(terminal.stderr(), /a,b\.yml": Deno takes a comma for the end of a value/);
  }));

Deno.test("permissions warns that a relative store holds for one working folder only", () =>
  inWorld(async ({ run, configuration, terminal, folder }) => {
    const text = await Deno.readTextFile(configuration);
    const path = `${folder}/relative.yml`;
    await Deno.writeTextFile(path, text.replace("/var/lib/mail2alert", "./store"));
    assert.equal(await run("permissions", "--config", configuration), 0);
    assert.equal(terminal.stderr(), "");
    assert.equal(await run("permissions", "--config", path), 0);
    assert.match(
      terminal.stderr(),
      /relative\.yml: warning: store\.path is \.\/store: .* in full\n$/,
    );
  }));

const wrong = [
  { name: "an unknown command", args: ["servee"], expected: /"servee" \(did you mean "serve"\?\)/ },
  { name: "a missing mail", args: ["explain"], expected: /missing required argument/ },
  { name: "an unknown option", args: ["check", "--prob"], expected: /Did you mean --probe/ },
  { name: "an unknown format", args: ["report", "--format", "xml"], expected: /yaml, json, table/ },
  {
    name: "a file that is not there",
    args: ["check", "--config", "/nowhere.yml"],
    expected: /nowhere\.yml/,
  },
];

for (const { name, args, expected } of wrong) {
  Deno.test(`${name} is wrong usage: exit 2, a message, no data`, async () => {
    const terminal = capturedTerminal();
    assert.equal(await runCommandLine(args, terminal), 2);
    assert.match(terminal.stderr(), expected);
    assert.equal(terminal.stdout(), "");
  });
}

Deno.test("check warns of a from that says nothing", () =>
  inWorld(async ({ run, configuration, terminal }) => {
    const text = await Deno.readTextFile(configuration);
    await Deno.writeTextFile(
      configuration,
      text.replace(
        "{to: mail2alert@example.com}",
        "{to: mail2alert@example.com, from: go@example.com}",
      ),
    );
    assert.equal(await run("check", "--config", configuration), 0);
    assert.match(
      terminal.stderr(),
      /manager gocd claims by to alone: the from beside it says nothing/,
    );
  }));

Deno.test("help and version are data", async () => {
  const terminal = capturedTerminal();
  assert.equal(await runCommandLine(["--help"], terminal), 0);
  assert.equal(await runCommandLine(["version"], terminal), 0);
  assert.equal(await runCommandLine(["--version"], terminal), 0);
  assert.match(
    terminal.stdout(),
    /Usage: mail2alert[^]*First steps[^]*mail2alert \d+\.\d+\.\d+ \(Deno /,
  );
  assert.equal(terminal.stderr(), "");
});
