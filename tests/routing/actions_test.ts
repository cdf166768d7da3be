/** Filling in actions, and what is said of it. @module */

import assert from "node:assert/strict";
import type { Action } from "../../lib/config/types.ts";
import type { Answered } from "../../lib/language/scope.ts";
import { compileTemplate } from "../../lib/language/template.ts";
import { prepareActions } from "../../lib/routing/actions.ts";
import { NAMES, scope } from "../language/scope.ts";

const TEXT = "mailto:{{lookup.owner}}";

function prepared(value: Answered) {
  const address = compileTemplate("{{lookup.owner}}", { names: NAMES, target: "address" });
  if (address.kind === "problem") assert.fail(address.text);
  const action: Action = { kind: "mailto-template", address: address.value, text: TEXT };
  const all = prepareActions(
    [action],
    scope({ lookups: new Map([["owner", { kind: "answer", value }]]) }),
  );
  assert.ok(all.kind === "prepared");
  return all;
}

Deno.test("an action leaves out what is no address, and says so", () => {
  const { prepared: [action], notes } = prepared(["a@example.org", "Ann", "b@example.org"]);
  assert.deepEqual(action, { kind: "mailto", addresses: ["a@example.org", "b@example.org"] });
  assert.deepEqual(notes, [
    `${TEXT} is a@example.org, b@example.org`,
    `${TEXT} leaves out: "Ann" is no address`,
  ]);
});

Deno.test("of much that is left out, only some is said", () => {
  const { notes } = prepared(["a@example.org", ..."bcdefgh"]);
  assert.match(notes[1] ?? "", /leaves out: "b" is no address; .*"f" is no address; and 2 more$/);
});

Deno.test("an action whose addresses are all none cannot be taken", () => {
  const { prepared: [action], notes } = prepared(["Ann", "Bob"]);
  assert.deepEqual(action, { kind: "unfit" });
  assert.deepEqual(notes, [`${TEXT} cannot be sent: "Ann" is no address`]);
});
