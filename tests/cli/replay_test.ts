/** `replay`, on a journal that no relay works on. @module */

import assert from "node:assert/strict";
import { runCommandLine } from "../../lib/cli/command_line.ts";
import { capturedTerminal } from "../support/captured_terminal.ts";
import { withStore } from "../support/filled_store.ts";
import { inReplay, managing, pastId, type ReplayWishes } from "../support/replay_stage.ts";

const TO_OPS = managing("{when: 'true', actions: [mailto:ops@example.com]}");

/** Backups go to nobody any more, disks to the storage team too. */
const NARROWER = managing(
  "{when: mail.subject.contains('disk'), actions: [mailto:ops@example.com, mailto:storage@example.com]}",
  "{when: mail.subject.contains('backup'), actions: [discard]}",
  "{when: mail.subject.contains('UPS'), actions: [mailto:power@example.com]}",
);

const wishes: ReplayWishes = {
  mails: ["disk full", "backup failed", "UPS on battery", "disk failing"].map((subject) => ({
    subject,
  })),
  before: TO_OPS,
  after: NARROWER,
};

Deno.test("replay tells what would change, those that lose their last destination first", () =>
  inReplay(wishes, async ({ replay, terminal }) => {
    assert.equal(await replay(), 3, terminal.stderr());
    assert.equal(terminal.stderr(), "");
    const said = terminal.stdout().replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, "TIME")
      .replace(/(before|after): +.*(rule \d).*/g, "$1: … $2 …");
    assert.equal(
      said,
      `\
1 mail would go to nobody any more (no longer to ops@example.com)
  TIME  ${pastId(1)}  backup failed
    before: … rule 1 …
    after: … rule 2 …

2 mails: now also to storage@example.com
  TIME  ${pastId(0)}  disk full
    before: … rule 1 …
    after: … rule 1 …
  TIME  ${pastId(3)}  disk failing
    before: … rule 1 …
    after: … rule 1 …

1 mail: no longer to ops@example.com; now to power@example.com
  TIME  ${pastId(2)}  UPS on battery
    before: … rule 1 …
    after: … rule 3 …

4 mails since TIME: 4 would change, 1 would lose the last destination
`,
    );
  }));

