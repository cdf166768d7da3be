/** Holds lib/cli/replay/comparison.ts and the counts to what changes for somebody, and to nothing else. @module */

import assert from "node:assert/strict";
import { type Change, compare, isUndecided } from "../../../lib/cli/replay/comparison.ts";
import { replayLines } from "../../../lib/cli/replay/replay_text.ts";
import { MAX_CHANGES, Tally } from "../../../lib/cli/replay/tally.ts";
import { paint } from "../../../lib/cli/paint.ts";
import type { Delivery } from "../../../lib/mail/delivery.ts";
import type { Routing } from "../../../lib/routing/trace.ts";

function routing(deliveries: readonly Delivery[], reason = "why"): Routing {
  const trace = {
    claims: [],
    fields: {},
    notes: [],
    lookups: [],
    rules: [],
    decision: "matched",
    reason,
  } as const;
  return { deliveries, trace };
}

function to(...recipients: readonly string[]): Delivery {
  return { destination: "smarthost", recipients };
}

const DISCARD: Delivery = { destination: "discard", recipients: ["x@example.com"] };
const CHAT: Delivery = { destination: "ops-chat", recipients: ["ops"] };

interface Row {
  readonly name: string;
  readonly before: readonly Delivery[];
  readonly after: readonly Delivery[];
  readonly dead?: readonly string[];
  readonly change: Partial<Change> | null;
}

const rows: readonly Row[] = [
  { name: "the same", before: [to("a@x.example")], after: [to("a@x.example")], change: null },
  { name: "nobody both times", before: [], after: [DISCARD], change: null },
  {
    name: "the same in other deliveries and another order",
    before: [to("a@x.example", "b@x.example")],
    after: [to("b@x.example"), to("a@x.example")],
    change: null,
  },
  {
    name: "a domain in another case",
    before: [to("a@x.example")],
    after: [to("a@X.Example")],
    change: null,
  },
  {
    name: "a local part in another case",
    before: [to("a@x.example")],
    after: [to("A@x.example")],
    change: { lost: ["a@x.example"], gained: ["A@x.example"], lastLost: false },
  },
  {
    name: "one of two",
    before: [to("b@x.example", "a@x.example")],
    after: [to("a@x.example")],
    change: { lost: ["b@x.example"], gained: [], lastLost: false },
  },
  {
    name: "the last one, discarded instead",
    before: [to("a@x.example")],
    after: [DISCARD],
    change: { lost: ["a@x.example"], gained: [], lastLost: true },
  },
  {
    name: "mail that becomes chat",
    before: [to("a@x.example")],
    after: [CHAT],
    change: { lost: ["a@x.example"], gained: ["ops-chat"], lastLost: false },
  },
  {
    name: "somebody for the first time",
    before: [],
    after: [to("b@x.example", "a@x.example")],
    change: { lost: [], gained: ["a@x.example", "b@x.example"], lastLost: false },
  },
  {
    name: "another subject",
    before: [to("a@x.example")],
    after: [{ ...to("a@x.example"), rewrite: { subject: "new" } }],
    change: { lost: [], gained: [], reworded: true },
  },
  {
    name: "another text",
    before: [{ ...to("a@x.example"), rewrite: { text: "one" } }],
    after: [{ ...to("a@x.example"), rewrite: { text: "two" } }],
    change: { reworded: true },
  },
  {
    name: "fields of the header rewritten",
    before: [to("a@x.example")],
    after: [{ ...to("a@x.example"), rewrite: { to: ["a@x.example"], from: "go@x.example" } }],
    change: { reworded: true },
  },
  {
    name: "the same words, to whom they go in another order",
    before: [{
      ...to("a@x.example", "b@x.example"),
      rewrite: { to: ["a@x.example", "b@x.example"] },
    }],
    after: [{
      ...to("b@x.example", "a@x.example"),
      rewrite: { to: ["b@x.example", "a@x.example"] },
    }],
    change: null,
  },
  {
    name: "discarded in other words",
    before: [to("a@x.example"), DISCARD],
    after: [to("a@x.example"), { ...DISCARD, rewrite: { subject: "new" } }],
    change: null,
  },
  {
    name: "that an address that was claimed is no mailbox",
    before: [to("a@x.example")],
    after: [to("alerts@x.example")],
    dead: ["alerts@X.example"],
    change: {
      lost: ["a@x.example"],
      gained: [],
      lastLost: true,
      after: "why; no mailbox: alerts@X.example, which a manager of the configuration in force " +
        "claims; look at messages-we-want",
    },
  },
  {
    name: "who gets it beside such an address",
    before: [to("a@x.example")],
    after: [to("alerts@x.example", "b@x.example")],
    dead: ["alerts@x.example"],
    change: { lost: ["a@x.example"], gained: ["b@x.example"], lastLost: false },
  },
  {
    name: "such an address where a rule names it",
    before: [to("a@x.example")],
    after: [{ ...to("alerts@x.example"), rewrite: { to: ["alerts@x.example"] } }],
    dead: ["alerts@x.example"],
    change: { lost: ["a@x.example"], gained: ["alerts@x.example"], lastLost: false },
  },
  {
    name: "nobody before, and such an address after",
    before: [],
    after: [to("alerts@x.example")],
    dead: ["alerts@x.example"],
    change: null,
  },
  {
    name: "a few of many such addresses",
    before: [to("a@x.example")],
    after: [CHAT],
    dead: Array.from({ length: 7 }, (_, n) => `c${n}@x.example`),
    change: {
      lastLost: false,
      after: "why; no mailbox: c0@x.example, c1@x.example, c2@x.example, c3@x.example, " +
        "c4@x.example and 2 more, which a manager of the configuration in force claims; " +
        "look at messages-we-want",
    },
  },
];

