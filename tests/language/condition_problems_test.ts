/** Conditions that the configuration refuses, and in which words. @module */

import assert from "node:assert/strict";
import { compileCondition } from "../../lib/language/condition.ts";
import type { Names } from "../../lib/language/scope.ts";
import { NAMES } from "./scope.ts";

const WITH_WORDS: Names = {
  ...NAMES,
  fields: new Set([...NAMES.fields, "state"]),
  words: new Map([
    ["event", ["FAILS", "DEGRADED_ARRAY"]],
    ["fields.state", ["problem", "ok", "info"]],
  ]),
};

function problemOf(text: string): string {
  const condition = compileCondition(text, NAMES);
  assert.equal(condition.kind, "problem", text);
  return condition.kind === "problem" ? condition.text : "";
}

const refused: readonly (readonly [string, string])[] = [
  ['evnt == "A"', 'column 1: "evnt" is unknown (did you mean "event"?)'],
  ['hots == "A"', '"hots" is unknown: there are event, fields, lookup, mail, now'],
  ['host == "A"', '"host" is unknown (did you mean "fields.host"?)'],
  ['true && subject == "A"', 'column 9: "subject" is unknown (did you mean "mail.subject"?)'],
  ['fields.pipelin == "A"', 'fields.pipelin is unknown (did you mean "pipeline"?)'],
  ['fields.job-name == "A"', 'a name with a hyphen is written fields["job-name"]'],
  ['lookup.service-owner.x == "A"', 'a name with a hyphen is written lookup["service-owner"]'],
  ['lookup.ownr.tier == "A"', 'lookup.ownr is unknown (did you mean "owner"?)'],
  ["has(lookup.ownr.tier)", 'lookup.ownr is unknown (did you mean "owner"?)'],
  ['mail.subjct == "A"', 'mail.subjct is unknown (did you mean "subject"?)'],
  ['mail.toString == "A"', "mail.toString is unknown"],
  ['mail.headers["X-A"][0] == ""', 'write mail.header("X-A")'],
  ['fields[event] == "x"', "in fields[…] stands a name in quotes"],
  ["lookup[event].x == 1", "in lookup[…] stands a name in quotes"],
  ["size(fields) > 1", "fields is followed by a name, as in fields.host"],
  ["lookup == 1", "lookup is followed by a name, as in lookup.owner"],
  ["event.x == 1", "event has no parts"],
  ["google.protobuf == 1", '"google" is unknown'],
  ["event", "gives string, not true or false"],
  ["size(event)", "gives int, not true or false"],
  ["event == 3", "string == int does not fit: both sides must be of one type"],
  ['mail.size == "3"', "int == string does not fit"],
  ["event && true", "compare it with something"],
  ["event.contains(3)", "there is no 'string.contains(int)'"],
  ['event.contain("x")', 'there is no function contain() (did you mean "contains"?)'],
  ['contains(event, "x")', "contains() stands after a value"],
  ['event.string() == ""', "string() stands before its value"],
  ["siz(event) == 1", 'there is no function siz() (did you mean "size"?)'],
  ["event.constructor() == 1", "there is no function constructor()"],
  ['event.split(",") == []', "there is no function split()"],
  ['event.matches("a(")', "the pattern is malformed: missing closing )"],
  ['event.matches("(?=a)")', "not possible in linear time"],
  ['event.matches("(a)\\\\1")', "not possible in linear time"],
  ["event.matches(fields.host)", "matches() takes a pattern in quotes"],
  ['fields.host.header("x") == ""', "header() belongs to mail"],
  ['now.getHours("Europe/Berlinn") > 3', 'there is no time zone "Europe/Berlinn"'],
  ["now.getHours(event) > 3", "takes a time zone in quotes"],
  ['now > timestamp("yesterday")', '"yesterday" is no moment'],
  ['now - now > duration("5 minutes")', '"5 minutes" is no span of time'],
  ["mail.recipients + [event] == []", "lists cannot be joined"],
  ['{"a": 1} == {"a": 1}', "mappings cannot be written here"],
  ['b"x" == b"x"', "octets and unsigned numbers are not known here"],
  ["3u == 3u", "octets and unsigned numbers are not known here"],
  ["mail.size == 99999999999999999", "the number is too large"],
  [
    'mail.subject contains "x y" && true',
    'column 14: contains stands after a dot: mail.subject.contains("x y")',
  ],
  ["fields.host startsWith 'a'", "fields.host.startsWith('a')"],
  ['true && fields.host ends_with "a"', 'fields.host.endsWith("a")'],
  ["fields.host MATCHES fields.stage", 'fields.host.matches("…")'],
  ["mail.header('To') matches 'a'", "mail.header('To').matches('a')"],
  [
    "event == FAIL",
    'column 10: "FAIL" is unknown: text stands in quotes: event == "FAIL"',
  ],
  ["event != fail", 'column 10: "fail" is unknown: text stands in quotes: event != "fail"'],
  ["true && FAIL == event", 'column 9: "FAIL" is unknown: text stands in quotes: "FAIL" == event'],
  ["event in FAIL", 'text stands in quotes: event in ["FAIL"]'],
  ["event in [FAIL]", 'column 11: "FAIL" is unknown: text stands in quotes: "FAIL"'],
  ["event.contains(DISK_FULL)", 'text stands in quotes: "DISK_FULL"'],
  ["fields.host == host", '"host" is unknown (did you mean "fields.host"?)'],
  ["event == subject", '"subject" is unknown (did you mean "mail.subject"?)'],
  ['"A" == evnt', '"evnt" is unknown (did you mean "event"?)'],
  ["fields.host < hots", '"hots" is unknown: there are event'],
  ['EVENT == "A"', '"EVENT" is unknown (did you mean "event"?)'],
  ["fields.host == HOST", '"HOST" is unknown: there are event'],
  [`${"event + ".repeat(99)}event == FAIL`, 'text stands in quotes: "FAIL"'],
  [`${"event + ".repeat(99)}event in "FAIL"`, 'in stands before a list: ["FAIL"]'],
  ["hots == FAIL", 'column 1: "hots" is unknown: there are event'],
  ["evnt == fields.host", 'column 1: "evnt" is unknown (did you mean "event"?)'],
  ['event in "FAIL"', 'column 10: in stands before a list: event in ["FAIL"]'],
  ["event in fields.host", "column 1: in stands before a list: event in ["],
  ['"x" in mail.subject', 'for a part of a text write mail.subject.contains("x")'],
  ['mail.from == "A"', 'mail.from is unknown (did you mean "reverse_path"?)'],
  ['mail.sender == "A"', 'mail.sender is unknown (did you mean "reverse_path"?)'],
  ['mail.to == "A"', 'mail.to is unknown (did you mean "recipients"?)'],
  ['mail.body == "A"', 'mail.body is unknown (did you mean "text"?)'],
  ['event = "A"', "equality is written =="],
  ['event == "A" and true', "write && for and"],
  ['event == "A" & true', "write && for and"],
  ["not true", "is not a word of CEL"],
  ['event == "A', "column 10: a text in quotes is not closed"],
  ["event ==", "the condition ends too early"],
  ["", "the condition is empty"],
  ["  ", "the condition is empty"],
  ["# x", "is not expected here"],
  ['event == "A" &&\n  evnt == "B"', 'line 2, column 3: "evnt" is unknown'],
  ["mail.recipients.exists(r, mail.recipients.exists(s, s == r))", "within a walk through another"],
  ["mail.recipients.exists(event, true)", "must not be called event"],
  ["mail.recipients.exists(3, true)", "invalid predicate iteration variable"],
  ["event.exists(x, true)", "range"],
  ['mail.attachments.all(a, a.nam == "x")', "there is no nam: an attachment has name, type, size"],
  ["cel.bind(x, 1, x == 1)", "there is no function bind()"],
  ["has(event)", "has() takes one selection"],
  ['has(lookup["owner"], 1)', "has() takes one selection"],
  ["true".padEnd(4_001), "4001 characters; 4000 are allowed"],
  [Array(300).fill("true").join(" && "), "too long or too deep"],
  [`${"(".repeat(200)}true${")".repeat(200)}`, "too long or too deep"],
  [`${"!".repeat(3_990)}true`, "too long or too deep"],
  [`lookup.owner${".a".repeat(400)} == 1`, "too long or too deep"],
];

