/** The demo, in process: the newcomer's first sight of the program. @module */

import assert from "node:assert/strict";
import { runCommandLine } from "../../lib/cli/command_line.ts";
import { demo, showSamples } from "../../lib/cli/demo/demo.ts";
import { COLUMNS } from "../../lib/cli/demo/layout.ts";
import { createSamples, type Sample } from "../../lib/cli/demo/samples.ts";
import { type CapturedTerminal, capturedTerminal } from "../support/captured_terminal.ts";
import { sendRaw } from "../support/raw_client.ts";
import { until, within } from "../support/wait.ts";

Deno.test("demo() shows every mail, says that all arrived, and exits 0", async () => {
  const terminal = capturedTerminal();
  assert.equal(await demo({ keep: false }, terminal), 0);
  const samples = createSamples();
  assert.ok(samples.length >= 8);
  samples.forEach(({ title }, index) =>
    assert.ok(terminal.stdout().includes(`${index + 1}  ${title}\n`))
  );
  const count = samples.length;
  assert.ok(terminal.stdout().includes(`${count} of ${count} mails arrived where they should.`));
  assert.equal(terminal.stderr(), "");
});

const SHOWN = [
  {
    what: "the manager and the event",
    text: "gocd (to mail2alert@example.com) reads: shop BREAKS",
  },
  { what: "the rule", text: "✔ my group: event BREAKS; shop is in my-group" },
  { what: "what the API answered", text: "3 groups, 5 pipelines (dashboard); " },
  {
    what: "the part that history plays",
    text: "note     GoCD reported PASSES; billing/test was in",
  },
  { what: "a mail that is not sent", text: "nowhere: no rule held; otherwise is not configured" },
  { what: "a mail that is discarded", text: '"backup is fine" held; discarded on purpose' },
  { what: "a mail passed through", text: "at sysadmin@example.com: every octet as it was sent" },
  { what: "a refusal", text: "refused  retired@example.com: 550 5.1.1 No such user here" },
  {
    what: "the notice of the refusal",
    text: "notice   to root@nas.example.com: Not delivered: DegradedArray event",
  },
  { what: "the reply to the notifier", text: "reply    250 2.0.0 Accepted as " },
] as const;

Deno.test("demo() tells of each mail what the relay did with it", async (test) => {
  const terminal = capturedTerminal();
  await demo({ keep: false }, terminal);
  for (const { what, text } of SHOWN) {
    await test.step(what, () => assert.ok(terminal.stdout().includes(text), terminal.stdout()));
  }
});

