/** The command that says what would happen to a mail. @module */

import assert from "node:assert/strict";
import { BROKEN, inWorld } from "../support/command_world.ts";

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

const returned = [
  { written: "<>", from: "<>" },
  { written: " < > (nobody)", from: "<>" },
  { written: '"<>" <bounces@example.com>', from: "<bounces@example.com>" },
  { written: "<bounces@example.com>", from: "<bounces@example.com>" },
];

for (const { written, from } of returned) {
  Deno.test(`explain takes a mail with "Return-Path: ${written}" for one from ${from}`, () =>
    inWorld(async ({ run, configuration, terminal, folder }) => {
      const text = await Deno.readTextFile(configuration);
      const changed = text.replace(
        /^( *)messages-we-want: .*$/m,
        '$1messages-we-want: {from: "<>"}',
      );
      assert.notEqual(changed, text);
      await Deno.writeTextFile(configuration, changed);
      await Deno.writeTextFile(`${folder}/report.eml`, `Return-Path: ${written}\n${BROKEN}`);
      const args = [`${folder}/report.eml`, "--config", configuration];
      assert.equal(await run("explain", ...args), 0, terminal.stderr());
      const [first, second] = terminal.stdout().split("\n");
      assert.equal(first, `from ${from} to <mail2alert@example.com>`);
      const claims = from === "<>" ? "claimed" : "no";
      assert.equal(second, `manager gocd wants mail from <>: ${claims}`);
      assert.equal(await run("explain", ...args, "--from", "go@example.com"), 0);
      assert.match(terminal.stdout(), /^from <go@example\.com> to </m);
    }));
}

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

Deno.test("explain --json of what serve would refuse has the keys of other mails, and why", () =>
  inWorld(async ({ run, configuration, terminal, folder }) => {
    await Deno.writeTextFile(
      `${folder}/loop.eml`,
      "Received: from a by b; Sun\n".repeat(51) + BROKEN,
    );
    assert.equal(
      await run("explain", `${folder}/loop.eml`, "--json", "--config", configuration),
      0,
    );
    const { refused, ...rest } = JSON.parse(terminal.stdout());
    assert.match(refused, /^554 5\.4\.6 Mail loop: 51 /);
    const envelope = { reversePath: "go@example.com", forwardPaths: ["mail2alert@example.com"] };
    assert.deepEqual(rest, { envelope, deliveries: [], trace: null });
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

Deno.test("explain completes names without a domain, as the mail program of a machine does", () =>
  inWorld(async ({ run, configuration, terminal, folder }) => {
    await Deno.writeTextFile(
      configuration,
      `${await Deno.readTextFile(configuration)}hostname: db1.example.com\n`,
    );
    await Deno.writeTextFile(`${folder}/cron.eml`, "From: root\nTo: root\nSubject: x\n\ny\n");
    assert.equal(await run("explain", `${folder}/cron.eml`, "--config", configuration), 0);
    assert.match(terminal.stdout(), /^from <root@db1\.example\.com> to <root@db1\.example\.com>$/m);
  }));

Deno.test("explain --at says what would happen at another hour", () =>
  inWorld(async ({ run, configuration, terminal, folder }) => {
    const muted = `  mute: [{from: "22:00", to: "06:00", time-zone: UTC}]\n`;
    const text = await Deno.readTextFile(configuration);
    const changed = text.replace(
      /^ *- name: gocd$/m,
      (line) => `${line}\n${line.startsWith("  ") ? `  ${muted}` : muted}`.trimEnd(),
    );
    assert.notEqual(changed, text);
    await Deno.writeTextFile(configuration, changed);
    const at = async (time: string) => {
      const args = ["--at", time, "--json", "--config", configuration];
      const before = terminal.stdout().length;
      assert.equal(await run("explain", `${folder}/broken.eml`, ...args), 0);
      return JSON.parse(terminal.stdout().slice(before)).trace.notSent;
    };
    assert.equal(await at("2026-11-22T23:30Z"), "muted");
    assert.equal(await at("2026-11-22T12:30Z"), undefined);
    assert.equal(await run("explain", "01JDN000000000000000000000", "--at", "1h"), 2);
  }));
