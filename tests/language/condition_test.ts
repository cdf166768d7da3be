/** Conditions: what holds, what fails, what cannot be told. @module */

import assert from "node:assert/strict";
import { compileCondition } from "../../lib/language/condition.ts";
import type { Tested } from "../../lib/language/expression.ts";
import type { Scope } from "../../lib/language/scope.ts";
import { MAIL, NAMES, scope } from "./scope.ts";

function test(text: string, changes: Partial<Scope> = {}): Tested {
  const condition = compileCondition(text, NAMES);
  if (condition.kind === "problem") assert.fail(`${text}: ${condition.text}`);
  return condition.value.test(scope(changes));
}

/** What it came to, in a word. */
function verdict(tested: Tested): string {
  switch (tested.kind) {
    case "ask":
      return `ask ${tested.lookups.join(" ")}`;
    case "unknown":
      return `unknown ${tested.missing.join(" ")}`.trim();
    case "holds":
    case "fails":
      return tested.kind;
  }
}

const TABLE: Readonly<Record<string, readonly string[]>> = {
  holds: [
    'event == "BREAKS"',
    'event in ["BREAKS", "FIXED"]',
    'fields.host == "db1" && fields["pipeline"] == "release"',
    'fields.empty == "" && !has(fields.empty) && has(fields.host)',
    'fields["job-name"] == ""',
    'mail.reverse_path.endsWith("@ci.example.org")',
    'mail.recipients.exists(r, r == "qa@example.org")',
    'mail.recipients.all(r, r.endsWith("@example.org"))',
    'mail.recipients.exists_one(r, r.startsWith("ops"))',
    'size(mail.recipients.filter(r, r.contains("qa"))) == 1',
    "mail.recipients.map(r, r.size()) == [15, 14]",
    'mail.recipients.map(r, r.contains("qa"), size(r)) == [14]',
    '"ops@example.org" in mail.recipients',
    'mail.header("X-Mailer") == "Device 1" && mail.header("X-None") == ""',
    'mail.headers["x-mailer"][1] == "Device 2"',
    '"x-mailer" in mail.headers && !("x-none" in mail.headers)',
    'mail.headers.exists(name, name == "x-mailer")',
    'mail.subject.lowerAscii().contains("failed")',
    'mail.text.matches("(?i)error.*full") && !mail.text.matches("^ERROR")',
    'mail.text.matches("(?m)^ERROR")',
    "mail.size > 4000 && mail.size / 1000 == 4 && mail.size % 1000 == 96",
    "5.0 / 2.0 == 2.5 && -mail.size < 0 && 1 + 2 * 3 == 7",
    'mail.attachments.exists(a, a.type == "application/pdf" && a.size < 1000)',
    'lookup.owner.tier == "gold"',
    "lookup.owner.level == 3 && lookup.owner.level >= 3 && lookup.owner.level < 3.5",
    "lookup.owner.level == 3.0 && lookup.owner.ratio == 0.5 && lookup.owner.level / 2 == 1",
    "lookup.owner.active",
    "lookup.owner.nothing == null && has(lookup.owner.nothing)",
    "lookup.owner.tier != 3 && !(lookup.owner.tier == 3)",
    'lookup.owner.groups[0].name == "core" && 2 in lookup.owner.groups[0].members',
    'lookup.owner.groups.exists(g, g.name == "web" && size(g.members) == 0)',
    '"tier" in lookup.owner',
    "has(lookup.owner.tier) && !has(lookup.owner.team) && !has(lookup.owner.team.lead)",
    "has(lookup.owner) && !has(lookup.down)",
    'now.getHours() == 9 && now.getHours("Europe/Berlin") == 10 && now.getDayOfWeek() == 0',
    "now.getFullYear() == 2026 && now.getMonth() == 10 && now.getDate() == 22",
    'now < timestamp(lookup.owner.until) && now > timestamp("2026-11-22T09:00:00+00:00")',
    'now - timestamp("2026-11-22T09:00:00Z") > duration("30m")',
    '(now - timestamp("2026-11-22T08:00:00Z")).getHours() == 1',
    'event == "BREAKS" ? fields.host == "db1" : lookup.unasked.x',
    'int("42") == 42 && int(2.9) == 2 && double("0.5") == 0.5 && string(3) == "3"',
    'event + "!" == "BREAKS!" && " a ".trim().upperAscii() == "A"',
    'size("a\u{1f600}") == 2',
    "true || lookup.down.x == 1 || lookup.unasked.x == 1",
    'lookup.unasked.x == 1 || event == "BREAKS"',
    'mail.recipients.exists(r, lookup.unasked.x == r || r.startsWith("ops"))',
    '// comment\nevent == "BREAKS"\n  && true',
    "[1, 2] == [1, 2] && [1] != [2] && [1] != [1, 2]",
  ],
  fails: [
    'event == "FIXED"',
    'event == "FIXED" && lookup.unasked.x == 1',
    'lookup.unasked.x == 1 && event == "FIXED"',
    'lookup.down.x == 1 && event == "FIXED"',
    "lookup.owner.level == 4",
    'lookup.owner.tier == "silver"',
    "!lookup.owner.active",
    'fields.constructor != ""',
    "has(lookup.owner.constructor) || has(lookup.owner.__proto__x) || has(lookup.owner.toString)",
    '"constructor" in lookup.owner',
    'mail.recipients.all(r, r.startsWith("ops"))',
    '"é".upperAscii() == "É"',
  ],
  "ask unasked": [
    "lookup.unasked.x == 1",
    'event == "BREAKS" && lookup.unasked.x == 1',
    "lookup.down.x == 1 && lookup.unasked.x == 1",
    "lookup.unasked.x == 1 ? lookup.calendar.x : true",
    "has(lookup.unasked.x)",
    "has(lookup.unasked)",
    "(lookup.calendar.x == 1 || true) && lookup.unasked.x == 1",
    "mail.recipients.exists(r, r == lookup.unasked.x)",
  ],
  "ask unasked calendar": [
    "lookup.unasked.x == 1 && lookup.calendar.x == 1",
    "lookup.unasked.x == 1 || lookup.calendar.x == 1",
    "lookup.unasked.x == lookup.calendar.x",
  ],
  "unknown down": [
    "lookup.down.x == 1",
    'event == "BREAKS" && lookup.down.x == 1',
    "lookup.down.x == lookup.unasked.x",
    "has(lookup.down.x)",
    "!lookup.down.x",
  ],
  "unknown owner": [
    'lookup.owner.team == "core"',
    'lookup.owner.groups[2].name == "x"',
    "lookup.owner.tier",
    "lookup.owner.tier > 3",
    "lookup.owner.tier.name == 3",
    "lookup.owner.groups.all(g, g.owner == 3)",
    'lookup.owner.tier.exists(x, x == "a")',
    "lookup.owner.constructor == 1",
    'lookup.owner["__proto__"] == 1',
    "lookup.owner.level / 0 == 1",
    "timestamp(lookup.owner.tier) < now",
    "-lookup.owner.tier == 1",
  ],
  unknown: ['mail.headers["x-none"][0] == "a"', "mail.attachments[5].size > 1", "1 / 0 == 1"],
};

