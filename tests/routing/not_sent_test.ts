/** Why a mail goes to nobody: always one reason. Several managers; actions with templates. @module */

import assert from "node:assert/strict";
import type { Action, ManagerConfig, MuteWindow, RuleConfig } from "../../lib/config/types.ts";
import { compileCondition } from "../../lib/language/condition.ts";
import type { TemplateTarget } from "../../lib/language/expression.ts";
import type { LookupKnown, Names } from "../../lib/language/scope.ts";
import { compileTemplate } from "../../lib/language/template.ts";
import type { GocdSource } from "../../lib/routing/gocd_source.ts";
import type { Lookups } from "../../lib/routing/lookups/lookups.ts";
import { createRouter } from "../../lib/routing/router.ts";
import type { Routing } from "../../lib/routing/trace.ts";
import { actionOf, gocdManager, mailManager, stageMail } from "../support/gocd_managers.ts";
import { mailOf } from "../support/mails.ts";

const NAMES: Names = { fields: new Set(["host", "subject"]), lookups: new Set(["owner"]) };

const ALWAYS: MuteWindow = {
  text: "always",
  days: [0, 1, 2, 3, 4, 5, 6],
  fromMinute: 0,
  toMinute: 1_440,
  timeZone: "UTC",
};

function templateOf(text: string, target: TemplateTarget) {
  const compiled = compileTemplate(text, { names: NAMES, target });
  if (compiled.kind === "problem") throw new Error(compiled.text);
  return compiled.value;
}

/** `mailto:{{lookup.owner.email}}`, with a subject if there is one. */
function toOwner(subject?: string, body?: string): Action {
  const address = templateOf("{{lookup.owner.email}}", "address");
  const words = {
    ...subject !== undefined && { subject: templateOf(subject, "line") },
    ...body !== undefined && { body: templateOf(body, "text") },
  };
  return { kind: "mailto-template", address, text: "mailto:{{lookup.owner.email}}", words };
}

function ruleOf(
  when: string,
  actions: readonly Action[],
  mute: readonly MuteWindow[] = [],
): RuleConfig {
  const condition = compileCondition(when, NAMES);
  if (condition.kind === "problem") throw new Error(condition.text);
  return { name: when, actions, when: condition.value, mute, stop: false };
}

/** Lookups that know one answer, or none. */
function lookupsOf(known: LookupKnown): Lookups {
  return {
    ask: (name) =>
      Promise.resolve({
        known,
        trace: { name, url: "https://x.example", source: "fresh", tookMs: 0, detail: known.kind },
      }),
    close: () => Promise.resolve(),
  };
}

const NOBODY: LookupKnown = { kind: "missing", why: "HTTP 500" };

async function route(
  managers: readonly ManagerConfig[],
  { known = NOBODY, mail = MAIL, gocd }: {
    readonly known?: LookupKnown;
    readonly mail?: typeof MAIL;
    readonly gocd?: GocdSource;
  } = {},
): Promise<Routing> {
  const config = { managers, lookups: [], packs: [] };
  const router = createRouter(config, {
    lookups: lookupsOf(known),
    ...gocd && { gocd: () => gocd },
  });
  try {
    return await router.route(mail);
  } finally {
    await router.close();
  }
}

const MAIL = mailOf("Subject: disk full\r\n\r\ntext\r\n");
const TEAM = actionOf("mailto:team@example.com");
const DISCARD = actionOf("discard");
const UNSURE = ruleOf("lookup.owner.tier == 1", [TEAM]);

const reasons: readonly {
  readonly reason: string;
  readonly decision: string;
  readonly rules: readonly RuleConfig[];
  readonly rest?: Partial<ManagerConfig>;
}[] = [
  { reason: "no-rule-matched", decision: "no-rule-matched", rules: [ruleOf("false", [TEAM])] },
  {
    reason: "otherwise-empty",
    decision: "no-rule-matched",
    rules: [ruleOf("false", [TEAM])],
    rest: { otherwise: [] },
  },
  { reason: "undecided", decision: "no-rule-matched", rules: [UNSURE], rest: { otherwise: [] } },
  { reason: "muted", decision: "muted", rules: [ruleOf("true", [TEAM], [ALWAYS])] },
  { reason: "muted", decision: "muted", rules: [ruleOf("true", [TEAM])], rest: { mute: [ALWAYS] } },
  {
    reason: "muted",
    decision: "muted",
    rules: [ruleOf("true", [TEAM], [ALWAYS])],
    rest: { otherwise: [DISCARD] },
  },
  {
    reason: "muted",
    decision: "muted",
    rules: [ruleOf("false", [TEAM])],
    rest: { otherwise: [TEAM], mute: [ALWAYS] },
  },
  { reason: "discarded", decision: "matched", rules: [ruleOf("true", [DISCARD])] },
  {
    reason: "discarded",
    decision: "otherwise",
    rules: [ruleOf("false", [TEAM])],
    rest: { otherwise: [DISCARD] },
  },
  { reason: "no-address", decision: "matched", rules: [ruleOf("true", [toOwner()])] },
];

for (const { reason, decision, rules, rest } of reasons) {
  const name = rules.map((rule) => rule.name).join(", ");
  Deno.test(`route() names ${reason} for ${name} with ${JSON.stringify(rest ?? {})}`, async () => {
    const { deliveries, trace } = await route([mailManager(rules, rest)]);
    assert.deepEqual(deliveries.filter(({ destination }) => destination !== "discard"), []);
    assert.equal(trace.notSent, reason);
    assert.equal(trace.decision, decision);
  });
}

