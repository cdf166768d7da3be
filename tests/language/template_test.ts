/** Templates: what is put in, what is missing, what is refused. @module */

import assert from "node:assert/strict";
import type { Rendered, TemplateTarget } from "../../lib/language/expression.ts";
import type { Scope } from "../../lib/language/scope.ts";
import { compileTemplate } from "../../lib/language/template.ts";
import { NAMES, scope } from "./scope.ts";

function render(
  target: TemplateTarget,
  text: string,
  changes: Partial<Scope> = {},
): Rendered {
  const template = compileTemplate(text, { names: NAMES, target });
  if (template.kind === "problem") assert.fail(`${text}: ${template.text}`);
  return template.value.render(scope(changes));
}

/** The text; what it must ask, or why not, with a mark before it. */
function result(rendered: Rendered): string {
  switch (rendered.kind) {
    case "text":
      return rendered.text;
    case "ask":
      return `? ${rendered.lookups.join(" ")}`;
    case "unfit":
      return `! ${rendered.why}`;
  }
}

const lines: readonly (readonly [string, string])[] = [
  ["", ""],
  ["plain { text } }}", "plain { text } }}"],
  ["{{event}} on {{ fields.host }}", "BREAKS on db1"],
  ["{{fields.empty}}[{{fields.job-name}}]{{fields.constructor}}", "[]"],
  ['{{fields.empty | default("none")}}', "none"],
  ["{{fields.host | default('none')}}", "db1"],
  ["{{mail.subject}}", "Stage [release/7] failed {{event}}"],
  [
    "{{mail.reverse_path}} {{mail.recipients}} {{mail.size}}",
    "gocd@ci.example.org ops@example.org, qa@example.org 4096",
  ],
  ["{{mail.id}} {{mail.text}}", "01JD0000000000000000000000 line one ERROR disk full "],
  ['{{mail.header("X-Mailer")}}{{mail.header("X-None")}}', "Device 1"],
  ["{{now}}", "2026-11-22T09:30:15Z"],
  ['{{now | date("yyyy-MM-dd HH:mm", "Europe/Berlin")}}', "2026-11-22 10:30"],
  [
    '{{now | date("EEE dd MMM yyyy\'T\'HH:mm:ssxxx", "America/New_York")}}',
    "Sun 22 Nov 2026T04:30:15-05:00",
  ],
  ["{{lookup.owner.until | date}}", "2026-12-01T00:00:00Z"],
  ['{{lookup.owner.tier | date | default("never")}}', "never"],
  ["{{lookup.owner.tier | date}}", "! {{lookup.owner.tier | date}}: no date"],
  ["{{lookup.owner.tier}} {{lookup.owner.level}} {{lookup.owner.active}}", "gold 3 true"],
  [
    "{{lookup.owner.emails}} {{lookup.owner.emails.1}}",
    "a@example.org, b@example.org b@example.org",
  ],
  ["{{lookup.owner.groups.0.name}} {{lookup.owner.groups.0.members}}", "core 1, 2"],
  [
    "{{lookup.owner.groups}}",
    "! {{lookup.owner.groups}}: a list of mappings or lists; name one of its items, as in .0",
  ],
  ["{{lookup.owner}}", "! {{lookup.owner}}: a mapping; name one of its entries"],
  ["{{lookup.owner.team}}", "! {{lookup.owner.team}}: lookup.owner has no team"],
  ["{{lookup.owner.team.lead}}", "! {{lookup.owner.team.lead}}: lookup.owner has no team"],
  ["{{lookup.owner.emails.7}}", "! {{lookup.owner.emails.7}}: lookup.owner.emails has no 7"],
  [
    "{{lookup.owner.emails.length}}",
    "! {{lookup.owner.emails.length}}: lookup.owner.emails has no length",
  ],
  [
    "{{lookup.owner.constructor}}",
    "! {{lookup.owner.constructor}}: lookup.owner has no constructor",
  ],
  ["{{lookup.owner.__proto__}}", "! {{lookup.owner.__proto__}}: lookup.owner has no __proto__"],
  ["{{lookup.owner.nothing}}", "! {{lookup.owner.nothing}}: null"],
  ['{{lookup.owner.nothing | default("x")}}{{lookup.owner.team | default("y")}}', "xy"],
  ["{{lookup.owner.blank}}", ""],
  ['{{lookup.owner.blank | default("z")}}', "z"],
  ["{{lookup.down.x}}", "! {{lookup.down.x}}: lookup down has no answer: no answer within 2 s"],
  ['{{lookup.down.x | upper | default("nobody")}}', "nobody"],
  ["{{lookup.unasked.x}} {{lookup.service-owner.y}} {{lookup.down.x}}", "? unasked service-owner"],
  ['{{lookup.unasked.x | default("nobody")}}', "? unasked"],
  ["{{fields.host | upper}}{{event | lower}}{{' a ' | trim}}", "DB1breaksa"],
  ['{{fields.pipeline | replace("e", "a")}}', "ralaasa"],
  ['{{fields.pipeline | replace(".", "x")}}', "release"],
  ["{{mail.text | first-line}}", "line one"],
  ["{{mail.subject | truncate(15)}}|{{mail.subject | truncate(3)}}", "Stage [rele ...|Sta"],
  ['{{"{{"}}event}} {{"a\\"b\\\\\\n"}}{{\'"\'}}', '{{event}} a"b\\ "'],
  ['{{ "}}" }}', "}}"],
];

