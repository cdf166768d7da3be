/** What a list says of how a mail stands. @module */

import assert from "node:assert/strict";
import { outcomeLines } from "../../lib/cli/outcome_text.ts";
import type { JournalEvent, JournalRecord } from "../../lib/mail/journal.ts";
import type { Outcome } from "../../lib/mail/outcome.ts";
import { CAME, journalRecord, LIFE } from "../support/queued_mails.ts";

const OK: Outcome = { kind: "delivered", detail: "250 Ok" };
const TAKEN: Outcome = { kind: "delivered", detail: "250 taken" };
const LATER: Outcome = { kind: "deferred", reason: "HTTP 503" };

function routed(ways: Readonly<Record<string, readonly string[]>>): JournalEvent {
  const deliveries = Object.entries(ways)
    .map(([destination, recipients]) => ({ destination, recipients }));
  return { kind: "routed", at: CAME, reason: "two rules", deliveries };
}

function tried(destination: string, outcome: Outcome, ...recipients: string[]): JournalEvent {
  const outcomes = recipients.map((recipient) => ({ recipient, outcome }));
  return { kind: "attempt", at: CAME, destination, tookMs: 1, outcomes };
}

function gaveUp(destination: string, ...recipients: string[]): JournalEvent {
  return { kind: "failed", at: CAME, destination, recipients, reason: "HTTP 404" };
}

const RETRIED: JournalEvent = { kind: "retried", at: CAME, by: "operator" };
const DROPPED: JournalEvent = { kind: "dropped", at: CAME, by: "operator" };
const TWO = routed({ storage: ["db-team@x"], rest: ["oncall@x"] });
const BOTH = [TWO, tried("storage", OK, "db-team@x"), tried("rest", TAKEN, "oncall@x")];
const MANY = ["a", "b", "c", "d", "e"].map((name) => tried(name, OK, `${name}@x`));