for (const [expected, texts] of Object.entries(TABLE)) {
  for (const text of texts) {
    Deno.test(`condition ${text} comes to: ${expected}`, () => {
      assert.equal(verdict(test(text)), expected);
    });
  }
}

Deno.test("a condition knows what it needs", () => {
  const text =
    "lookup.owner.x == 1 || has(lookup.down.y) || mail.attachments.exists(a, a.size > 1)";
  const condition = compileCondition(text, NAMES);
  assert.ok(condition.kind === "value");
  assert.deepEqual(condition.value.needs, {
    lookups: ["owner", "down"],
    members: [["owner", "x"], ["down", "y"]],
    text: true,
    reading: false,
  });
  const plain = compileCondition('mail.subject == ""', NAMES);
  assert.ok(plain.kind === "value");
  assert.deepEqual(plain.value.needs, { lookups: [], text: false, reading: false });
  for (const text of ['event == "FIXED"', "has(fields.host) || now.getHours() > 1"]) {
    const deep = compileCondition(text, NAMES);
    assert.ok(deep.kind === "value", text);
    assert.deepEqual(deep.value.needs, { lookups: [], text: false, reading: true }, text);
  }
});

const reasons = [
  { text: 'event == "FIXED"', why: 'event == "FIXED" is false: event is "BREAKS"' },
  {
    text: 'event == "BREAKS" && lookup.owner.tier == "iron" && fields.host == "x"',
    why: 'lookup.owner.tier == "iron" is false: lookup.owner.tier is "gold"',
  },
  {
    text: 'event == "A" || fields.host == "b"',
    why: 'event == "A" is false: event is "BREAKS"; fields.host == "b" is false: ' +
      'fields.host is "db1"',
  },
  {
    text: 'event == "A" || fields.host == "db1"',
    why: 'fields.host == "db1" is true: fields.host is "db1"',
  },
  {
    text: 'event == "BREAKS" && lookup.owner.level >= 3',
    why: 'event == "BREAKS" is true: event is "BREAKS"; lookup.owner.level >= 3 is true: ' +
      "lookup.owner.level is 3",
  },
  {
    text: '!(event == "BREAKS" || lookup.unasked.x)',
    why: 'event == "BREAKS" is true: event is "BREAKS"',
  },
  {
    text: "!has(lookup.down)",
    why: "!has(lookup.down) is true: lookup.down is unknown " +
      "(lookup down has no answer: no answer within 2 s)",
  },
  {
    text: "lookup.down.x == 1",
    why: "lookup.down.x == 1 cannot be told: lookup down has no answer: no answer within 2 s",
  },
  {
    text: 'event == "BREAKS" && lookup.owner.team == 1',
    why: 'event == "BREAKS" is true: event is "BREAKS"; lookup.owner.team == 1 cannot be told: ' +
      "there is no lookup.owner.team in the answer",
  },
  { text: "lookup.owner.tier", why: 'lookup.owner.tier is "gold", neither true nor false' },
  {
    text: 'mail.recipients.exists(r, r == "x")',
    why: 'mail.recipients.exists(r, r == "x") is false: mail.recipients is ' +
      '["ops@example.org", "qa@example.org"]',
  },
  { text: "false", why: "false holds for no mail" },
  { text: "true", why: "true holds for every mail" },
];

