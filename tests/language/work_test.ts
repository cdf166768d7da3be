/** What all conditions and patterns of one mail may cost together. @module */

import assert from "node:assert/strict";
import { compileCondition } from "../../lib/language/condition.ts";
import type { Condition } from "../../lib/language/expression.ts";
import { compilePattern, type Pattern } from "../../lib/language/pattern.ts";
import type { LookupKnown, MailFacts, Scope } from "../../lib/language/scope.ts";
import { compileTemplate } from "../../lib/language/template.ts";
import { Work } from "../../lib/language/work.ts";
import { MAIL, NAMES, scope } from "./scope.ts";

function patternOf(text: string): Pattern {
  const pattern = compilePattern(text);
  if (pattern.kind === "problem") assert.fail(pattern.text);
  return pattern.value;
}

function conditionOf(text: string): Condition {
  const condition = compileCondition(text, NAMES);
  if (condition.kind === "problem") assert.fail(condition.text);
  return condition.value;
}

/** What is known of a mail as one manager reads it. */
function known(mail: MailFacts, lookups: Scope["lookups"] = new Map()): Scope {
  return scope({ mail, lookups, fields: FIELDS });
}

const FIELDS = { host: "db1" };

/** As long as a mail's text gets, of the letters a and b in no order; no pattern of RE2 likes it. */
function nasty(begin = "", length = 65_536, [a, b] = ["a", "b"]): string {
  let text = begin;
  let seed = 99;
  while (text.length < length) {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) & 0x7fffffff;
    text += (seed >> 16) % 2 === 0 ? a : b;
  }
  return text;
}

/** A mail with a text, and all the work that there is for one. */
function mailWith(text: string, work = new Work()) {
  return { ...MAIL, text, work };
}

Deno.test("no search takes longer than the steps that it may take", () => {
  const text = nasty("c\n");
  for (const source of ["a(a|b){20}c", "a[ab]{28}c", "a(a|b){250}c", "[^z]{0,90}a[^y]{90}(c|d)"]) {
    const pattern = patternOf(source);
    const { found, characters, steps } = pattern.test(text);
    assert.equal(found, false);
    assert.ok(steps <= pattern.worst(text) && steps < 700_000, `${source}: ${steps}`);
    assert.ok(characters >= 2_000 && pattern.find(text).steps <= 600_000, source);
  }
});

Deno.test("a nasty text is searched as far as a large pattern can be, a usual one to its end", () => {
  const pattern = patternOf("a(a|b){250}c");
  const { characters } = pattern.test(nasty("c\n"));
  assert.ok(characters < 5_000, `${characters}`);
  const beyond = nasty("c\n").slice(0, characters) + "ac";
  assert.equal(patternOf("ac").test(beyond).found, true);
  const usual = `${"error in line 7 of the report\n".repeat(2_180)}disk full`;
  for (
    const source of ["error.{0,200}full", "(?i)(error|fail).{0,80}(disk|raid)", "[a-z]+ FULL|l$"]
  ) {
    assert.equal(patternOf(source).test(usual).characters, usual.length, source);
  }
  assert.equal(patternOf(`(?i)report\\ndisk.{0,300}l$`).test(usual).found, true);
});

Deno.test("what a search finds does not depend on the searches before it", () => {
  const source = "(?:a[ab]{8}[cd]|x[xy]{8}[vw])(?:[12]{14}|[34]{14})";
  const texts = [nasty(), nasty("", 65_536, ["x", "y"])];
  const used = patternOf(source);
  const made = [...texts, ...texts].map((text) => used.test(text));
  assert.deepEqual(made.map(({ characters }) => characters), Array(4).fill(65_536));
  assert.ok(made[1] !== undefined && made[1].steps > 60_000, "beginning anew costs");
});

