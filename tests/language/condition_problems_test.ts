/** Conditions that the configuration refuses, and in which words. @module */

import assert from "node:assert/strict";
import { compileCondition } from "../../lib/language/condition.ts";
import { NAMES } from "./scope.ts";

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
