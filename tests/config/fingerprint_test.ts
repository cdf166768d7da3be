import assert from "node:assert/strict";
import { fingerprint } from "../../lib/config/fingerprint.ts";
import { BASE, parseHere } from "../support/configuration.ts";

const MANAGER = `managers:
  - name: gocd
    url: https://gocd.example.com/go
    user: ops
    passwd: secret
    messages-we-want: { to: m@example.com }
    rules:
      - actions: [mailto:team@example.com]
        filter: { function: pipelines.name_like_in_group, args: ["(.+)-release", group] }
`;
const before = fingerprint(parseHere(BASE + MANAGER));

Deno.test("fingerprint() is the same for the same rules", () => {
  assert.equal(fingerprint(parseHere(BASE + MANAGER)), before);
  assert.match(before, /^[0-9a-f]{16}$/);
});

for (
  const [what, from, to] of [
    ["an action", "team@", "other@"],
    ["a pattern", "-release", "-stable"],
    ["a claim", "m@example.com", "n@example.com"],
    ["a server", "gocd.example.com/go", "ci.example.com/go"],
  ] as const
) {
  Deno.test(`fingerprint() changes with ${what}`, () => {
    assert.notEqual(fingerprint(parseHere(BASE + MANAGER.replace(from, to))), before);
  });
}

for (
  const [what, text] of [
    ["a password", BASE + MANAGER.replace("secret", "changed")],
    ["the mail server", BASE.replace("8025", "9025") + MANAGER],
    ["a limit", `${BASE}${MANAGER}limits: { errors: 3 }\n`],
  ] as const
) {
  Deno.test(`fingerprint() stays when only ${what} changes`, () => {
    assert.equal(fingerprint(parseHere(text)), before);
  });
}