Deno.test("replay --json tells programs the same", () =>
  inReplay(wishes, async ({ json, terminal }) => {
    const { code, found } = await json();
    const { changes, since, ...counts } = found;
    assert.equal(code, 3);
    assert.equal(terminal.stderr(), "");
    assert.deepEqual(counts, {
      mails: 4,
      changed: 4,
      lastLost: 1,
      headersOnly: 0,
      withoutText: 0,
      undecided: 0,
    });
    assert.ok(Math.abs(Date.now() - 30 * 86_400_000 - Date.parse(since)) < 60_000, since);
    assert.deepEqual(changes.map(({ queueId }) => queueId), [1, 0, 2, 3].map(pastId));
    const [first] = changes;
    assert.match(first?.receivedAt ?? "", /^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
    assert.match(first?.before ?? "", /rule 1/);
    assert.match(first?.after ?? "", /rule 2/);
    assert.deepEqual({ ...first, receivedAt: "", before: "", after: "" }, {
      queueId: pastId(1),
      receivedAt: "",
      subject: "backup failed",
      lost: ["ops@example.com"],
      gained: [],
      lastLost: true,
      reworded: false,
      before: "",
      after: "",
    });
  }));

Deno.test("replay exits 0 where no mail loses its last destination", () =>
  inReplay({ ...wishes, before: NARROWER, after: TO_OPS }, async ({ json, replay, terminal }) => {
    assert.equal(await replay(), 0);
    assert.match(terminal.stdout(), /: 4 would change, none loses its last destination\n$/);
    const { found } = await json();
    assert.deepEqual([found.changed, found.lastLost], [4, 0]);
  }));

Deno.test("replay says so when nothing would change", () =>
  inReplay({ ...wishes, after: TO_OPS }, async ({ replay, terminal }) => {
    assert.equal(await replay(), 0);
    assert.match(
      terminal.stdout(),
      /^4 mails since \S+Z: 0 would change, none loses its last destination\n$/,
    );
  }));

const spans = [
  { since: "150s", mails: 2 },
  { since: "1m", mails: 0 },
  { since: "1h", mails: 4 },
  { since: new Date(Date.now() - 3_600_000).toISOString(), mails: 4 },
  { since: new Date(Date.now() + 3_600_000).toISOString(), mails: 0 },
];

for (const { since, mails } of spans) {
  Deno.test(`replay --since ${since.replace(/^2.*/, "a time")} compares ${mails} mails`, () =>
    inReplay(wishes, async ({ json }) => {
      const { found } = await json("--since", since);
      assert.equal(found.mails, mails);
    }));
}

Deno.test("replay looks 30 days back unless it is told otherwise", () => {
  const mails = [{ agoMs: 29 * 86_400_000 }, { agoMs: 31 * 86_400_000 }];
  return inReplay({ ...wishes, mails }, async ({ json }) => {
    assert.equal((await json()).found.mails, 1);
    assert.equal((await json("--since", "32d")).found.mails, 2);
  });
});

Deno.test("replay leaves out notices of our own", () => {
  const session = { peer: "", helo: "", protocol: "SMTP" } as const;
  const mails = [{ envelope: { session } }, {}];
  return inReplay({ ...wishes, mails }, async ({ json }) => {
    const { found } = await json();
    assert.equal(found.mails, 1);
    assert.deepEqual(found.changes.map(({ queueId }) => queueId), [pastId(1)]);
  });
});

Deno.test("replay shows what a subject says, and does not obey it", () => {
  const mails = [{ subject: "\x1b[2Jbackup\u202e\r\n4 mails" }];
  return inReplay({ ...wishes, mails, colour: true }, async ({ replay, terminal }) => {
    assert.equal(await replay(), 3);
    const plain = ["\x1b[31m", "\x1b[2m", "\x1b[0m"].reduce(
      (text, colour) => text.replaceAll(colour, ""),
      terminal.stdout(),
    );
    assert.ok(!plain.includes("\x1b"), plain);
    assert.match(plain, / {2}\\u\{1b\}\[2Jbackup\\u\{202e\}\\u\{d\}\\u\{a\}4 mails$/m);
    assert.ok(terminal.stdout().startsWith("\x1b[31m1 mail would go to nobody any more"));
  });
});

Deno.test("replay reads the store that --store names", () =>
  inReplay(wishes, async ({ replay, folder, terminal }) => {
    await Deno.rename(`${folder}/store`, `${folder}/elsewhere`);
    assert.equal(await replay(), 1);
    assert.match(
      terminal.stderr(),
      /^there is no store in .*\/store: no relay has run there yet\n$/,
    );
    assert.equal(terminal.stdout(), "");
    assert.equal(await replay("--store", `${folder}/elsewhere`), 3);
  }));

Deno.test("replay changes nothing, and works while a relay has the store", () =>
  inReplay(wishes, async ({ json, folder }) => {
    const { found } = await withStore(`${folder}/store`, async () => (await json()));
    assert.equal(found.changed, 4);
    const again = await json();
    assert.deepEqual(again.found.changes, found.changes);
  }));

Deno.test("replay tells the problems of both configurations at once", () =>
  inReplay({ ...wishes, before: "acks: x\n", after: "ack: y\n" }, async ({ replay, terminal }) => {
    assert.equal(await replay(), 2);
    assert.match(
      terminal.stderr(),
      /^\S*old\.yml:4: acks: unknown key "acks"[^\n]*\n\S*new\.yml:4: ack: unknown value "y"[^\n]*\n$/,
    );
    assert.equal(terminal.stdout(), "");
  }));

Deno.test("replay refuses to compare a configuration with itself", () =>
  inReplay(wishes, async ({ folder, terminal }) => {
    const file = `${folder}/new.yml`;
    const alias = `${folder}/alias.yml`;
    await Deno.symlink(file, alias);
    const inEnvironment = capturedTerminal({ MAIL2ALERT_CONFIGURATION: alias });
    assert.equal(await runCommandLine(["replay", "--config", file], inEnvironment), 2);
    assert.match(inEnvironment.stderr(), /with itself: name the other one with --against\n$/);
    const args = ["replay", "--config", file, "--against", alias];
    assert.equal(await runCommandLine(args, terminal), 2);
    assert.match(terminal.stderr(), /with itself: they are the same\n$/);
  }));

const wrong = [
  { args: [], expected: /required option '--config <file>' not specified/ },
  { args: ["--config", "a.yml", "--since", "yesterday"], expected: /Cannot read --since/ },
  { args: ["--config", "missing.yml"], expected: /missing\.yml/ },
];

for (const { args, expected } of wrong) {
  Deno.test(`replay ${args.join(" ")} is wrong usage: exit 2, a message, no data`, async () => {
    const terminal = capturedTerminal();
    assert.equal(await runCommandLine(["replay", ...args], terminal), 2);
    assert.match(terminal.stderr(), expected);
    assert.equal(terminal.stdout(), "");
  });
}
