/** Several managers, actions with templates, addresses that cannot be had. @module */

import assert from "node:assert/strict";
import type { Action, ManagerConfig } from "../../lib/config/types.ts";
import { summarise } from "../../lib/routing/summary.ts";
import { actionOf, mailManager } from "../support/gocd_managers.ts";
import { mailOf } from "../support/mails.ts";
import {
  ALWAYS,
  DISCARD,
  route,
  ruleOf,
  TEAM,
  templateOf,
  toOwner,
  UNSURE,
} from "../support/worded_routing.ts";

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

Deno.test("route() discards nothing while somebody should have had it and cannot be named", async () => {
  const rules = [ruleOf("true", [toOwner()]), ruleOf("true", [DISCARD])];
  const alone = await route([mailManager(rules)]);
  assert.deepEqual([alone.deliveries, alone.trace.notSent], [[], "no-address"]);
  assert.match(alone.trace.unfit?.join() ?? "", /^mailto:\{\{lookup\.owner\.email\}\}: .*HTTP 500/);
  const { deliveries } = await route([mailManager(rules, { otherwise: [TEAM] })]);
  assert.deepEqual(deliveries.map(({ recipients }) => recipients), [["team@example.com"]]);
});

Deno.test("route() lets no template lead back to an address that a manager claims", async () => {
  const known = {
    kind: "answer",
    value: { email: "MAIL2ALERT@example.com".toLowerCase() },
  } as const;
  const rest = { otherwise: [TEAM] };
  const { deliveries, trace } = await route([mailManager([ruleOf("true", [toOwner()])], rest)], {
    known,
  });
  assert.deepEqual(deliveries.map(({ recipients }) => recipients), [["team@example.com"]]);
  assert.match(trace.notes.join(), /is left out: a manager claims it/);
});

Deno.test("route() says who is not served because a manager claims the whole mail", async () => {
  const first = mailManager([ruleOf("true", [TEAM])], { name: "first", also: true });
  const second = mailManager([], { name: "second", wants: { from: "go@example.com" } });
  const mail = mailOf("Subject: x\r\n\r\n", {
    forwardPaths: ["mail2alert@example.com", "bob@example.com"],
  });
  const { trace } = await route([first, second], { mail });
  assert.deepEqual(trace.notes, [
    "for bob@example.com: not passed on: manager second claims all mail of its sender",
  ]);
});

Deno.test("summarise() tells of every manager, and decides by the one that sends", async () => {
  const first = mailManager([], { name: "audit", also: true, otherwise: [] });
  const second = mailManager([ruleOf("true", [TEAM])], { name: "fleet" });
  const { trace } = await route([first, second]);
  assert.deepEqual(summarise(trace), {
    manager: "audit,fleet",
    decision: "matched",
    reason: 'audit: no rule held; otherwise is empty; not sent; fleet: "true" held',
  });
  assert.deepEqual(summarise((await route([second])).trace), {
    manager: "fleet",
    decision: "matched",
    reason: '"true" held',
  });
});

Deno.test("route() of several managers names what was decided before what was not", async () => {
  const audit = mailManager([], { name: "audit", also: true, otherwise: [] });
  const fleet = mailManager([ruleOf("true", [TEAM], [ALWAYS])], { name: "fleet" });
  assert.equal((await route([audit, fleet])).trace.notSent, "muted");
});

/** Managers that send nothing, by the reason that each has. */
const SILENT: Readonly<Record<string, Partial<ManagerConfig>>> = {
  "no-address": { rules: [ruleOf("true", [toOwner()])] },
  undecided: { rules: [UNSURE], otherwise: [] },
  discarded: { rules: [ruleOf("true", [DISCARD])] },
  muted: { rules: [ruleOf("true", [TEAM], [ALWAYS])] },
  "otherwise-empty": { otherwise: [] },
  "no-rule-matched": {},
};

const reasons = Object.keys(SILENT);
for (const [place, reason] of reasons.entries()) {
  for (const other of reasons.slice(place + 1)) {
    Deno.test(`route() tells of ${reason} before it tells of ${other}`, async () => {
      const managers = [reason, other].map((name) => mailManager([], { name, ...SILENT[name] }));
      for (const [first, second] of [managers, managers.toReversed()]) {
        assert.ok(first !== undefined && second !== undefined);
        const { deliveries, trace } = await route([{ ...first, also: true }, second]);
        assert.equal(trace.notSent, reason);
        const discards = reason === "discarded" ? ["discard"] : [];
        assert.deepEqual(deliveries.map(({ destination }) => destination), discards);
      }
    });
  }
}
