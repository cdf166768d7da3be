/** Holds lib/routing/decide.ts, through the router, to what verdicts come to. @module */

import assert from "node:assert/strict";
import type { ManagerConfig } from "../../lib/config/types.ts";
import type { Delivery } from "../../lib/mail/delivery.ts";
import type { Mail } from "../../lib/mail/message.ts";
import { createRouter } from "../../lib/routing/router.ts";
import type { Decision, Routing } from "../../lib/routing/trace.ts";
import {
  actionOf,
  ANY,
  gocdManager,
  inGroup,
  mailManager,
  recipientsOf,
  routingOf,
  ruleOf,
  stageMail,
} from "../support/gocd_managers.ts";
import { mailOf } from "../support/mails.ts";

/** A port where nobody listens. */
const NOWHERE = "http://127.0.0.1:9/go";

async function routeOnce(manager: ManagerConfig, mail: Mail): Promise<Routing> {
  const router = createRouter(routingOf([manager]));
  try {
    return await router.route(mail);
  } finally {
    await router.close();
  }
}

const REWRITE = { to: ["a@example.com", "b@example.com"], from: "go@example.com" };
const BOTH = { destination: "smarthost", recipients: ["a@example.com", "b@example.com"] };

interface DeliveryRow {
  readonly name: string;
  readonly actions: readonly (readonly string[])[];
  readonly rest?: Partial<ManagerConfig>;
  readonly reversePath?: string;
  readonly expected: readonly Delivery[];
}

const AB = ["mailto:a@example.com", "mailto:b@example.com"];
const deliveries: readonly DeliveryRow[] = [
  { name: "two addresses", actions: [AB], expected: [{ ...BOTH, rewrite: REWRITE }] },
  {
    name: "the same address in several spellings once",
    actions: [AB, ["mailto:b@EXAMPLE.com", "mailto:a@example.com"]],
    expected: [{ ...BOTH, rewrite: REWRITE }],
  },
  {
    name: "local parts in different case twice",
    actions: [["mailto:A@example.com"], ["mailto:a@example.com"]],
    rest: { rewriteHeaders: false },
    expected: [{ destination: "smarthost", recipients: ["A@example.com", "a@example.com"] }],
  },
  { name: "headers as they are", actions: [AB], rest: { rewriteHeaders: false }, expected: [BOTH] },
  {
    name: "no From for the null reverse-path",
    actions: [AB],
    reversePath: "",
    expected: [{ ...BOTH, rewrite: { to: REWRITE.to } }],
  },
  {
    name: "only discards",
    actions: [["discard"], ["discard"]],
    expected: [{ destination: "discard", recipients: ["discard"] }],
  },
  {
    name: "a discard and addresses",
    actions: [["discard"], AB],
    expected: [{ ...BOTH, rewrite: REWRITE }],
  },
];

for (const { name, actions, rest, reversePath = "go@example.com", expected } of deliveries) {
  Deno.test(`route() delivers ${name}`, async () => {
    const manager = mailManager(actions.map((list) => ruleOf(list, ANY)), rest);
    const routing = await routeOnce(manager, mailOf("Subject: x\r\n\r\n", { reversePath }));
    assert.deepEqual(routing.deliveries, expected);
    assert.equal(routing.trace.decision, "matched");
  });
}

interface DecisionRow {
  readonly name: string;
  readonly rules: readonly string[];
  readonly otherwise?: readonly string[];
  readonly decision: Decision;
  readonly sent: readonly string[];
  readonly reason: RegExp;
}

const BROKEN = stageMail("build/7/test/1", "is broken");

/** `yes`, `no` and `unknown` are rules that hold, do not, and cannot be decided. */
const decisions: readonly DecisionRow[] = [
  {
    name: "a rule held",
    rules: ["yes"],
    decision: "matched",
    sent: ["yes@x.test"],
    reason: /"yes" held$/,
  },
  {
    name: "a rule held: otherwise is not asked",
    rules: ["yes"],
    otherwise: ["mailto:o@x.test"],
    decision: "matched",
    sent: ["yes@x.test"],
    reason: /"yes" held$/,
  },
  {
    name: "no rule held",
    rules: ["no"],
    decision: "no-rule-matched",
    sent: [],
    reason: /no rule held; otherwise is not configured; not sent$/,
  },
  {
    name: "no rule held: otherwise",
    rules: ["no"],
    otherwise: ["mailto:o@x.test"],
    decision: "otherwise",
    sent: ["o@x.test"],
    reason: /otherwise: mailto:o@x\.test$/,
  },
  {
    name: "no rule held: otherwise discards",
    rules: ["no"],
    otherwise: ["discard"],
    decision: "otherwise",
    sent: ["discard"],
    reason: /discarded on purpose$/,
  },
  {
    name: "no rule held: otherwise empty",
    rules: ["no"],
    otherwise: [],
    decision: "no-rule-matched",
    sent: [],
    reason: /otherwise is empty; not sent$/,
  },
  {
    name: "no rules at all",
    rules: [],
    decision: "no-rule-matched",
    sent: [],
    reason: /not sent$/,
  },
  {
    name: "undecided",
    rules: ["no", "unknown"],
    decision: "undecided",
    sent: ["unknown@x.test"],
    reason: /"unknown" could not be decided; without otherwise/,
  },
  {
    name: "undecided: otherwise",
    rules: ["unknown"],
    otherwise: ["mailto:o@x.test"],
    decision: "otherwise",
    sent: ["o@x.test"],
    reason: /could not be decided; otherwise:/,
  },
  {
    name: "undecided: otherwise empty",
    rules: ["unknown"],
    otherwise: [],
    decision: "no-rule-matched",
    sent: [],
    reason: /could not be decided; otherwise is empty; not sent$/,
  },
  {
    name: "held and undecided",
    rules: ["unknown", "yes"],
    decision: "matched",
    sent: ["unknown@x.test", "yes@x.test"],
    reason: /"yes" held; "unknown" could not/,
  },
  {
    name: "held and undecided: otherwise",
    rules: ["unknown", "yes"],
    otherwise: ["mailto:o@x.test"],
    decision: "matched",
    sent: ["yes@x.test", "o@x.test"],
    reason: /"yes" held; "unknown" could not be decided; otherwise:/,
  },
  {
    name: "held and undecided: otherwise empty",
    rules: ["unknown", "yes"],
    otherwise: [],
    decision: "matched",
    sent: ["yes@x.test"],
    reason: /otherwise is empty$/,
  },
];

for (const { name, rules, otherwise, decision, sent, reason } of decisions) {
  Deno.test(`route() decides: ${name}`, async () => {
    const configured = rules.map((rule) =>
      ruleOf([`mailto:${rule}@x.test`], rule === "unknown" ? inGroup("g") : ANY, {
        name: rule,
        ...rule === "no" ? { events: ["FIXED"] } : {},
      })
    );
    const rest = otherwise === undefined ? {} : { otherwise: otherwise.map(actionOf) };
    const routing = await routeOnce(gocdManager(NOWHERE, configured, rest), BROKEN);
    assert.equal(routing.trace.decision, decision);
    assert.deepEqual(recipientsOf(routing), sent);
    assert.match(routing.trace.reason, reason);
    const taken = routing.trace.rules.flatMap(({ actions }) => actions);
    const fromRules = sent.filter((address) => !/^o@|^discard/.test(address));
    assert.deepEqual(taken, fromRules.map((address) => `mailto:${address}`));
  });
}
