/** What is written for one manager, and what it needs. @module */

import assert from "node:assert/strict";
import { needsOfAll, wordingOf } from "../../lib/language/wording.ts";
import { BASE, parseHere } from "../support/configuration.ts";

const LOOKUPS = ["a", "b", "c", "d", "e", "f"].map((name) =>
  `  ${name}: {url: "https://api.example.com/${name}"}\n`
).join("");

const { managers } = parseHere(`${BASE}lookups:
${LOOKUPS}
managers:
  - name: fleet
    messages-we-want: {to: a@example.com}
    rules:
      - when: lookup.a.x == 1 || lookup.b.x == 1
        actions: [discard, "mailto:x@example.com"]
      - filter: {function: mail.in_subject, args: [x]}
        actions:
          - "mailto:{{lookup.c.mail}}"
          - {mailto: y@example.com, subject: "{{lookup.d.x}}", text: "{{lookup.a.y}}"}
    otherwise:
      - {mailto: "{{lookup.e.mail}}", subject: "{{mail.subject}}"}
  - {name: idle, messages-we-want: {to: b@example.com}, otherwise: [discard]}
`);
const [fleet, idle] = managers;

Deno.test("wordingOf() has every condition and template of a manager, in order", () => {
  assert.ok(fleet !== undefined && idle !== undefined);
  assert.deepEqual(wordingOf(fleet).map(({ text }) => text), [
    "lookup.a.x == 1 || lookup.b.x == 1",
    "{{lookup.c.mail}}",
    "{{lookup.d.x}}",
    "{{lookup.a.y}}",
    "{{lookup.e.mail}}",
    "{{mail.subject}}",
  ]);
  assert.deepEqual(wordingOf(idle), []);
});

Deno.test("needsOfAll() names each lookup once, and needs what one of them needs", () => {
  assert.ok(fleet !== undefined);
  const none = { lookups: [], text: false, reading: false };
  assert.deepEqual(needsOfAll([]), none);
  assert.deepEqual(needsOfAll(wordingOf(fleet)), { ...none, lookups: ["a", "b", "c", "d", "e"] });
  const text = { needs: { ...none, text: true } };
  const reading = { needs: { ...none, reading: true } };
  assert.deepEqual(needsOfAll([text, { needs: none }]), { ...none, text: true });
  assert.deepEqual(needsOfAll([{ needs: none }, reading]), { ...none, reading: true });
});
