/** The commands that ask and tell: check, report, explain, permissions, version, help. @module */

import assert from "node:assert/strict";
import { runCommandLine } from "../../lib/cli/command_line.ts";
import { startGocdServer } from "../../lib/cli/demo/gocd_server.ts";
import { type CapturedTerminal, capturedTerminal } from "../support/captured_terminal.ts";
import { startRecordingSink } from "../support/recording_sink.ts";

const BROKEN = "From: Go <go@example.com>\nTo: <mail2alert@example.com>\n" +
  "Subject: Stage [my-pipeline/2/my-stage/1] is broken\n\nSee details\n";

interface World {
  readonly folder: string;
  readonly configuration: string;
  readonly terminal: CapturedTerminal;
  run(...args: string[]): Promise<number>;
}

/** A folder with a configuration and a mail, a GoCD server and a mail server. */
async function inWorld(test: (world: World) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  const gocd = startGocdServer({
    version: "26.1",
    groups: { "my-group": ["my-pipeline"], others: ["spike"] },
    users: [{ name: "olle", password: "pelle", admin: false }],
  });
  await using sink = startRecordingSink();
  const configuration = `${folder}/relay.yml`;
  const terminal = capturedTerminal({ GOUSER: "olle", GOPASS: "pelle" });
  try {
    await Deno.writeTextFile(`${folder}/broken.eml`, BROKEN);
    await Deno.writeTextFile(configuration, configurationText(sink.port, gocd.url));
    const run = (...args: string[]) => runCommandLine(args, terminal);
    await test({ folder, configuration, terminal, run });
  } finally {
    await gocd.close();
    await Deno.remove(folder, { recursive: true });
  }
}

function configurationText(smarthostPort: number, gocdUrl: string): string {
  return `local-smtp: 127.0.0.1:2525
remote-smtp: 127.0.0.1:${smarthostPort}
store: {path: /var/lib/mail2alert}
managers:
  - name: gocd
    url: ${gocdUrl}
    user: $GOUSER
    passwd: $GOPASS
    messages-we-want: {to: mail2alert@example.com}
    rules:
      - name: my group
        actions: [mailto:cat@example.com]
        filter: {events: [BREAKS], function: pipelines.in_group, args: [my-group]}
  - name: mail
    messages-we-want: {from: go@example.com}
    rules:
      - actions: [discard]
        filter: {function: mail.in_subject, args: [backup]}
`;
}

Deno.test("check says that all is fine", () =>
  inWorld(async ({ run, configuration, terminal }) => {
    assert.equal(await run("check", "--config", configuration), 0);
    assert.equal(
      terminal.stdout(),
      `${configuration}: fine (listeners: 1, managers: 2, rules: 2)\n`,
    );
  }));

