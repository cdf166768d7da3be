/** What `packs` tells. @module */

import assert from "node:assert/strict";
import { runCommandLine } from "../../lib/cli/command_line.ts";
import { BUILT_IN } from "../../lib/routing/packs/packs.ts";
import { capturedTerminal } from "../support/captured_terminal.ts";
import { BASE } from "../support/configuration.ts";

const OWN = `${BASE}packs:
  - name: coffee
    match: {subject: '^Machine (?<object>\\S+) (?<mood>\\S+) is (?<what>empty|full)$'}
    fields: {floor: "1", severity: warning}
    event: {group: what, words: {empty: BEANS_EMPTY, full: BEANS_FULL}}
`;

/** Runs the command beside a configuration. */
async function told(
  args: readonly string[],
  text = OWN,
): Promise<{ readonly code: number; readonly out: string; readonly err: string }> {
  const folder = await Deno.makeTempDir({ prefix: "mail2alert-packs-" });
  try {
    const path = `${folder}/relay.yml`;
    await Deno.writeTextFile(path, text);
    const terminal = capturedTerminal({ MAIL2ALERT_CONFIGURATION: path });
    const code = await runCommandLine(
      ["packs", ...args.map((arg) => arg.replace("CONFIGURATION", path))],
      terminal,
    );
    return { code, out: terminal.stdout(), err: terminal.stderr().replaceAll(folder, "") };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("packs lists the configuration's packs and the built-in ones, with fields and events", async () => {
  const { code, out, err } = await told([]);
  assert.deepEqual([code, err], [0, ""]);
  const lines = out.split("\n");
  assert.match(lines[0] ?? "", /^fields of every pack: source subject host object /);
  const names = lines.filter((line) => /^[a-z][\w-]+(?: \(|$)/.test(line));
  const builtIn = BUILT_IN.map(({ name }) => name);
  assert.deepEqual(names, ["coffee (of the configuration)", ...builtIn]);
  const coffee = lines.slice(lines.indexOf("coffee (of the configuration)") + 1).slice(0, 2);
  assert.deepEqual(coffee, ["  fields  mood what floor", "  events  BEANS_EMPTY BEANS_FULL"]);
  for (const { fields, events } of BUILT_IN) {
    for (const word of [...fields, ...events]) assert.ok(out.split(/\s+/).includes(word), word);
  }
  assert.deepEqual(lines.filter((line) => line.length > 80), []);
});

Deno.test("packs NAME tells everything about one, each on a line as rules name it", async () => {
  const { code, out } = await told(["coffee"]);
  assert.equal(code, 0);
  assert.equal(
    out,
    `coffee (of the configuration)
its own fields:
  fields.mood
  fields.what
  fields.floor
fields of every pack:
  fields.source
  fields.subject
  fields.host
  fields.object
  fields.severity
  fields.state
  fields.title
  fields.link
  fields.fingerprint
events:
  BEANS_EMPTY
  BEANS_FULL
`,
  );
  assert.match((await told(["cron"])).out, /^cron\n.*\n {2}fields\.user\n[^]*\n {2}JOB_FAILED\n/);
  assert.match((await told(["generic"])).out, /\nevents:\n {2}none\n$/);
});

Deno.test("packs --json tells the same to programs", async () => {
  const { common, packs } = JSON.parse((await told(["--json"])).out);
  assert.equal(packs.length, BUILT_IN.length + 1);
  assert.ok(common.includes("fingerprint"));
  assert.deepEqual(packs[0], {
    name: "coffee",
    builtIn: false,
    fields: ["mood", "what", "floor"],
    events: ["BEANS_EMPTY", "BEANS_FULL"],
  });
  const one = JSON.parse((await told(["--json", "mdadm"])).out);
  assert.deepEqual(one.packs.map(({ name }: { name: string }) => name), ["mdadm"]);
});

Deno.test("packs knows no other name, and says which was meant", async () => {
  const { code, out, err } = await told(["zabix"]);
  assert.deepEqual([code, out], [2, ""]);
  assert.match(err, /^no pack is called "zabix" \(did you mean "zabbix"\?\)\n$/);
});

Deno.test("packs tells of the built-in ones where no configuration can be read, and says so", async () => {
  const { code, out, err } = await told(["mdadm"], "managers: nonsense\n");
  assert.equal(code, 0);
  assert.match(out, /^mdadm\n/);
  assert.match(err, /^built-in packs only: no configuration can be read/);
  const named = await told(["--config", "CONFIGURATION"], "managers: nonsense\n");
  assert.deepEqual([named.code, named.out], [2, ""]);
  assert.match(named.err, /relay\.yml:1: managers/);
});
