/** Templates of addresses and URLs: what a value can never do. @module */

import assert from "node:assert/strict";
import fc from "fast-check";
import { parseAddress } from "../../lib/mail/address.ts";
import type { TemplateTarget } from "../../lib/language/expression.ts";
import type { Answered, Scope } from "../../lib/language/scope.ts";
import { compileTemplate } from "../../lib/language/template.ts";
import { anyScope, anyText, NAMES, scope } from "./scope.ts";

function compile(target: TemplateTarget, text: string) {
  const template = compileTemplate(text, { names: NAMES, target });
  if (template.kind === "problem") assert.fail(`${text}: ${template.text}`);
  return template.value;
}

function render(target: TemplateTarget, text: string, changes: Partial<Scope> = {}): string {
  const rendered = compile(target, text).render(scope(changes));
  if (rendered.kind === "text") return rendered.text;
  return rendered.kind === "ask" ? `? ${rendered.lookups}` : `! ${rendered.why}`;
}

const addresses: readonly (readonly [string, string])[] = [
  ["ops@example.org", "ops@example.org"],
  [' "ops"@Example.org , qa@example.org', "ops@Example.org, qa@example.org"],
  ["{{lookup.owner.email}}", "team@example.org"],
  ["{{lookup.owner.email}}, ops@example.org", "team@example.org, ops@example.org"],
  ["{{lookup.owner.emails}}", "a@example.org, b@example.org"],
  ["{{lookup.owner.both}}, b@EXAMPLE.org", "a@example.org, b@EXAMPLE.org"],
  ["{{lookup.owner.emails.0}}", "a@example.org"],
  ["{{fields.host}}-admin@example.org", "db1-admin@example.org"],
  ["{{fields.host}}@{{fields.stage}}.example.org", "db1@build.example.org"],
  ["{{mail.reverse_path}}", "gocd@ci.example.org"],
  ['{{lookup.owner.team | default("ops@example.org")}}', "ops@example.org"],
  ["{{lookup.unasked.email}}, ops@example.org", "? unasked"],
  ["{{fields.empty}}", "! fields.empty: fields.empty is empty"],
  ["{{fields.empty}}@example.org", "! fields.empty: fields.empty is empty"],
  ["{{fields.host}}", '! "db1" is no address'],
  ["{{lookup.owner.blank}}", '! "" is no address'],
  [
    "{{lookup.owner.groups}}",
    "! lookup.owner.groups has a mapping of 2 in it",
  ],
  ["{{lookup.owner.team}}", "! lookup.owner.team: lookup.owner has no team"],
  ["x{{lookup.owner.both}}", '! "xa@example.org, b@example.org" is no address'],
  ["{{mail.recipients}}", '! "ops@example.org, qa@example.org" is no address'],
];

for (const [text, expected] of addresses) {
  Deno.test(`addresses ${text} give ${expected}`, () => {
    assert.equal(render("address", text), expected);
  });
}

const injected: readonly string[] = [
  "x@evil.example,y",
  "x@evil.example, ops",
  "x@evil.example\r\nBcc: y",
  "x@evil.example\n",
  "<x@evil.example>",
  "x@evil.example>,<y",
  "x@evil.example;y",
  "x y",
  '"a,x@evil.example,b"',
  "x@evil.example@y",
  "x\u0000",
  "x".repeat(65),
  "a..b",
];

for (const host of injected) {
  Deno.test(`addresses: ${JSON.stringify(host.slice(0, 30))} from a mail adds nobody`, () => {
    const changes = { fields: { host } };
    assert.match(render("address", "{{fields.host}}@example.org", changes), /^! /);
    assert.match(render("address", "ops@example.org,{{fields.host}}@example.org", changes), /^! /);
  });
}

function owner(value: Answered): Partial<Scope> {
  return { lookups: new Map([["owner", { kind: "answer", value }]]) };
}

Deno.test("addresses: a lookup names 50 at most, and each in its own right", () => {
  const many = (count: number) => Array.from({ length: count }, (_, n) => `a${n}@example.org`);
  const text = "{{lookup.owner}}";
  assert.equal(render("address", text, owner(many(50))).split(", ").length, 50);
  assert.match(render("address", text, owner(many(51))), /^! it names over 50/);
  assert.match(render("address", text, owner(many(51).join(","))), /^! it names over 50/);
  assert.match(render("address", text, owner(["a@example.org,b@example.org"])), /^! /);
  assert.match(render("address", text, owner([3, "a"])), /^! lookup.owner has 3/);
  assert.match(render("address", text, owner([])), /^! lookup.owner is an empty list/);
  assert.match(render("address", text, owner("a@example.org\nb@example.org")), /^! /);
});

