/** The demo, in process: the newcomer's first sight of the program. @module */

import assert from "node:assert/strict";
import { type Course, problemsOf } from "../../lib/cli/demo/course.ts";
import { demo, showSamples } from "../../lib/cli/demo/demo.ts";
import { COLUMNS, wrap } from "../../lib/cli/demo/layout.ts";
import { type Arrival, startMailbox } from "../../lib/cli/demo/mailbox.ts";
import { createSamples, type Sample } from "../../lib/cli/demo/samples.ts";
import type { Terminal } from "../../lib/cli/terminal.ts";
import { latin1, octets } from "../support/octets.ts";
import { connectRaw, sendRaw } from "../support/raw_client.ts";
import { until, within } from "../support/wait.ts";

/** A terminal that remembers, and an operator who ends the program when told to. */
function captured(colour = false) {
  const output = { out: "", err: "" };
  const { promise, resolve } = Promise.withResolvers<string>();
  const terminal: Terminal = {
    out: (text) => void (output.out += text),
    err: (text) => void (output.err += text),
    env: () => undefined,
    colour,
    ended: () => promise,
  };
  return { output, terminal, end: resolve };
}

Deno.test("demo() shows every mail, says that all arrived, and exits 0", async () => {
  const { output, terminal } = captured();
  assert.equal(await demo({ keep: false }, terminal), 0);
  const samples = createSamples();
  assert.ok(samples.length >= 8);
  samples.forEach(({ title }, index) => assert.ok(output.out.includes(`${index + 1}  ${title}\n`)));
  const count = samples.length;
  assert.ok(output.out.includes(`${count} of ${count} mails arrived where they should.`));
  assert.equal(output.err, "");
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
    text: "history  GoCD reported PASSES; billing/test was in",
  },
  { what: "a mail that is not sent", text: "nowhere: no rule held; otherwise is not configured" },
  { what: "a mail that is discarded", text: '"backup is fine" held; discarded on purpose' },
  { what: "a mail passed through", text: "at sysadmin@example.com: every octet as it was sent" },
  { what: "a refusal", text: "refused  retired@example.com: 550 5.1.1 No such user here" },
  { what: "the reply to the notifier", text: "reply    250 2.0.0 Accepted as " },
] as const;

Deno.test("demo() tells of each mail what the relay did with it", async (test) => {
  const { output, terminal } = captured();
  await demo({ keep: false }, terminal);
  for (const { what, text } of SHOWN) {
    await test.step(what, () => assert.ok(output.out.includes(text), output.out));
  }
});