for (const [text, part] of refused) {
  Deno.test(`condition ${text.slice(0, 60)} is refused`, () => {
    const why = problemOf(text);
    assert.ok(why.includes(part), why);
    assert.match(why, /^\P{Cc}*$/u);
    assert.ok(why.length < 700, why);
  });
}

Deno.test("the marks of the configuration's problems never come from a condition", () => {
  assert.match(problemOf('event == "\u0000\u0001" && \u0000 true'), /^\P{Cc}*$/u);
  assert.match(problemOf('fields["\u0000"] == "x"'), /^\P{Cc}*$/u);
});

const few: readonly (readonly [string, string])[] = [
  [
    'fields.state == "failed"',
    'column 17: fields.state is never "failed": expected one of problem, ',
  ],
  ['"failed" != fields.state', 'column 1: fields.state is never "failed"'],
  ['true && fields["state"] in ["ok", "crit"]', 'column 35: fields.state is never "crit"'],
  ['event == "degraded_array"', '(did you mean "DEGRADED_ARRAY"?)'],
  ['event == "DEGRADEDARRAY" || true', '(did you mean "DEGRADED_ARRAY"?)'],
  ['!(event in ["FAIL"])', '(did you mean "FAILS"?)'],
  ['event == "FIALS" ? true : false', '(did you mean "FAILS"?)'],
  ['["x"].exists(a, event == a || event == "x")', "event is never"],
];

for (const [text, expected] of few) {
  Deno.test(`compileCondition() refuses ${text}, which compares with what never is`, () => {
    const condition = compileCondition(text, WITH_WORDS);
    assert.ok(condition.kind === "problem" && condition.text.includes(expected), expected);
    const { words: _, ...open } = WITH_WORDS;
    assert.equal(compileCondition(text, open).kind, "value");
  });
}

for (
  const text of [
    'fields.state == "ok" || "problem" != fields.state || fields.state in ["info", ""]',
    'event == "" || event == fields.host || fields.host == "failed" || lookup.owner.x == "failed"',
    'event.contains("DEGRADED") || event < "x" || event + "x" == "failed"',
    "mail.recipients.exists(R2, fields.host == R2 || R2 == fields.host || fields.host in [R2])",
    'event.lowerAscii() == "fails" || lookup.owner.state == "failed"',
  ]
) {
  Deno.test(`compileCondition() takes ${text}`, () => {
    assert.equal(compileCondition(text, WITH_WORDS).kind, "value");
  });
}