const rows: readonly {
  readonly name: string;
  readonly events: readonly JournalEvent[];
  readonly state?: JournalRecord["state"];
  readonly asked?: string;
  readonly says: readonly string[];
}[] = [
  {
    name: "two destinations names the recipients of each",
    events: BOTH,
    says: ["storage: delivered to db-team@x: 250 Ok", "rest: delivered to oncall@x: 250 taken"],
  },
  {
    name: "a routing anew keeps who had it before",
    events: [
      routed({ rest: ["a@x", "b@x"] }),
      tried("rest", OK, "a@x"),
      tried("rest", LATER, "b@x"),
      routed({ rest: ["a@x", "b@x"] }),
      tried("rest", OK, "b@x"),
    ],
    asked: "a@x",
    says: ["rest: delivered to a@x and 1 more: 250 Ok"],
  },
  {
    name: "a routing anew to somewhere else forgets who was deferred",
    events: [
      routed({ storage: ["b@x"] }),
      tried("storage", LATER, "b@x"),
      routed({ rest: ["b@x"] }),
      tried("rest", TAKEN, "b@x"),
    ],
    says: ["rest: delivered to b@x: 250 taken"],
  },
  {
    name: "a routing anew to the same keeps why it was deferred",
    events: [
      routed({ rest: ["b@x"] }),
      tried("rest", LATER, "b@x"),
      routed({ rest: ["b@x"] }),
    ],
    state: "open",
    says: ["rest: deferred for b@x: HTTP 503"],
  },
  {
    name: "dead letters that were dropped for their age leaves those who wait",
    events: [
      routed({ rest: ["b@x", "c@x"] }),
      tried("rest", LATER, "c@x"),
      gaveUp("rest", "b@x"),
      { kind: "dropped", at: CAME, by: "age" },
    ],
    state: "open",
    asked: "c@x",
    says: [
      "dropped: it had been kept as a dead letter for as long as the configuration says",
      "rest: deferred for c@x: HTTP 503",
    ],
  },
  {
    name: "several recipients names the first",
    events: [routed({ rest: ["a@x", "b@x", "c@x"] }), tried("rest", TAKEN, "a@x", "b@x", "c@x")],
    says: ["rest: delivered to a@x and 2 more: 250 taken"],
  },
  {
    name: "several recipients names the one that was asked for",
    events: [routed({ rest: ["a@x", "b@x", "c@x"] }), tried("rest", TAKEN, "a@x", "b@x", "c@x")],
    asked: "B@x",
    says: ["rest: delivered to b@x and 2 more: 250 taken"],
  },
  {
    name: "two destinations tells of the address that was asked for, and counts the other",
    events: BOTH,
    asked: "DB-team",
    says: ["storage: delivered to db-team@x: 250 Ok", "and 1 more: 1 delivered"],
  },
  {
    name: "an address that is no recipient tells of all",
    events: BOTH,
    asked: "alerts@x",
    says: ["storage: delivered to db-team@x: 250 Ok", "rest: delivered to oncall@x: 250 taken"],
  },
  {
    name: "one destination that was not tried yet says so",
    events: [TWO, tried("rest", TAKEN, "oncall@x")],
    state: "open",
    says: ["storage: not tried yet for db-team@x", "rest: delivered to oncall@x: 250 taken"],
  },
  {
    name: "nobody who was tried, though the address was asked for, says so",
    events: [TWO, tried("rest", TAKEN, "oncall@x")],
    state: "open",
    asked: "db-team@x",
    says: ["storage: not tried yet for db-team@x", "and 1 more: 1 delivered"],
  },
  {
    name: "one that was routed anew forgets who was to be tried",
    events: [TWO, tried("rest", TAKEN, "oncall@x"), routed({ chat: ["db"] })],
    state: "open",
    says: ["chat: not tried yet for db", "rest: delivered to oncall@x: 250 taken"],
  },
  {
    name: "one that has ended waits for nobody",
    events: [routed({ discard: ["db@x"], rest: ["a@x"] }), tried("rest", TAKEN, "a@x")],
    says: ["rest: delivered to a@x: 250 taken"],
  },
  {
    name: "a second try counts the last",
    events: [TWO, tried("rest", LATER, "oncall@x"), ...BOTH.slice(1)],
    says: ["storage: delivered to db-team@x: 250 Ok", "rest: delivered to oncall@x: 250 taken"],
  },
  {
    name: "who was given up tells that first",
    events: [...BOTH.slice(0, 2), tried("rest", LATER, "oncall@x"), gaveUp("rest", "oncall@x")],
    says: ["rest: gave up for oncall@x: HTTP 404", "storage: delivered to db-team@x: 250 Ok"],
  },
  {
    name: "who is tried again after that is not given up",
    events: [...BOTH.slice(0, 2), gaveUp("rest", "oncall@x"), RETRIED],
    state: "open",
    says: ["rest: deferred for oncall@x: HTTP 404", "storage: delivered to db-team@x: 250 Ok"],
  },
  {
    name: "who was given up without a try, though asked for, says so",
    events: [tried("storage", OK, "db-team@x"), gaveUp("rest", "oncall@x")],
    asked: "oncall@x",
    says: ["rest: gave up for oncall@x: HTTP 404", "and 1 more: 1 delivered"],
  },
  {
    name: "one recipient at two destinations keeps them apart",
    events: [tried("storage", OK, "a@x"), tried("rest", LATER, "a@x")],
    asked: "a@x",
    says: ["rest: deferred for a@x: HTTP 503", "storage: delivered to a@x: 250 Ok"],
  },
  {
    name: "who waits after another was given up tells the worse first",
    events: [
      TWO,
      tried("rest", LATER, "oncall@x"),
      tried("storage", { kind: "failed", reason: "550 no" }, "db-team@x"),
    ],
    state: "open",
    says: ["storage: failed for db-team@x: 550 no", "rest: deferred for oncall@x: HTTP 503"],
  },
  {
    name: "many outcomes counts those beyond three",
    events: MANY,
    says: [
      "a: delivered to a@x: 250 Ok",
      "b: delivered to b@x: 250 Ok",
      "c: delivered to c@x: 250 Ok",
      "and 2 more: 2 delivered",
    ],
  },
  {
    name: "many outcomes counts each kind",
    events: [...MANY, tried("b", LATER, "f@x", "g@x"), gaveUp("c", "h@x")],
    asked: "a@x",
    says: ["a: delivered to a@x: 250 Ok", "and 7 more: 1 gave up, 2 deferred, 4 delivered"],
  },
  {
    name: "a drop says that, and who had it before",
    events: [TWO, tried("storage", OK, "db-team@x"), tried("rest", LATER, "oncall@x"), DROPPED],
    state: "dropped",
    says: ["dropped by the operator", "storage: delivered to db-team@x: 250 Ok"],
  },
  {
    name: "a drop names those who had it, where the address asked for did not",
    events: [TWO, tried("storage", OK, "db-team@x"), tried("rest", LATER, "oncall@x"), DROPPED],
    state: "dropped",
    asked: "oncall@x",
    says: ["dropped by the operator", "storage: delivered to db-team@x: 250 Ok"],
  },
  { name: "no try tells the routing", events: [TWO], state: "open", says: ["routed: two rules"] },
  {
    name: "an arrival tells what the notifier was told",
    events: LIFE.slice(2, 3),
    says: ["answered the notifier after 1.2 s: 250 2.0.0 queued as 01JD"],
  },
  { name: "nothing says nothing", events: [], says: [] },
];

for (const { name, events, state = "delivered", asked, says } of rows) {
  Deno.test(`outcomeLines() of a mail with ${name}`, () => {
    assert.deepEqual(outcomeLines(journalRecord({ state, events }), asked), says);
  });
}

Deno.test("outcomeLines() shows what a remote says, and does not obey it", () => {
  const wicked = "\x1b[2J\u202e\r\n250 fine";
  const events = [
    tried(wicked, { kind: "deferred", reason: wicked, retryAfterMs: 1 }, wicked),
    gaveUp("rest", wicked),
  ];
  const said = outcomeLines(journalRecord({ state: "open", events })).join("");
  assert.equal(said.match(/[\p{Cc}\p{Cf}]/u), null);
});
