/** What conditions and templates look at in an answer, and what is said of it. @module */

import assert from "node:assert/strict";
import { compileCondition } from "../../lib/language/condition.ts";
import { sayMembers } from "../../lib/language/members.ts";
import { compileTemplate } from "../../lib/language/template.ts";
import { NAMES } from "./scope.ts";

const conditions = [
  { text: 'lookup.owner.tier == "gold"', members: ["owner.tier"] },
  {
    text: 'lookup.owner["tier"] in ["a"] || lookup.owner.groups[0].name == "x"',
    members: [
      "owner.tier",
      "owner.groups.0.name",
    ],
  },
  { text: "has(lookup.owner.tier) && has(lookup.down)", members: ["owner.tier", "down"] },
  { text: 'lookup.owner.emails.exists(e, e == "x")', members: ["owner.emails"] },
  { text: 'lookup.owner[fields.host].name == "x"', members: ["owner"] },
  { text: 'fields.host == "lookup.owner.tier"', members: [] },
];

for (const { text, members } of conditions) {
  Deno.test(`the condition ${text} looks at ${members.join(", ") || "no answer"}`, () => {
    const condition = compileCondition(text, NAMES);
    assert.ok(condition.kind === "value", JSON.stringify(condition));
    const found = condition.value.needs.members ?? [];
    assert.deepEqual(found.map((path) => path.join(".")), members);
  });
}

Deno.test("a template looks at what its placeholders name", () => {
  const text = '{{lookup.owner.groups.0.name}} {{lookup.down | default("x")}} {{fields.host}}';
  const template = compileTemplate(text, { names: NAMES, target: "line" });
  assert.ok(template.kind === "value");
  assert.deepEqual(template.value.needs.members, [["owner", "groups", "0", "name"], ["down"]]);
});

const ANSWER = {
  tier: "gold",
  level: 3,
  none: null,
  list: ["a", "b"],
  below: { token: "s3cret", name: "x" },
  deep: [{ token: "s3cret" }],
  token: "s3cret",
  wicked: "\x1b[2J\u202e\nx",
  long: "x".repeat(5_000),
};

const said = [
  { paths: [["tier"], ["level"], ["none"]], text: 'tier is "gold", level is 3, none is null' },
  {
    paths: [["list"], ["below"], ["deep"]],
    text: 'list is ["a", "b"], below is a mapping of 2, deep is a list of 1',
  },
  { paths: [["list", "1"], ["below", "name"]], text: 'list.1 is "b", below.name is "x"' },
  { paths: [["gone"], ["tier", "x"], ["list", "length"], ["__proto__"]], text: "" },
  { paths: [[]], text: "" },
  { paths: [["wicked"]], text: 'wicked is "\\u001b[2J? x"' },
];

for (const { paths, text } of said) {
  Deno.test(`of an answer is said at ${JSON.stringify(paths)}: ${text || "nothing"}`, () => {
    assert.equal(sayMembers(ANSWER, paths), text);
  });
}

Deno.test("what is said of an answer is bounded", () => {
  const said = sayMembers(ANSWER, Array.from({ length: 50 }, () => ["long"]));
  assert.ok(said.length <= 200 && said.startsWith('long is "xxx'), said);
});