const urls: readonly (readonly [string, string])[] = [
  ["https://a.example", "https://a.example"],
  ["https://a.example/s/{{fields.host}}/x", "https://a.example/s/db1/x"],
  [
    "http://[::1]:8080/{{fields.host}}?q={{event}}#{{fields.stage}}",
    "http://[::1]:8080/db1?q=BREAKS#build",
  ],
  [
    "https://a.example?q={{lookup.owner.emails}}",
    "https://a.example?q=a%40example.org%2C%20b%40example.org",
  ],
  ["https://a.example/{{fields.empty}}", "! {{fields.empty}}: fields.empty is empty"],
  ['https://a.example/{{fields.empty | default("none")}}', "https://a.example/none"],
  ["https://a.example/{{lookup.owner.blank}}", "! {{lookup.owner.blank}}: empty"],
  ["https://a.example/{{lookup.owner.team}}", "! {{lookup.owner.team}}: lookup.owner has no team"],
  ["https://a.example/{{' ' | trim}}", "! {{' ' | trim}}: empty"],
  ["https://a.example/{{'a/b?c#d%2e'}}", "https://a.example/a%2Fb%3Fc%23d%252e"],
  ['https://a.example/{{"(!\'*)"}}', "https://a.example/%28%21%27%2A%29"],
  ["https://a.example/{{'..'}}/x", "! a part of the path would be . or .."],
  ["https://a.example/{{'.'}}", "! a part of the path would be . or .."],
  ["https://a.example/.{{'.'}}/x", "! a part of the path would be . or .."],
  ["https://a.example/%2e{{'.'}}/x", "! a part of the path would be . or .."],
  ["https://a.example/x?p={{'..'}}", "https://a.example/x?p=.."],
  ["https://a.example/...{{'.'}}", "https://a.example/...."],
];

for (const [text, expected] of urls) {
  Deno.test(`URL ${text} gives ${expected}`, () => assert.equal(render("url", text), expected));
}

Deno.test("addresses: what is none in a lookup's list does not cost the others", () => {
  const template = compile("address", "{{lookup.owner}}, ops@example.org");
  const rendered = (value: Answered) => template.render(scope(owner(value)));
  assert.deepEqual(rendered(["a@example.org", "Ann", 3, "b@example.org"]), {
    kind: "text",
    text: "a@example.org, b@example.org, ops@example.org",
    dropped: ['"Ann" is no address', "lookup.owner has 3 in it"],
  });
  assert.deepEqual(rendered("a@example.org, none"), {
    kind: "text",
    text: "a@example.org, ops@example.org",
    dropped: ['" none" is no address'],
  });
  assert.deepEqual(rendered("a@example.org"), {
    kind: "text",
    text: "a@example.org, ops@example.org",
  });
  assert.deepEqual(rendered(["Ann", null]), { kind: "unfit", why: '"Ann" is no address' });
});

Deno.test("addresses: no scope yields more or other addresses than the template allows", () => {
  const one = compile("address", "{{fields.host}}");
  const domain = compile("address", "{{fields.host}}@example.org");
  const several = compile("address", "{{lookup.owner}}, {{lookup.owner.emails}}");
  fc.assert(fc.property(anyScope, (any) => {
    const [first, second, third] = [one, domain, several].map((template) => template.render(any));
    if (first?.kind === "text") assert.ok(parseAddress(first.text) && !first.text.includes(","));
    if (second?.kind === "text") assert.match(second.text, /^[^,]+@example\.org$/u);
    if (third?.kind === "text") {
      const all = third.text.split(", ");
      assert.ok(all.length <= 50 && all.every((address) => parseAddress(address) !== null));
    }
  }));
});

Deno.test("URLs: no value changes the host, or adds or takes a segment, a query or a fragment", () => {
  const template = compile(
    "url",
    "https://a.example:8443/s/{{fields.host}}/x.{{fields.stage}}?q={{event}}",
  );
  fc.assert(fc.property(anyText, anyText, anyText, (host, stage, event) => {
    const rendered = template.render(scope({ fields: { host, stage }, event }));
    if (rendered.kind !== "text") return;
    const url = new URL(rendered.text);
    assert.equal(url.origin, "https://a.example:8443");
    assert.equal(url.pathname.split("/").length, 4);
    assert.match(url.pathname, /^\/s\/[^/]+\/x\./);
    assert.deepEqual([...url.searchParams.keys()], ["q"]);
    assert.equal(url.searchParams.get("q"), event.toWellFormed());
    assert.equal(url.hash, "");
    assert.equal(url.href, rendered.text);
  }));
});

Deno.test("lines and headers: no scope puts a line end or a control character in", () => {
  const text = "{{event}}: {{fields.host}} {{mail.subject}} {{mail.text}} " +
    '{{mail.header("Subject")}} {{lookup.owner | default("-")}} {{mail.recipients}}';
  const line = compile("line", text);
  const header = compile("http-header", text);
  const lines = compile("text", text);
  fc.assert(fc.property(anyScope, (any) => {
    const [first, second, third] = [line, header, lines].map((template) => template.render(any));
    if (first?.kind === "text") assert.match(first.text, /^[^\p{Cc}\p{Cs}\u2028\u2029\u202e]*$/u);
    if (second?.kind === "text") assert.match(second.text, /^[ -~]*$/);
    if (third?.kind === "text") {
      assert.match(third.text, /^(?:[^\p{Cc}\p{Cs}\u2028\u202e]|[\n\t])*$/u);
    }
    for (const rendered of [first, second, third]) {
      if (rendered?.kind === "unfit") assert.match(rendered.why, /^\P{Cc}*$/u);
    }
  }));
});