for (const colour of [false, true]) {
  Deno.test(`demo() fits 80 columns ${colour ? "in" : "without"} colour`, async () => {
    const { output, terminal } = captured(colour);
    await demo({ keep: false }, terminal);
    assert.equal(output.out.includes("\x1b["), colour);
    // deno-lint-ignore no-control-regex -- the colours of the terminal are what is left out
    const lines = output.out.replace(/\x1b\[\d+m/g, "").split("\n");
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
    const { output, terminal } = captured();
    assert.equal(await showSamples([first, wrong], { keep: false }, terminal), 1);
    assert.ok(output.out.includes("1 of 2 mails arrived where they should."));
    assert.ok(output.out.includes(`✘ mail 2, "${second.title}": `), output.out);
    assert.ok(output.out.includes(problem), output.out);
  });
}

Deno.test("demo({ keep: true }) shows the mails that come in until it is ended", async () => {
  const { output, terminal, end } = captured();
  const ended = demo({ keep: true }, terminal);
  const shows = (text: string) => until(() => output.out.includes(text), { what: text });
  await shows("QUIT\n");
  const [, port] = /Still listening on 127\.0\.0\.1:(\d+)/.exec(output.out) ?? [];
  const before = createSamples().length;
  const reply = await sendRaw(Number(port), {
    from: "go@example.com",
    to: ["mail2alert@example.com"],
    message: "Subject: Stage [billing/119/test/1] failed\r\n\r\nHello\r\n",
  });
  assert.match(reply, /^250 /);
  await shows(`arrived  mail ${before + 1} at team@example.com, `);
  assert.ok(output.out.includes("reads: billing BREAKS"), "history makes BREAKS of FAILS");
  // What a mail says must not steer the terminal: U+009B alone begins a control sequence.
  await sendRaw(Number(port), { message: "Subject: \xc2\x9b2J \xe2\x80\xae!\r\n\r\n" });
  await shows(`arrived  mail ${before + 2} at b@example.org, `);
  assert.doesNotMatch(output.out, /[\u009b\u202e]/);
  await sendRaw(Number(port), { to: ["retired@example.com"] });
  await shows("refused  retired@example.com: 550 5.1.1");
  end("SIGINT");
  assert.equal(await within(ended, { what: "the end of the demo" }), 0);
});

Deno.test({
  name: "demo() says what is missing and exits 1 when it may not listen",
  permissions: { net: false, env: true, read: true, write: true, sys: ["hostname"] },
  fn: async () => {
    const { output, terminal } = captured();
    assert.equal(await demo({ keep: false }, terminal), 1);
    assert.match(output.err, /^Cannot start the demo: .*net access/);
  },
});

const SENT = "Subject: x\r\nTo: list@example.com\r\nFrom: F <f@example.com>\r\n\r\nbody \xff\r\n";
const RECEIVED = "Received: from a ([127.0.0.1])\r\n\tby b; now\r\n";
const READDRESSED = RECEIVED +
  "Subject: x\r\nTo: a@example.com\r\nFrom: f@example.com\r\n\r\nbody \xff\r\n";

/** A course that is as it should be, but for what `change` says. */
function courseOf(
  change: { arrived?: string; unchanged?: boolean; to?: readonly string[] },
): Course {
  const { arrived = RECEIVED + SENT, unchanged = false, to = ["a@example.com"] } = change;
  const expected = { code: 250, recipients: ["a@example.com"], unchanged };
  const sample = { title: "t", from: "f@example.com", to: ["list@example.com"], expected };
  return {
    sample: { ...sample, message: octets(SENT) },
    arrivals: to.map((recipient) => ({ recipients: [recipient], message: octets(arrived) })),
    refusals: [],
    answer: { kind: "reply", reply: { code: 250, lines: ["ok"] }, tookMs: 1 },
  };
}

const COURSES: readonly {
  readonly name: string;
  readonly change: Parameters<typeof courseOf>[0];
  readonly problems: number;
}[] = [
  { name: "nothing when only Received was added", change: { unchanged: true }, problems: 0 },
  { name: "nothing when To and From may change", change: { arrived: READDRESSED }, problems: 0 },
  {
    name: "To and From where they may not change",
    change: { arrived: READDRESSED, unchanged: true },
    problems: 1,
  },
  {
    name: "a To that names somebody else",
    change: { arrived: READDRESSED.replace("To: a@", "To: b@") },
    problems: 1,
  },
  {
    name: "another field",
    change: { arrived: READDRESSED.replace("Subject: x", "Subject: y") },
    problems: 1,
  },
  {
    name: "a second Received field",
    change: { arrived: RECEIVED + RECEIVED + SENT },
    problems: 1,
  },
  {
    name: "one octet of the body",
    change: { arrived: READDRESSED.replace("\xff", "\xfe") },
    problems: 1,
  },
  {
    name: "a mail that arrives twice",
    change: { to: ["a@example.com", "a@example.com"] },
    problems: 1,
  },
  { name: "a mail that does not arrive", change: { to: [] }, problems: 1 },
];

for (const { name, change, problems } of COURSES) {
  Deno.test(`problemsOf() finds ${name}`, () => {
    assert.equal(problemsOf(courseOf(change)).length, problems);
  });
}

Deno.test("startMailbox() keeps octets, refuses the unknown, and DATA when nobody is left", async () => {
  const arrivals: Arrival[] = [];
  const refused: string[] = [];
  const mailbox = startMailbox({
    unknown: ["gone@example.com"],
    onArrived: (arrival) => void arrivals.push(arrival),
    onRefused: (recipient) => void refused.push(recipient),
  });
  {
    using client = await connectRaw(mailbox.port);
    await client.say("EHLO x");
    await client.say("MAIL FROM:<>");
    assert.equal(await client.say("RCPT TO:<gone@example.com>"), "550 5.1.1 No such user here");
    assert.equal(await client.say("DATA"), "554 5.5.1 No valid recipients");
    await client.say("RCPT TO:<a@example.com>");
    await client.say("DATA");
    assert.equal(await client.say("..\r\n\xff\x00\r\n."), "250 2.0.0 In the mailbox");
  }
  await mailbox.close();
  assert.deepEqual(refused, ["gone@example.com"]);
  assert.deepEqual(arrivals.map(({ recipients }) => recipients), [["a@example.com"]]);
  assert.equal(latin1(arrivals[0]?.message ?? new Uint8Array()), ".\r\n\xff\x00\r\n");
});

const WRAPPED = [
  { name: "a text that fits", text: "one two", lines: ["one two"] },
  { name: "a text too long", text: "one two three", lines: ["one two", "three"] },
  { name: "a word too long", text: "a incomprehensible b", lines: ["a", "incomprehensible", "b"] },
  { name: "no text", text: "", lines: [""] },
] as const;

for (const { name, text, lines } of WRAPPED) {
  Deno.test(`wrap() wraps ${name}`, () => assert.deepEqual(wrap(text, 8), lines));
}
