/** Conditions, patterns and templates against mails and texts made to break them. @module */

import assert from "node:assert/strict";
import fc from "fast-check";
import { compileCondition } from "../../lib/language/condition.ts";
import type { Condition } from "../../lib/language/expression.ts";
import type { Answered } from "../../lib/language/scope.ts";
import { compileTemplate } from "../../lib/language/template.ts";
import { anyScope, anyText, MAIL, NAMES, scope } from "./scope.ts";

function compile(text: string): Condition {
  const condition = compileCondition(text, NAMES);
  if (condition.kind === "problem") assert.fail(`${text}: ${condition.text}`);
  return condition.value;
}

const conditions = [
  'event == "A" || fields.host.contains(event) || fields["stage"] in mail.recipients',
  'mail.subject.matches("(a|aa)+$") && mail.text.lowerAscii().trim().startsWith(event)',
  'lookup.owner.level > 3 || lookup.owner.tier == "gold" || lookup.calendar[0] == lookup.owner',
  "lookup.owner.emails.exists(e, e in mail.recipients) || size(lookup.owner) > 2",
  "has(lookup.owner.tier) && has(lookup.owner.tier.x.y) && !has(lookup.down)",
  'mail.headers["subject"][1] == mail.header(event) || mail.attachments.all(a, a.size > 2)',
  'now.getHours("Asia/Kolkata") > 3 && now - timestamp(lookup.owner.tier) > duration("1h")',
  'lookup.owner.map(k, k + "!").filter(k, k != event) == [] ? lookup.down : !lookup.owner.a',
  'string(lookup.owner.level) + event == "3" && int(lookup.owner.tier) / mail.size == 1',
].map(compile);

Deno.test("no condition throws on any scope, nor does its reason", () => {
  fc.assert(fc.property(anyScope, fc.constantFrom(...conditions), (any, condition) => {
    const tested = condition.test(any);
    assert.deepEqual(condition.test(any).kind, tested.kind);
    if (tested.kind !== "ask") assert.match(tested.why(), /^[^\p{Cc}\u202e]*$/u);
    else assert.ok(tested.lookups.every((name) => condition.needs.lookups.includes(name)));
  }));
});

Deno.test("asking what a condition asks for comes to an end", () => {
  fc.assert(fc.property(anyScope, fc.constantFrom(...conditions), (any, condition) => {
    const lookups = new Map(any.lookups);
    for (let round = 0; round <= NAMES.lookups.size; round++) {
      const tested = condition.test({ ...any, lookups });
      if (tested.kind !== "ask") return;
      for (const name of tested.lookups) lookups.set(name, { kind: "missing", why: "down" });
    }
    assert.fail("still asking");
  }));
});

Deno.test("no text throws when it is compiled", () => {
  const pieces = fc.constantFrom(
    ..."event fields.host lookup.owner.x mail.text now == && || ! ( ) [ ] { } , . ? : in has( 'a' \" {{ }} | date upper default( \\ 1 2.5 -"
      .split(" "),
  );
  const texts = fc.oneof(anyText, fc.array(pieces, { maxLength: 15 }).map((all) => all.join(" ")));
  fc.assert(
    fc.property(texts, anyScope, (text, any) => {
      const condition = compileCondition(text, NAMES);
      if (condition.kind === "value") condition.value.test(any);
      else assert.match(condition.text, /^\P{Cc}+$/u);
      for (const target of ["text", "line", "address", "url", "http-header"] as const) {
        const template = compileTemplate(text, { names: NAMES, target });
        if (template.kind === "value") template.value.render(any);
        else assert.match(template.text, /^\P{Cc}+$/u);
      }
    }),
    { numRuns: 300 },
  );
});

Deno.test("what would take too long is unknown", () => {
  const huge = { mail: { ...MAIL, text: "a".repeat(1_000_000), subject: "a".repeat(9_000) } };
  const recipients = Array.from({ length: 1_000 }, () => "a".repeat(200));
  const costly = [
    "mail.text.contains(mail.subject)",
    'mail.recipients.all(r, mail.text.matches("(a+)+$"))',
    'mail.recipients.exists(r, mail.text.contains(r + "b"))',
    "mail.recipients.all(r, r in mail.recipients)",
  ];
  for (const text of costly) {
    const tested = compile(text).test(scope({ mail: { ...huge.mail, recipients } }));
    assert.ok(tested.kind === "unknown", text);
    assert.match(tested.why(), /too large to be tested in time/);
  }
  const over = compile('mail.recipients.exists(r, r == "x")');
  const many = { mail: { ...MAIL, recipients: Array.from({ length: 1_001 }, String) } };
  assert.equal(over.test(scope(many)).kind, "unknown");
});

Deno.test("what a large mail is usually asked is answered", () => {
  const mail = {
    ...MAIL,
    text: "a".repeat(1_000_000),
    recipients: Array.from({ length: 1_000 }, (_, n) => `user${n}@example.org`),
  };
  const usual = compile(
    'mail.recipients.exists(r, r.endsWith("@example.com") || r.startsWith("admin")) || ' +
      'mail.text.contains("ERROR") || mail.text.matches("(?i)disk (full|failed)") || ' +
      'mail.text.lowerAscii().contains("warning")',
  );
  assert.equal(usual.test(scope({ mail })).kind, "fails");
});

Deno.test("an answer that is nested without end is compared only so deep", () => {
  const nested = (depth: number) => {
    let value: Answered = 1;
    for (let level = 0; level < depth; level++) value = [value];
    return value;
  };
  const same = compile("lookup.owner == lookup.calendar");
  const both = (depth: number) =>
    same.test(scope({
      lookups: new Map([
        ["owner", { kind: "answer", value: nested(depth) }],
        ["calendar", { kind: "answer", value: nested(depth) }],
      ]),
    })).kind;
  assert.equal(both(40), "holds");
  assert.equal(both(20_000), "unknown");
});

Deno.test("a pattern sees the first 65,536 characters of a text", () => {
  const found = compile('mail.text.matches("needle")');
  const at = (position: number) => {
    const mail = { ...MAIL, text: `${"x".repeat(position)}needle` };
    return found.test(scope({ mail })).kind;
  };
  assert.equal(at(65_530), "holds");
  assert.equal(at(65_531), "fails");
});