for (const { text, why } of reasons) {
  Deno.test(`condition ${text} says why`, () => {
    const tested = test(text);
    assert.ok(tested.kind !== "ask");
    assert.equal(tested.why(), why);
  });
}

const LONG = `${"a ".repeat(100)}disk is full${" z".repeat(100)}`;

const places = [
  { text: 'mail.text.contains("disk is")', at: 201 },
  { text: 'mail.text.contains(" z z")', at: 213 },
  { text: 'mail.text.matches("d[a-z]+ is f")', at: 201 },
  { text: 'mail.text.matches("^a a")', at: 1 },
  { text: 'mail.text.endsWith("z z")', at: 410 },
];

for (const { text, at } of places) {
  Deno.test(`condition ${text} says where in a long text`, () => {
    const tested = test(text, { mail: { ...MAIL, text: LONG } });
    assert.ok(tested.kind === "holds");
    const [, said = "", place] = /says "(.*)" at character (\d+)$/.exec(tested.why()) ?? [];
    assert.equal(Number(place), at, tested.why());
    assert.ok(said.startsWith("... ") === at > 1 && said.endsWith(" ...") === at < 400, said);
    assert.ok(LONG.includes(said.replace(/^\.\.\. | \.\.\.$/g, "")), said);
  });
}

Deno.test("what a mail holds is cut and on one line where a condition says why", () => {
  const tested = test('event == "A"', { event: `x\r\n\u001b[31m\u202e${"y".repeat(500)}` });
  assert.ok(tested.kind === "fails");
  assert.match(tested.why(), /^[^\p{Cc}\u202e]*$/u);
  assert.ok(tested.why().length < 160);
});