Deno.test("how far a text is searched depends on its worst part, wherever that is", () => {
  const quiet = "a".repeat(60_000);
  const pattern = patternOf("a[ab]{28}[cd](?:[12]{5}|[34]{5})");
  assert.equal(pattern.test(quiet).characters, 60_000);
  for (const text of [nasty("", 5_000) + quiet, quiet + nasty("", 5_000)]) {
    assert.equal(pattern.test(text).characters, pattern.sure);
  }
});

Deno.test("a pattern that repetition makes too large is refused, and it is said what to write", () => {
  for (const source of ["a(a|b){1000}c", "[^z]{0,900}a[^y]{900}(c|d)"]) {
    const pattern = compilePattern(source);
    assert.ok(pattern.kind === "problem");
    assert.match(
      pattern.text,
      /too large: .* 1000 are allowed: use smaller numbers in .*, or \.\*/,
    );
  }
  assert.equal(compilePattern("error.{0,400}timeout").kind, "value");
});

Deno.test("when the work for a mail is done, what is costly is unknown and what is cheap is told", () => {
  const mail = mailWith(nasty("c\n"));
  const costly = Array.from(
    { length: 30 },
    (_, n) => conditionOf(`mail.text.matches("a(a|b){${20 + n}}c")`),
  );
  const first = costly.map((condition) => condition.test(known(mail)));
  const told = first.filter(({ kind }) => kind === "fails").length;
  assert.ok(told >= 5 && told <= 12, `${told} were told`);
  assert.ok(first.slice(told).every(({ kind }) => kind === "unknown"));
  const last = first.at(-1);
  assert.ok(last?.kind === "unknown");
  assert.match(last.why(), /cannot be told: too costly after all that was tested/);
  assert.equal(conditionOf('event == "BREAKS"').test(known(mail)).kind, "holds");
  const again = costly.map((condition) => condition.test(known(mail)).kind);
  assert.deepEqual(again, first.map(({ kind }) => kind), "the second time they say the same");
  const other = { ...mail, text: `aa${"b".repeat(30)}c` };
  assert.equal(costly[0]?.test(known(other)).kind, "unknown", "another mail, the same work");
  assert.equal(costly[0]?.test(known({ ...other, work: new Work() })).kind, "fails");
  assert.equal(costly[11]?.test(known({ ...other, work: new Work() })).kind, "holds");
});

Deno.test("walks through many recipients count as well", () => {
  const recipients = Array.from({ length: 1_000 }, (_, n) => `user${n}@example.org`);
  const mail = { ...mailWith(""), recipients };
  const kinds = Array.from(
    { length: 1_000 },
    (_, n) =>
      conditionOf(`mail.recipients.all(r, r.contains("@") && r.size() > 3 && r != "${n}")`)
        .test(known(mail)).kind,
  );
  assert.equal(kinds[0], "holds");
  assert.equal(kinds.at(-1), "unknown");
});

Deno.test("a costly condition is tested again only when its lookups have answered", () => {
  const both = conditionOf('mail.text.matches("a(a|b){40}c") || lookup.owner.tier == "gold"');
  const mail = mailWith(nasty("c\n"));
  const answer = (tier: string): ReadonlyMap<string, LookupKnown> =>
    new Map([["owner", { kind: "answer", value: { tier } }]]);
  assert.equal(both.test(known(mail)).kind, "ask");
  assert.equal(both.test(known(mail, answer("gold"))).kind, "holds");
  assert.equal(both.test(known(mail, answer("tin"))).kind, "fails");
  const alone = conditionOf('mail.text.matches("a(a|b){40}c")');
  alone.test(known(mail));
  const { left } = mail.work;
  alone.test(known(mail));
  assert.equal(mail.work.left, left);
});