for (const [text, expected] of lines) {
  Deno.test(`template ${text} gives ${expected}`, () => {
    assert.equal(result(render("line", text)), expected);
  });
}

const hostile = "a\r\nBcc: x@evil.example\u0000\u2028\u202eb\ud800{{event}}";

Deno.test("a value is escaped for its target", () => {
  const changes = { fields: { host: hostile } };
  assert.equal(
    result(render("line", "x {{fields.host}}", changes)),
    "x a Bcc: x@evil.example b {{event}}",
  );
  assert.equal(
    result(render("text", "1\r\n\t{{fields.host}}", changes)),
    "1\n\ta\nBcc: x@evil.example   b {{event}}",
  );
  assert.equal(
    result(render("http-header", "Bearer {{fields.host}}", changes)),
    "Bearer a%0D%0ABcc: x@evil.example%00%E2%80%A8%E2%80%AEb%EF%BF%BD{{event}}",
  );
  assert.equal(
    result(render("url", "https://a.example/x/{{fields.host}}/y?q={{event}}", changes)),
    "https://a.example/x/a%0D%0ABcc%3A%20x%40evil.example%00%E2%80%A8%E2%80%AEb%EF%BF%BD" +
      "%7B%7Bevent%7D%7D/y?q=BREAKS",
  );
});

Deno.test("results that are too long are cut, or unfit where half of one is another thing", () => {
  const changes = { fields: { host: "\u{1f600}".repeat(200_000) } };
  const line = render("line", "x{{fields.host}}", changes);
  assert.ok(line.kind === "text" && line.text.length <= 8_192 && line.text.isWellFormed());
  const text = render("text", "x{{fields.host}}{{fields.host}}", changes);
  assert.ok(text.kind === "text" && text.text.length <= 262_144 && text.text.isWellFormed());
  assert.equal(render("url", "https://a.example/{{fields.host}}", changes).kind, "unfit");
  assert.equal(render("http-header", "{{fields.host}}", changes).kind, "unfit");
  assert.equal(render("address", "{{fields.host}}", changes).kind, "unfit");
  const growing = '{{fields.host | replace("\u{1f600}", "xxxxxxxxxxxxxxxxxxxx")}}';
  assert.match(result(render("line", growing, changes)), /too long once replaced/);
});

Deno.test("a template knows what it needs", () => {
  const text = "{{lookup.owner.x}}{{lookup.down.x}}{{lookup.owner.y}}{{mail.text}}";
  const template = compileTemplate(text, { names: NAMES, target: "text" });
  assert.ok(template.kind === "value");
  assert.deepEqual(template.value.needs, {
    lookups: ["owner", "down"],
    members: [["owner", "x"], ["down", "x"], ["owner", "y"]],
    text: true,
    reading: false,
  });
  assert.equal(template.value.target, "text");
  for (const text of ["{{event}}", "{{fields.host | upper}}"]) {
    const deep = compileTemplate(text, { names: NAMES, target: "line" });
    assert.ok(deep.kind === "value", text);
    assert.equal(deep.value.needs.reading, true, text);
  }
});

