/** What the journal is given of a decision. @module */

import assert from "node:assert/strict";
import { route } from "../../lib/app/routed.ts";
import { startLog, stopLog } from "../../lib/log.ts";
import { createRouter } from "../../lib/routing/router.ts";
import type { RouteTrace } from "../../lib/routing/trace.ts";
import { parseHere } from "../support/configuration.ts";
import { logLines } from "../support/log_lines.ts";
import { freePort } from "../support/ports.ts";
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
  const stored = structuredClone(trace) as RouteTrace;
  for (const { rules, rulesLeft } of [stored, ...stored.further ?? []]) {
    assert.equal(rules.length, 21);
    assert.equal(rules.at(-1)?.rule, "last");
    assert.deepEqual(rulesLeft, { count: 10, telling: 0 });
  }
});

Deno.test("route() leaves out rules that held, too, where they are very many", async () => {
  const none = `{actions: [discard], when: 'mail.subject == "another"'}`;
  const held = `{actions: [discard], when: 'mail.subject == "Build failed"'}`;
  const { rules, rulesLeft } = await traced(
    [...Array(90).fill(held), ...Array(30).fill(none), ...Array(5).fill(held)],
  ) as RouteTrace;
  assert.equal(rules.length, 100);
  assert.deepEqual(rulesLeft, { count: 25, telling: 5 });
});

Deno.test("route() says nothing of rules left out where there are none", async () => {
  const trace = await traced([`{actions: [discard], when: 'mail.subject == "another"'}`]);
  assert.ok(!Object.hasOwn(trace as RouteTrace, "rulesLeft"));
});

const OTHER = "other@example.org";

for (const [to, warnings] of [[OTHER, 1], ["nobody@example.org", 0]] as const) {
  Deno.test(`route() warns of a mail that is also for ${to} ${warnings} times`, async () => {
    const lines: string[] = [];
    const other = managers([])
      .replaceAll("also: true", "also: false")
      .replace(/(second[^]*)mail2alert@example\.org/, `$1${OTHER}`);
    const router = createRouter(parseHere(other));
    const envelope = { forwardPaths: ["mail2alert@example.org", to] };
    startLog("WARNING", (line) => lines.push(line));
    try {
      (await route(sampleMail({ envelope }), router)).tell?.();
    } finally {
      stopLog();
      await router.close();
    }
    assert.equal(lines.length, warnings, lines.join(""));
    assert.ok(
      lines.every((line) => /manager not asked .*01ARZ.* to=.*other@/.test(line)),
      lines[0],
    );
  });
}

Deno.test("route() warns of undecided rules only when it is told that the decision holds", async () => {
  using lines = logLines();
  const lookup =
    `lookups:\n  owner: {url: "http://127.0.0.1:${freePort()}/", allow: [127.0.0.0/8]}`;
  const rule = `{name: one, actions: [discard], when: 'lookup.owner.tier == "gold"'}`;
  const router = createRouter(parseHere(`${managers([rule])}${lookup}\n`));
  try {
    const { tell, why } = await route(sampleMail(), router);
    const warnings = () => lines.with(" WARNING app rules undecided ");
    assert.deepEqual(warnings(), []);
    tell?.();
    assert.equal(warnings().length, 2, "one of each manager");
    const { queueId } = sampleMail();
    for (const line of warnings()) {
      assert.match(line, new RegExp(` queueId=${queueId} lookup="owner: .*" reason="`));
    }
    assert.equal(why.decision, "undecided");
  } finally {
    await router.close();
  }
});