for (const { name, before, after, dead = [], change } of rows) {
  Deno.test(`compare() tells ${name}`, () => {
    const mail = { queueId: "01", receivedAt: 0, subject: null };
    const found = compare({ ...mail, before: routing(before), after: routing(after), dead });
    if (change === null || found === null) assert.equal(found, change);
    else assert.deepEqual({ ...found, ...change }, found);
  });
}

Deno.test("isUndecided() looks at the rules of every manager", () => {
  const { deliveries, trace } = routing([]);
  const rule = { rule: "r", verdict: "undecided", reason: "", actions: [] } as const;
  const further = [{ ...trace, manager: "second", rules: [rule] }];
  assert.equal(isUndecided({ deliveries, trace }), false);
  assert.equal(isUndecided({ deliveries, trace: { ...trace, rules: [rule] } }), true);
  assert.equal(isUndecided({ deliveries, trace: { ...trace, further } }), true);
});

function change(differs: Partial<Change> = {}): Change {
  return {
    queueId: "01",
    receivedAt: 0,
    subject: "x",
    lost: ["a@x.example"],
    gained: [],
    lastLost: false,
    reworded: false,
    before: "b",
    after: "a",
    ...differs,
  };
}

const FULL = { text: "full", undecided: false } as const;

function told(tally: Tally): string {
  return replayLines(tally, paint(false)).join("\n");
}

Deno.test("Tally keeps what loses a mail, however many other changes came before it", () => {
  const tally = new Tally(0);
  for (let n = 0; n <= MAX_CHANGES; n++) tally.add(change(), FULL);
  tally.add(change({ lastLost: true, queueId: "02" }), FULL);
  assert.deepEqual([tally.changed, tally.changes.length], [MAX_CHANGES + 2, MAX_CHANGES + 1]);
  assert.equal(tally.changes[0]?.queueId, "02");
  const said = told(tally);
  assert.match(said, /^1 mail would go to nobody any more \(no longer to a@x\.example\)\n/);
  assert.match(said, /^10000 mails: no longer to a@x\.example\n/m);
  assert.match(said, /^ {2}and 9995 more$/m);
  assert.match(said, /^1 of the changes are counted only$/m);
});

Deno.test("replayLines() says what could not be seen", () => {
  const tally = new Tally(0);
  tally.add(null, { text: "headers", undecided: false });
  tally.add(null, { text: "headers", undecided: true });
  tally.add(null, { text: "none", undecided: false });
  assert.equal(
    told(tally),
    `\
3 mails since 1970-01-01T00:00:00.000Z: 0 would change, none loses its last destination
of 2 mails only the header is kept: what looks at text or attachments saw none (history: full keeps them)
of 1 mail nothing but envelope and subject is kept: what looks at other fields or the text saw none
1 mail could not be decided in full: a lookup or GoCD did not answer`,
  );
});

Deno.test("replayLines() names a few of many recipients, and mails of other words", () => {
  const tally = new Tally(0);
  const gained = Array.from({ length: 25 }, (_, n) => `r${n}@x.example`);
  tally.add(change({ lost: [], gained, subject: null, receivedAt: NaN }), FULL);
  tally.add(change({ lost: [], reworded: true }), FULL);
  const said = told(tally);
  assert.match(said, /^1 mail: now also to r0@x\.example, .*r19@x\.example and 5 more\n/);
  assert.match(said, /^ {2}at an unknown time {2}01 {2}\(no subject\)$/m);
  assert.match(said, /^1 mail: with other words to the same$/m);
});