const refused: readonly (readonly [string, string, TemplateTarget?])[] = [
  ["a {{fields.hst}}", 'column 3: fields.hst is unknown (did you mean "host"?)'],
  ["{{lookup.ownr.x}}", 'lookup.ownr is unknown (did you mean "owner"?)'],
  ["{{mail.subjet}}", 'mail.subjet is unknown (did you mean "subject"?)'],
  ["{{mail.headers}}", 'did you mean "header"?'],
  ["{{mail.header}}", 'mail.header("X-Name")'],
  ["{{mail.attachments}}", "mail.attachments is unknown"],
  ["{{mail.constructor}}", "mail.constructor is unknown"],
  ["{{evnt}}", '"evnt" is unknown (did you mean "event"?)'],
  ["{{host}}", '"host" is unknown (did you mean "fields.host"?)'],
  ["{{event.x}}", "event has no parts"],
  ["{{fields}}", "fields is followed by one name, as in fields.host"],
  ["{{fields.host.x}}", "fields is followed by one name"],
  ["{{lookup}}", "lookup is followed by a name, as in lookup.owner"],
  ["{{mail}}", "mail is followed by one name"],
  ['{{fields.host("x")}}', "takes nothing in brackets"],
  ["{{event | uper}}", 'there is no filter uper (did you mean "upper"?)'],
  ["{{event | constructor}}", "there is no filter constructor"],
  ["{{event | safe}}", "there is no filter safe"],
  ["{{event | truncate}}", "the filter truncate is written truncate(80)"],
  ['{{event | truncate("x")}}', "a number of characters is missing"],
  ["{{event | truncate(0)}}", "a number of characters is missing"],
  ["{{event | upper(1)}}", "the filter upper is written upper"],
  ['{{event | replace("", "x")}}', "nothing cannot be replaced"],
  ['{{now | date("YYYY")}}', '"YYYY" means nothing in a date'],
  ['{{now | date("yyyy\'")}}', "means nothing in a date"],
  ['{{now | date("yyyy", "Berlin")}}', 'there is no time zone "Berlin"'],
  ["{{event", "column 1: {{ is not closed by }}"],
  ['{{event | default("x}}', "is not closed"],
  ["{{}}", "a name such as fields.host is missing"],
  ["{{event |}}", "the name of a filter after | is missing"],
  ["{{event upper}}", '"upper" is not expected here'],
  ["{{event | default(x)}}", "an argument is a number or a text in quotes"],
  ['{{event | replace("a" "b")}}', "here , or ) is missing"],
  ["{{fields.}}", "a name after the dot is missing"],
  ["{{mail.header(3)}}", "a name takes one text in quotes"],
  ["line\n{{evnt}}", 'line 2, column 1: "evnt" is unknown'],
  ["{{event}}".repeat(201), "over 200 placeholders are too many"],
  [`{{event${" | trim".repeat(11)}}}`, "over 10 filters are too many"],
  ["x".repeat(65_537), "65537 characters; 65536 are allowed"],
  ["{{fields.host}}", "a URL begins with http:// or https:// and a host", "url"],
  ["ftp://a.example/", "a URL begins with http:// or https:// and a host", "url"],
  ["/path/{{fields.host}}", "a URL begins with http:// or https:// and a host", "url"],
  ["https://{{fields.host}}/", "a URL begins with http:// or https:// and a host", "url"],
  ["https://api{{fields.host}}/", "only after the host and a slash", "url"],
  ["https://api:{{fields.host}}/", "only after the host and a slash", "url"],
  ["https://a:b@api.example/{{fields.host}}", "must not have a password", "url"],
  ["https://a.example\\@b.example/{{fields.host}}", "must not have a password", "url"],
  ["https://a.example/ x/{{fields.host}}", "no blanks", "url"],
  ["https://a.example/\\x/{{fields.host}}", "no blanks", "url"],
  ["https://a.example/../{{fields.host}}", "must not have . or ..", "url"],
  ["https://a.example/%2E./{{fields.host}}", "must not have . or ..", "url"],
  ["https://a.example:99999/{{fields.host}}", "this is no URL", "url"],
  ["ops", '"ops" is no address', "address"],
  ["ops@example.org,", "an address is missing", "address"],
  ["", "an address is missing", "address"],
  ["{{fields.host}},,a@example.org", "an address is missing", "address"],
  ['"a,b"@example.org', "is no address", "address"],
];

for (const [text, part, target = "line"] of refused) {
  Deno.test(`template ${JSON.stringify(text.slice(0, 60))} is refused as ${target}`, () => {
    const template = compileTemplate(text, { names: NAMES, target });
    assert.ok(template.kind === "problem", text);
    assert.ok(template.text.includes(part), template.text);
    assert.match(template.text, /^\P{Cc}*$/u);
  });
}