Deno.test("route() names already-alerted for a run that was told of before", async () => {
  const gocd: GocdSource = {
    start: () => {},
    groups: () => Promise.reject(new Error("not asked")),
    judge: (reading) => Promise.resolve({ ...reading, notes: [], alreadyAlerted: true }),
    close: () => Promise.resolve(),
  };
  const manager = gocdManager("http://127.0.0.1:9/go", [ruleOf("true", [TEAM])]);
  const { deliveries, trace } = await route([manager], {
    gocd,
    mail: stageMail("build/7/test/1", "is broken"),
  });
  assert.deepEqual([deliveries, trace.notSent, trace.rules], [[], "already-alerted", []]);
});

Deno.test("route() gives no reason where somebody gets the mail", async () => {
  const undecided = await route([mailManager([UNSURE])]);
  assert.equal(undecided.trace.decision, "undecided");
  const rules = [ruleOf("true", [toOwner()]), ruleOf("true", [TEAM])];
  for (const { deliveries, trace } of [undecided, await route([mailManager(rules)])]) {
    assert.deepEqual(deliveries.map(({ recipients }) => recipients), [["team@example.com"]]);
    assert.ok(!Object.hasOwn(trace, "notSent"));
  }
});

Deno.test("route() lets several managers take a mail, and serves nobody twice", async () => {
  const first = mailManager([ruleOf("true", [TEAM])], { name: "first", also: true });
  const second = mailManager([ruleOf("false", [TEAM])], { name: "second", also: true });
  const both = [TEAM, actionOf("mailto:boss@example.com")];
  const third = mailManager([ruleOf("true", both)], { name: "third" });
  const fourth = mailManager([ruleOf("true", [DISCARD])], { name: "fourth" });
  const { deliveries, trace } = await route([first, second, third, fourth]);
  assert.deepEqual(deliveries.map(({ recipients }) => recipients), [
    ["team@example.com"],
    ["boss@example.com"],
  ]);
  assert.deepEqual(deliveries[1]?.rewrite?.to, ["boss@example.com"]);
  assert.deepEqual(trace.claims.map(({ manager }) => manager), ["first", "second", "third"]);
  assert.deepEqual(trace.further?.map(({ manager, decision }) => [manager, decision]), [
    ["second", "no-rule-matched"],
    ["third", "matched"],
  ]);
  assert.equal(trace.notSent, undefined);
});

Deno.test("route() names one reason when several managers send nothing", async () => {
  const first = mailManager([ruleOf("true", [DISCARD])], { name: "first", also: true });
  const second = mailManager([], { name: "second" });
  const { deliveries, trace } = await route([first, second]);
  assert.deepEqual(deliveries.map(({ destination }) => destination), ["discard"]);
  assert.equal(trace.notSent, "discarded");
});

Deno.test("route() fills in addresses, subjects and texts, each group of words a delivery", async () => {
  const owner = { email: "owner@example.com" };
  const words = toOwner(
    "[{{lookup.owner.email}}] {{mail.subject}}",
    "about {{fields.subject}}\nend",
  );
  const rules = [ruleOf("true", [TEAM]), ruleOf("true", [words])];
  const { deliveries, trace } = await route([mailManager(rules)], {
    known: { kind: "answer", value: owner },
  });
  assert.deepEqual(deliveries, [
    {
      destination: "smarthost",
      recipients: ["team@example.com"],
      rewrite: { to: ["team@example.com"], from: "go@example.com" },
    },
    {
      destination: "smarthost",
      recipients: ["owner@example.com"],
      rewrite: {
        to: ["owner@example.com"],
        from: "go@example.com",
        subject: "[owner@example.com] disk full",
        text: "about disk full\nend",
      },
    },
  ]);
  assert.deepEqual(trace.notes, ["mailto:{{lookup.owner.email}} is owner@example.com"]);
  assert.equal(trace.lookups.length, 1);
});

Deno.test("route() sends words that cannot be filled in as the mail has them", async () => {
  const plain: Action = {
    kind: "mailto",
    address: "team@example.com",
    text: "mailto:team@example.com",
    words: { subject: templateOf("{{lookup.owner.name}}", "line") },
  };
  const { deliveries, trace } = await route([mailManager([ruleOf("true", [plain])])]);
  assert.equal(deliveries[0]?.rewrite?.subject, undefined);
  assert.match(trace.notes.join(), /the subject of mailto:team@example\.com stays/);
});

Deno.test("route() gives a mail to otherwise when no action that counts has an address", async () => {
  const rest = { otherwise: [TEAM] };
  const { deliveries, trace } = await route([mailManager([ruleOf("true", [toOwner()])], rest)]);
  assert.deepEqual(deliveries.map(({ recipients }) => recipients), [["team@example.com"]]);
  assert.equal(trace.notSent, undefined);
  assert.equal(
    trace.reason,
    '"true" held; there is no address to send it to; otherwise: mailto:team@example.com',
  );
});

Deno.test("route() leaves otherwise alone when one of the actions has an address, or is muted", async () => {
  const rest = { otherwise: [actionOf("mailto:other@example.com")] };
  const both = await route([mailManager([ruleOf("true", [toOwner(), TEAM])], rest)]);
  assert.deepEqual(both.deliveries.map(({ recipients }) => recipients), [["team@example.com"]]);
  const muted = await route([
    mailManager([ruleOf("true", [toOwner()], [ALWAYS])], rest),
  ]);
  assert.equal(muted.trace.notSent, "muted");
});