Deno.test("check --probe contacts the mail server and GoCD", () =>
  inWorld(async ({ run, configuration, terminal }) => {
    assert.equal(await run("check", "--probe", "--config", configuration), 0, terminal.stderr());
    assert.match(
      terminal.stdout(),
      /remote-smtp 127\.0\.0\.1:\d+: answers\nmanager gocd .*: answers\n$/,
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

Deno.test("explain says which manager and rule take a mail, and why", () =>
  inWorld(async ({ run, configuration, terminal, folder }) => {
    assert.equal(await run("explain", `${folder}/broken.eml`, "--config", configuration), 0);
    const said = terminal.stdout();
    assert.match(said, /^from <go@example\.com> to <mail2alert@example\.com>$/m);
    assert.match(said, /^manager gocd wants mail to mail2alert@example\.com: claimed$/m);
    assert.match(said, /^ {2}pipeline: my-pipeline$/m);
    assert.match(said, /^ {2}✔ my group: matched/m);
    assert.match(said, /^smarthost → cat@example\.com \(To and From rewritten\)$/m);
  }));

Deno.test("explain --json gives the trace to programs", () =>
  inWorld(async ({ run, configuration, terminal, folder }) => {
    const args = ["--json", "--to", "x@example.com,y@example.com", "--from", "go@example.com"];
    assert.equal(
      await run("explain", `${folder}/broken.eml`, ...args, "--config", configuration),
      0,
    );
    const { envelope, deliveries, trace } = JSON.parse(terminal.stdout());
    assert.deepEqual(envelope.forwardPaths, ["x@example.com", "y@example.com"]);
    assert.equal(trace.manager, "mail");
    assert.equal(trace.decision, "no-rule-matched");
    assert.deepEqual(deliveries, []);
  }));

Deno.test("explain shows what a mail says, and does not obey it", () =>
  inWorld(async ({ run, configuration, terminal, folder }) => {
    await Deno.writeTextFile(
      `${folder}/wicked.eml`,
      "To: mail2alert@example.com\nFrom: a@x.example\nSubject: \x1b[2J\u202ewicked\n\nx\n",
    );
    assert.equal(await run("explain", `${folder}/wicked.eml`, "--config", configuration), 0);
    assert.match(terminal.stdout(), /subject: .*\[2J\\u\{202e\}wicked/);
    assert.ok(!terminal.stdout().includes("\x1b"));
  }));

Deno.test("permissions names hosts, files and variables, and no more", () =>
  inWorld(async ({ run, configuration, terminal }) => {
    assert.equal(await run("permissions", "--config", configuration), 0);
    assert.match(
      terminal.stdout(),
      /^--allow-net=127\.0\.0\.1:2525,127\.0\.0\.1:\d+,127\.0\.0\.1:\d+ --allow-read=\S+\/relay\.yml,\/var\/lib\/mail2alert --allow-write=\/var\/lib\/mail2alert --allow-env=GOPASS,GOUSER,LOGLEVEL,MAIL2ALERT_CONFIGURATION --allow-sys=hostname\n$/,
    );
  }));

Deno.test("permissions quotes blanks for the shell, and refuses what Deno cannot express", () =>
  inWorld(async ({ run, configuration, terminal, folder }) => {
    const text = await Deno.readTextFile(configuration);
    await Deno.writeTextFile(`${folder}/a b.yml`, text);
    await Deno.writeTextFile(`${folder}/a,b.yml`, text);
    assert.equal(await run("permissions", "--config", `${folder}/a b.yml`), 0);
    assert.match(terminal.stdout(), / '--allow-read=\S+\/a b\.yml,\/var\/lib\/mail2alert' /);
    assert.equal(await run("permissions", "--config", `${folder}/a,b.yml`), 2);
    assert.match(terminal.stderr(), /a,b\.yml": Deno takes a comma for the end of a value/);
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

Deno.test("explain says so when it cannot read the mail or tell who it is for", () =>
  inWorld(async ({ run, configuration, terminal, folder }) => {
    await Deno.writeTextFile(`${folder}/nobody.eml`, "Subject: x\n\ny\n");
    for (const name of ["missing.eml", "nobody.eml"]) {
      assert.equal(await run("explain", `${folder}/${name}`, "--config", configuration), 2);
    }
    assert.match(terminal.stderr(), /missing\.eml[^]*use --to ADDRESS/);
  }));

Deno.test("explain refuses what serve would refuse, in the same words", () =>
  inWorld(async ({ run, configuration, terminal, folder }) => {
    const hops = "Received: from a by b; Sun\n".repeat(51);
    await Deno.writeTextFile(`${folder}/loop.eml`, hops + BROKEN);
    await Deno.writeTextFile(`${folder}/large.eml`, BROKEN + "x".repeat(26_000_000));
    await Deno.writeTextFile(`${folder}/huge.eml`, BROKEN + "x".repeat(51_000_000));
    const codes = [];
    for (const name of ["loop", "large", "huge"]) {
      codes.push(await run("explain", `${folder}/${name}.eml`, "--config", configuration));
    }
    assert.deepEqual(codes, [0, 0, 2]);
    assert.match(
      terminal.stdout(),
      /^refused: 554 5\.4\.6 Mail loop: 51 .*\nrefused: 552 5\.3\.4 .*\n$/,
    );
    assert.match(terminal.stderr(), /huge\.eml": it is larger than limits\.message-size allows/);
  }));

Deno.test("explain takes several forward-paths in either way, but no nonsense", () =>
  inWorld(async ({ run, configuration, terminal, folder }) => {
    const mail = `${folder}/broken.eml`;
    const args = ["--to", "a@x.example,b@x.example", "--to", "postmaster", mail, "--config"];
    assert.equal(await run("explain", ...args, configuration), 0);
    assert.match(terminal.stdout(), /to <a@x\.example> <b@x\.example> <postmaster>$/m);
    assert.equal(await run("explain", mail, "--to", "foo", "--config", configuration), 2);
    assert.match(
      terminal.stderr(),
      /the address "foo": name one such as user@example\.com with --to/,
    );
  }));

Deno.test("explain reads a mail that was saved from a mailbox file", () =>
  inWorld(async ({ run, configuration, terminal, folder }) => {
    await Deno.writeTextFile(`${folder}/mbox.eml`, `From go@example.com Sun Nov 22\n${BROKEN}`);
    assert.equal(await run("explain", `${folder}/mbox.eml`, "--config", configuration), 0);
    assert.match(terminal.stdout(), /pipeline: my-pipeline/);
  }));

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