Deno.test("reasons have work of their own, and are short when it is done", () => {
  const mail = mailWith(nasty("c\n"));
  const whys = Array.from({ length: 6 }, (_, n) => {
    const tested = conditionOf(`mail.text.matches("a(a|b){${20 + n}}c")`).test(known(mail));
    assert.ok(tested.kind === "fails");
    return tested.why;
  });
  const { left } = mail.work;
  const said = Array.from({ length: 50 }, () => whys.map((why) => why())).flat();
  assert.equal(mail.work.left, left);
  assert.ok(mail.work.wordsLeft > -2_000_000, `${mail.work.wordsLeft}`);
  assert.match(said[0] ?? "", /^mail\.text\.matches\(.*\) is false: mail\.text is "c/);
  assert.match(said.at(-1) ?? "", /^mail\.text\.matches\("a\(a\|b\)\{25\}c"\) is false$/);
});

Deno.test("a reason for which there is too little work does not call known parts unknown", () => {
  const mail = mailWith(nasty("c\n"));
  const one = conditionOf('!mail.text.matches("a(a|b){40}c") && event == "BREAKS"');
  mail.work.wordsLeft = 50_000;
  const told = one.test(known(mail));
  assert.ok(told.kind === "holds");
  assert.match(told.why(), /&& event == "BREAKS" is true$/);
});

Deno.test("an operator's pattern with groups takes its part, and stops when there is none", () => {
  const work = new Work();
  const pattern = patternOf("(?<x>a(a|b){30})c");
  for (let n = 0; n < 20; n++) assert.equal(pattern.search(nasty("c\n"), work), null);
  assert.ok(work.isOver);
  assert.equal(pattern.search(`a${nasty("", 30)}c${nasty()}`, work), null);
  assert.notEqual(pattern.search(`a${nasty("", 30)}c${nasty()}`, new Work()), null);
  assert.deepEqual({ ...patternOf("(?<host>x)").search("x", work) }, { host: "x" });
});

Deno.test("a reason says what of a text was not looked at", () => {
  const text = nasty("c\n");
  const cut = { ...mailWith(text), textCut: true };
  const said = (condition: string, mail: MailFacts) => {
    const tested = conditionOf(condition).test(known(mail));
    assert.ok(tested.kind === "fails" || tested.kind === "holds");
    return tested.why();
  };
  const short = / \(of a text that was cut after 65,536 characters\)$/;
  assert.match(said('mail.text.contains("FAILED")', cut), short);
  assert.match(said('!mail.text.matches("FAILED")', cut), short);
  assert.doesNotMatch(said('mail.text.contains("FAILED")', mailWith(text)), /cut/);
  assert.doesNotMatch(said('mail.subject.contains("FAILED")', cut), /cut/);
  const costly = 'mail.text.matches("a(a|b){60}c")';
  const far = /\(the pattern is costly: only the first 11,\d{3} characters were searched\)$/;
  assert.match(said(costly, mailWith(text)), far);
  assert.match(said(`!${costly}`, mailWith(text)), far);
  assert.doesNotMatch(said(costly, mailWith(nasty("c\n", 9_000))), /costly/);
  assert.doesNotMatch(said('mail.text.matches("^c")', mailWith(text)), /costly/);
});

Deno.test("a body that cannot be read is unknown, not empty", () => {
  const mail = { ...mailWith(""), attachments: [], bodyUnread: "input/output error" };
  for (const text of ['mail.text.contains("x")', "mail.attachments.size() > 0", "has(mail.text)"]) {
    const tested = conditionOf(text).test(known(mail));
    assert.ok(tested.kind === "unknown", text);
    assert.match(tested.why(), /the body cannot be read: input\/output error/);
  }
  assert.equal(
    conditionOf('mail.subject != "" || mail.text == ""').test(known(mail)).kind,
    "holds",
  );
  const template = compileTemplate("{{mail.text}}", { names: NAMES, target: "text" });
  assert.ok(template.kind === "value");
  assert.deepEqual(template.value.render(known(mail)), {
    kind: "unfit",
    why: "{{mail.text}}: the body cannot be read: input/output error",
  });
});
