/** `history`, on a store that no relay works on. @module */

import assert from "node:assert/strict";
import { runCommandLine } from "../../lib/cli/command_line.ts";
import type { Store } from "../../lib/store/store.ts";
import { capturedTerminal } from "../support/captured_terminal.ts";
import { inFilledStore, newMail, TEXT } from "../support/filled_store.ts";
import { LIFE } from "../support/queued_mails.ts";

const IDS = [0, 1, 2].map((n) => `01JD000000000000000000000${n}`);
const UNKNOWN = "01JD0000000000000000000009";

/** Three mails: one delivered, one refused, one that waits. */
async function fill(store: Store): Promise<void> {
  const [first = "", second = "", third = ""] = IDS;
  const received = (day: number) => Date.UTC(2026, 10, day, 12);
  const noted = [
    { mail: newMail({ queueId: first, events: LIFE.slice(0, 3) }), state: "delivered", day: 1 },
    { mail: newMail({ queueId: second, from: "ups@example.net" }), state: "refused", day: 2 },
  ] as const;
  for (const { mail, state, day } of noted) {
    const entry = { ...mail.journal.entry, receivedAt: received(day) };
    await store.note({ ...mail.journal, entry, state });
  }
  const waiting = newMail({ queueId: third, text: "Subject: disk full\r\n\r\nx\r\n" });
  const entry = {
    ...waiting.journal.entry,
    receivedAt: received(3),
    messageId: "<disk@nas.example.com>",
  };
  await store.accept([{ ...waiting, journal: { ...waiting.journal, entry } }]);
}

Deno.test("history tells of mails in a few lines each, newest first", () =>
  inFilledStore(fill, async ({ run, terminal }) => {
    assert.equal(await run("history"), 0, terminal.stderr());
    assert.equal(
      terminal.stdout(),
      `\
2026-11-03T12:00:00Z  ${IDS[2]}  open
    go@example.com → mail2alert@example.com
    disk full
2026-11-02T12:00:00Z  ${IDS[1]}  refused
    ups@example.net → mail2alert@example.com
    Stage is broken
2026-11-01T12:00:00Z  ${IDS[0]}  delivered
    go@example.com → mail2alert@example.com
    Stage is broken
    smarthost: deferred for dog@example.com: mx: 451 4.2.0 greylisted (asked not to be tried again for 5 min)
    smarthost: delivered to cat@example.com: 250 2.0.0 Ok
`,
    );
    assert.equal(terminal.stderr(), "");
  }));

const questions = [
  { args: ["--address", "UPS@example"], expected: [1] },
  { args: ["--subject", "DISK"], expected: [2] },
  { args: ["--message-id", "disk@nas.example.com"], expected: [2] },
  { args: ["--message-id", " <disk@nas.example.com> "], expected: [2] },
  { args: ["--since", "2026-11-02T12:00"], expected: [2, 1] },
  { args: ["--until", "2026-11-02T12:00"], expected: [0] },
  { args: ["--since", "2026-11-02", "--until", "2026-11-03"], expected: [1] },
  { args: ["--state", "open, refused"], expected: [2, 1] },
  { args: ["--state", "bounced"], expected: [] },
  { args: ["--id", IDS[0]?.toLowerCase() ?? ""], expected: [0] },
  { args: ["--limit", "3"], expected: [2, 1, 0] },
];

for (const { args, expected } of questions) {
  Deno.test(`history ${args.join(" ")} --json finds ${expected.length}`, () =>
    inFilledStore(fill, async ({ run, terminal }) => {
      assert.equal(await run("history", ...args, "--json"), 0, terminal.stderr());
      const found: { queueId: string }[] = JSON.parse(terminal.stdout());
      assert.deepEqual(found.map(({ queueId }) => queueId), expected.map((n) => IDS[n]));
      assert.equal(terminal.stderr(), "");
    }));
}

Deno.test("history --address names the recipient that was asked for; --json names all", () => {
  const [queueId = ""] = IDS;
  const to = ["ann@example.com", "bob@example.org", "cy@example.net"];
  const several = (store: Store) => store.accept([newMail({ queueId, to })]).then(() => {});
  return inFilledStore(several, async ({ run, terminal }) => {
    assert.equal(await run("history", "--address", "Bob@example.org"), 0, terminal.stderr());
    assert.match(terminal.stdout(), /^ {4}go@example\.com → bob@example\.org and 2 more$/m);
    const before = terminal.stdout().length;
    assert.equal(await run("history", "--address", "Bob@example.org", "--json"), 0);
    const [record] = JSON.parse(terminal.stdout().slice(before));
    assert.deepEqual(record.forwardPaths, to);
  });
});