for (const colour of [false, true]) {
  Deno.test(`demo() fits 80 columns ${colour ? "in" : "without"} colour`, async () => {
    const terminal = capturedTerminal({}, colour);
    await demo({ keep: false }, terminal);
    assert.equal(terminal.stdout().includes("\x1b["), colour);
    // deno-lint-ignore no-control-regex -- the colours of the terminal are what is left out
    const lines = terminal.stdout().replace(/\x1b\[\d+m/g, "").split("\n");
    assert.deepEqual(lines.filter((line) => line.length > COLUMNS || line !== line.trimEnd()), []);
  });
}

const WRONG: readonly {
  readonly name: string;
  readonly expected: Partial<Sample["expected"]>;
  readonly problem: string;
}[] = [
  {
    name: "somebody has the mail who should not",
    expected: { recipients: [] },
    problem: "expected to arrive at nobody, arrived at team@example.com",
  },
  { name: "the reply is another one", expected: { code: 451 }, problem: "expected reply 451" },
  { name: "the header has changed", expected: { unchanged: true }, problem: "every octet" },
];

for (const { name, expected, problem } of WRONG) {
  Deno.test(`showSamples() exits 1 and names the mail when ${name}`, async () => {
    const [first, second] = createSamples();
    assert.ok(first && second);
    const wrong = { ...second, expected: { ...second.expected, ...expected } };
    const terminal = capturedTerminal();
    assert.equal(await showSamples([first, wrong], { keep: false }, terminal), 1);
    assert.ok(terminal.stdout().includes("1 of 2 mails arrived where they should."));
    assert.ok(terminal.stdout().includes(`✘ mail 2, "${second.title}": `), terminal.stdout());
    assert.ok(terminal.stdout().includes(problem), terminal.stdout());
  });
}

/** Uses a demo that goes on listening, and ends it. */
async function keeping(use: (terminal: CapturedTerminal) => Promise<void>): Promise<void> {
  const terminal = capturedTerminal();
  const ended = demo({ keep: true }, terminal);
  try {
    await use(terminal);
  } finally {
    terminal.end();
    assert.equal(await within(ended, { what: "the end of the demo" }), 0);
  }
}

/** The mail that the demo proposes. */
const OWN = {
  from: "go@example.com",
  to: ["mail2alert@example.com"],
  message: "Subject: Stage [billing/119/test/1] failed\r\n\r\nHello\r\n",
};

/** What the store is asked, and a part of what it answers: of the mail refused for one of two. */
const ASKED = [
  [["history"], "DegradedArray event"],
  [["queue", "list"], "RCPT answered with 550 5.1.1 No such user here"],
] as const;

Deno.test("demo({ keep: true }) shows the mails that come in until it is ended", () =>
  keeping(async (terminal) => {
    const shows = (text: string) => until(() => terminal.stdout().includes(text), { what: text });
    await shows("QUIT\n");
    const [, port] = /Still listening on 127\.0\.0\.1:(\d+)/.exec(terminal.stdout()) ?? [];
    const before = createSamples().length;
    const reply = await sendRaw(Number(port), OWN);
    assert.match(reply, /^250 /);
    await shows(`arrived  mail ${before + 1} at team@example.com, `);
    await shows(`reply    mail ${before + 1}: 250 2.0.0 Accepted as `);
    assert.ok(terminal.stdout().includes("reads: billing BREAKS"), "history makes BREAKS of FAILS");
    assert.equal(await sendRaw(Number(port), OWN), reply);
    await shows("again    the very same mail");
    // What a mail says must not steer the terminal: U+009B alone begins a control sequence.
    await sendRaw(Number(port), { message: "Subject: \xc2\x9b2J \xe2\x80\xae!\r\n\r\n" });
    await shows(`arrived  mail ${before + 2} at b@example.org, `);
    assert.doesNotMatch(terminal.stdout(), /[\u009b\u202e]/);
    await sendRaw(Number(port), { to: ["retired@example.com"] });
    await shows("refused  retired@example.com: 550 5.1.1");
    await sendRaw(Number(port), { to: ["b@example.org", "retired@example.com"] });
    await shows("notice   to a@example.net: Not delivered: hello");
    await sendRaw(Number(port), { message: `Subject: large\r\n\r\n${"x".repeat(1_100_000)}\r\n` });
    await shows(`arrived  mail ${before + 5} at b@example.org, `);
    assert.deepEqual(terminal.stdout().split("\n").filter((line) => line.length > COLUMNS), []);
  }));

Deno.test("demo({ keep: true }) names its store, which the other commands read, and removes it", async () => {
  let store = "";
  await keeping(async (terminal) => {
    const named = () => / --store (\S+)\n/.exec(terminal.stdout())?.[1];
    store = await until(named, { what: "the store to be named" });
    for (const [command, text] of ASKED) {
      const asking = capturedTerminal();
      assert.equal(await runCommandLine([...command, "--store", store], asking), 0);
      assert.ok(asking.stdout().includes(text), asking.stdout());
    }
  });
  await assert.rejects(() => Deno.stat(store), Deno.errors.NotFound);
});

Deno.test({
  name: "demo() says what is missing and exits 1 when it may not listen",
  permissions: { net: false, env: true, read: true, write: true, sys: ["hostname"] },
  fn: async () => {
    const terminal = capturedTerminal();
    assert.equal(await demo({ keep: false }, terminal), 1);
    assert.match(terminal.stderr(), /^Cannot start the demo: .*net access/);
  },
});
