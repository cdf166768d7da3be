/** What the journal is given of a decision. @module */

import assert from "node:assert/strict";
import { route } from "../../lib/app/routed.ts";
import { createRouter } from "../../lib/routing/router.ts";
import { parseHere } from "../support/configuration.ts";
import { sampleMail } from "../support/sample_mail.ts";

function managers(rules: readonly string[]): string {
  const manager = (name: string, also: boolean) =>
    [
      `- name: ${name}`,
      "  type: mail",
      `  also: ${also}`,
      "  messages-we-want: {to: mail2alert@example.org}",
      "  rules:",
      ...rules.map((rule) => `  - ${rule}`),
    ].join("\n");
  return `local-smtp: localhost:1025\nremote-smtp: localhost:25\nmanagers:\n${
    [manager("first", true), manager("second", false)].join("\n")
  }\n`;
}

async function traced(rules: readonly string[]): Promise<unknown> {
  const router = createRouter(parseHere(managers(rules)));
  try {
    return await (await route(sampleMail(), router)).trace?.();
  } finally {
    await router.close();
  }
}

Deno.test("route() gives the journal plain data, of every manager", async () => {
  const trace = await traced([
    `{name: one, actions: [discard], when: 'mail.subject == "Build failed"'}`,
    `{name: two, actions: [discard], when: 'mail.subject == "another"'}`,
  ]);
  const stored = structuredClone(trace) as {
    readonly rules: readonly Record<string, unknown>[];
    readonly further: readonly { readonly rules: readonly Record<string, unknown>[] }[];
  };
  for (const { rules } of [stored, ...stored.further]) {
    const [one, two] = rules;
    assert.deepEqual([one?.rule, one?.verdict, one?.actions], ["one", "matched", ["discard"]]);
    assert.deepEqual([two?.rule, two?.verdict, two?.actions], ["two", "not-matched", []]);
    assert.match(String(two?.reason), /mail\.subject/);
  }
});

Deno.test("route() leaves out most of the rules that did not match, and says how many", async () => {
  const none = `{actions: [discard], when: 'mail.subject == "another"'}`;
  const last = `{name: last, actions: [discard], when: 'mail.subject == "Build failed"'}`;
  const trace = await traced([...Array(30).fill(none), last]);
  const { rules, notes } = structuredClone(trace) as {
    readonly rules: readonly { readonly rule: string }[];
    readonly notes: readonly string[];
  };
  assert.equal(rules.length, 21);
  assert.equal(rules.at(-1)?.rule, "last");
  assert.ok(notes.includes("10 rules that did not match left out"), notes.join());
});