Deno.test("history --limit says that there are more", () =>
  inFilledStore(fill, async ({ run, terminal }) => {
    assert.equal(await run("history", "--limit", "2", "--json"), 0);
    assert.equal(JSON.parse(terminal.stdout()).length, 2);
    assert.equal(
      terminal.stderr(),
      "these are the newest 2; for older ones: --limit 20, or --until a time\n",
    );
  }));

Deno.test("history says that there is no such mail", () =>
  inFilledStore(fill, async ({ run, terminal }) => {
    assert.equal(await run("history", "--subject", "nothing of the kind"), 0);
    assert.equal(terminal.stdout(), "the journal knows no such mail\n");
  }));

Deno.test("history --id tells the whole life of a mail", () =>
  inFilledStore(fill, async ({ run, terminal }) => {
    assert.equal(await run("history", "--id", IDS[0] ?? ""), 0, terminal.stderr());
    const said = terminal.stdout();
    assert.match(
      said,
      new RegExp(`^${IDS[0]}  delivered, 0\\.1 kB, came 2026-11-01T12:00:00\\.000Z`),
    );
    assert.match(said, /✔ my group: matched – up42 is in my-group/);
    assert.match(said, /delivered to cat@example\.com: 250 2\.0\.0 Ok/);
  }));

Deno.test("history --id of a queued mail tells what is left of it", () =>
  inFilledStore(fill, async ({ run, terminal }) => {
    assert.equal(await run("history", "--id", IDS[2] ?? ""), 0, terminal.stderr());
    assert.match(terminal.stdout(), /^left to deliver\n {2}smarthost: waiting, tried once, next/m);
  }));

for (const form of [[], ["--json"], ["--message"]]) {
  Deno.test(`history --id ${form} of an unknown mail exits 1 and says where it looked`, () =>
    inFilledStore(fill, async ({ run, terminal, folder }) => {
      assert.equal(await run("history", "--id", UNKNOWN, ...form), 1);
      assert.ok(terminal.stderr().includes(UNKNOWN) && terminal.stderr().includes(folder));
      assert.equal(terminal.stdout(), form[0] === "--json" ? "[]\n" : "");
    }));
}

Deno.test("history --message prints the text that is kept", () =>
  inFilledStore(fill, async ({ run, terminal }) => {
    assert.equal(await run("history", "--id", IDS[0] ?? "", "--message"), 0, terminal.stderr());
    assert.equal(terminal.octets(), TEXT);
    assert.equal(terminal.stdout() + terminal.stderr(), "");
  }));

for (const text of ["headers", "none"] as const) {
  Deno.test(`history --message says what is missing where ${text} is kept`, () =>
    inFilledStore(fill, async ({ run, terminal }) => {
      const code = await run("history", "--id", IDS[0] ?? "", "--message");
      assert.equal(code, text === "headers" ? 0 : 1);
      assert.equal(
        terminal.octets().trimEnd(),
        text === "headers" ? "Subject: Stage is broken" : "",
      );
      assert.match(
        terminal.stderr(),
        text === "headers"
          ? /^this is the header section: `history` in the configuration keeps no more\n$/
          : /^no text of .* is kept in .*: `history` in the configuration says what is kept of messages\n$/,
      );
    }, text));
}

const wrong = [
  { args: ["--message"], expected: /name it with --id/ },
  { args: ["--since", "yesterday"], expected: /Cannot read --since "yesterday"/ },
  { args: ["--until", "x"], expected: /Cannot read --until "x"/ },
  { args: ["--state", "bounce"], expected: /--state "bounce".*did you mean "bounced"/ },
  { args: ["--state", "toString"], expected: /--state "toString": no such state/ },
  { args: ["--limit", "0"], expected: /--limit "0": expected a number from 1 to 10000/ },
  { args: ["--limit", "10001"], expected: /--limit "10001"/ },
];

for (const { args, expected } of wrong) {
  Deno.test(`history ${args.join(" ")} is wrong usage: exit 2, a message, no data`, async () => {
    const terminal = capturedTerminal();
    assert.equal(await runCommandLine(["history", ...args], terminal), 2);
    assert.match(terminal.stderr(), expected);
    assert.equal(terminal.stdout(), "");
  });
}
