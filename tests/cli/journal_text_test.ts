/** What happened to a mail, in sentences. @module */

import assert from "node:assert/strict";
import { eventLines, names, sentence } from "../../lib/cli/journal_text.ts";
import { lifeLines, recordRow } from "../../lib/cli/life_text.ts";
import { paint } from "../../lib/cli/paint.ts";
import type { JournalEvent } from "../../lib/mail/journal.ts";
import { envelopeOf } from "../support/mails.ts";
import { CAME, journalRecord, LIFE, queuedDelivery, queuedMail } from "../support/queued_mails.ts";

const STYLE = { now: CAME + 3 * 3_600_000, brush: paint(false) };

const HAPPENED = `\
2026-11-22T18:30:00.001Z  routed: my group matched
    manager gocd wants mail to mail2alert@example.com: claimed
      pipeline: up42
      ✔ my group: matched – up42 is in my-group
          → mailto:cat@example.com
    decision: matched – my group matched
    → smarthost: cat@example.com, dog@example.com
2026-11-22T18:30:00.036Z  tried smarthost for 35 ms
    deferred for dog@example.com: mx: 451 4.2.0 greylisted (asked not to be tried again for 5 min)
    delivered to cat@example.com: 250 2.0.0 Ok
2026-11-22T18:30:00.040Z  answered the notifier after 1.2 s: 250 2.0.0 queued as 01JD
2026-11-22T18:30:02.000Z  the notifier came again with the same mail and was told: 250 2.0.0 queued as 01JD
2026-11-22T22:30:00.000Z  told go@example.com of the delay with mail 01JDN000000000000000000000
2026-11-23T00:03:20.000Z  set to be tried again by the operator
2026-11-23T00:03:20.001Z  the clock was set back by 1 h
2026-11-27T18:30:00.000Z  gave up smarthost for dog@example.com: mx: 451 4.2.0 greylisted; given up after 5 d
2026-11-28T13:23:20.000Z  dropped: it had been kept as a dead letter for as long as the configuration says`;

Deno.test("eventLines() makes a sentence of every kind of event", () => {
  assert.equal(eventLines(LIFE, STYLE.brush).join("\n"), HAPPENED);
});

const sentences: readonly { readonly event: JournalEvent; readonly expected: RegExp }[] = [
  {
    event: { kind: "dropped", at: CAME, by: "operator" },
    expected: /Z {2}dropped by the operator$/,
  },
  { event: { kind: "retried", at: CAME, by: "age" }, expected: /Z {2}tried again$/ },
  { event: { kind: "remark", at: NaN, text: "?" }, expected: /^at an unknown time {2}\?$/ },
  {
    event: {
      kind: "notice",
      at: CAME,
      about: "failed",
      queueId: "01JDN",
      recipients: ["a@x.example", "b@x.example"],
    },
    expected: /told a@x\.example, b@x\.example of the failure with mail 01JDN$/,
  },
  {
    event: { kind: "notice", at: CAME, about: "relayed", queueId: "01JDN", recipients: ["a@x"] },
    expected: /told a@x of the handing on with mail 01JDN$/,
  },
  {
    event: { kind: "notice", at: CAME, about: "delivered", queueId: "01JDN", recipients: ["a@x"] },
    expected: /told a@x of the delivery with mail 01JDN$/,
  },
  {
    event: { kind: "routed", at: CAME, reason: "r", deliveries: [], trace: { of: "another age" } },
    expected: /Z {2}routed: r$/,
  },
];

for (const { event, expected } of sentences) {
  Deno.test(`eventLines() says ${expected.source}`, () => {
    assert.match(eventLines([event], STYLE.brush).join("\n"), expected);
  });
}

Deno.test("eventLines() names recipients with the same outcome once, the worst outcome first", () => {
  const outcome = { kind: "delivered", detail: "250 Ok" } as const;
  const said = eventLines([{
    kind: "attempt",
    at: CAME,
    destination: "smarthost",
    tookMs: 1,
    outcomes: [
      { recipient: "a@x.example", outcome },
      { recipient: "b@x.example", outcome },
      { recipient: "c@x.example", outcome: { kind: "failed", reason: "550 gone" } },
    ],
  }], STYLE.brush);
  assert.deepEqual(said.slice(1), [
    "    failed for c@x.example: 550 gone",
    "    delivered to a@x.example, b@x.example: 250 Ok",
  ]);
});

Deno.test("eventLines() shows what a remote says, and does not obey it", () => {
  const wicked = "\x1b[2J\u202e\r\n250 fine";
  const all = JSON.parse(
    JSON.stringify(LIFE),
    (key, value) =>
      typeof value === "string" && !/^(kind|decision|verdict|by|about)$/.test(key) ? wicked : value,
  );
  const said = eventLines(all, STYLE.brush);
  assert.equal(said.join("").match(/[\p{Cc}\p{Cf}]/u), null);
});

Deno.test("names() names the first of many", () => {
  assert.equal(names(["a", "b"], 2), "a, b");
  assert.equal(names(["a", "b", "c"], 2), "a, b and 1 more");
});

Deno.test("recordRow() tells a mail in a few lines", () => {
  const record = journalRecord({ state: "open", events: LIFE.slice(0, 3) });
  assert.equal(
    recordRow(record, STYLE.brush),
    `\
2026-11-22T18:30:00Z  01JD0000000000000000000000  open
    go@example.com → mail2alert@example.com
    Stage [up42/1/test/1] is broken
    smarthost: deferred for dog@example.com: mx: 451 4.2.0 greylisted (asked not to be tried again for 5 min)
    smarthost: delivered to cat@example.com: 250 2.0.0 Ok`,
  );
  assert.deepEqual(recordRow(record, STYLE.brush, "cat@").split("\n").slice(3), [
    "    smarthost: delivered to cat@example.com: 250 2.0.0 Ok",
    "    and 1 more: 1 deferred",
  ]);
});

const found: readonly { readonly asked?: string; readonly says: string }[] = [
  { says: "go@example.com → ann@example.com and 2 more" },
  { asked: "ann@example.com", says: "go@example.com → ann@example.com and 2 more" },
  { asked: "BOB@example", says: "go@example.com → bob@example.org and 2 more" },
  { asked: "cy@EXAMPLE.net", says: "go@example.com → Cy@example.net and 2 more" },
  { asked: "example", says: "go@example.com → ann@example.com and 2 more" },
  { asked: "go@", says: "go@example.com → ann@example.com and 2 more" },
  {
    asked: "dog@",
    says: "go@example.com → ann@example.com and 2 more, routed to dog@example.com and 1 more",
  },
  { asked: "nobody@", says: "go@example.com → ann@example.com and 2 more" },
];

for (const { asked, says } of found) {
  Deno.test(`recordRow() of a mail found by ${asked ?? "other means"} says ${says}`, () => {
    const forwardPaths = ["ann@example.com", "bob@example.org", "Cy@example.net"];
    const record = journalRecord({ envelope: envelopeOf({ forwardPaths }) });
    assert.equal(recordRow(record, STYLE.brush, asked).split("\n")[1], `    ${says}`);
  });
}

Deno.test("recordRow() does not look for the sender among those whom rules brought in", () => {
  const envelope = envelopeOf({ reversePath: "dog@example.com", forwardPaths: ["ann@x", "bob@x"] });
  const row = recordRow(journalRecord({ envelope }), STYLE.brush, "dog@");
  assert.equal(row.split("\n")[1], "    dog@example.com → ann@x and 1 more");
});

Deno.test("recordRow() leaves out what there is not, and cuts what is long", () => {
  const envelope = envelopeOf({ reversePath: "", forwardPaths: ["x".repeat(300), "y", "z"] });
  const { subject: _, ...record } = journalRecord({ events: [], envelope });
  assert.equal(
    recordRow(record, STYLE.brush),
    `2026-11-22T18:30:00Z  01JD0000000000000000000000  delivered\n    <> → ${"x".repeat(110)}…`,
  );
});

Deno.test("lifeLines() tells all of a queued mail", () => {
  const mail = queuedMail({
    deliveries: [
      queuedDelivery(),
      queuedDelivery({ destination: "chat", state: "dead", attempts: 1, reason: "HTTP 404" }),
      queuedDelivery({ destination: "", attempts: 0, dueInMs: 0, reason: "" }),
    ],
  });
  assert.equal(
    lifeLines(mail, journalRecord({ events: LIFE.slice(2, 3) }), STYLE).join("\n"),
    `\
01JD0000000000000000000000  waiting, 2.0 kB, came 2026-11-22T18:30:00.000Z (3 h ago)
  from        go@example.com
  to          mail2alert@example.com
  subject     Stage [up42/1/test/1] is broken
  message-id  <1@ci.example.com>
  peer        127.0.0.1, called itself ci.example.com, ESMTP

left to deliver
  smarthost: waiting, tried 4 times, next try in 12 min
    for cat@example.com
    mx.example.com:25: 451 4.3.0 try later
  chat: dead, tried once
    for cat@example.com
    HTTP 404
  still to be routed: waiting, not tried yet, next try due
    for cat@example.com

what happened
  2026-11-22T18:30:00.040Z  answered the notifier after 1.2 s: 250 2.0.0 queued as 01JD`,
  );
});

Deno.test("lifeLines() tells of a damaged mail that the journal does not know", () => {
  const { subject: _, ...mail } = queuedMail({ state: "damaged", deliveries: [], reversePath: "" });
  assert.deepEqual(lifeLines(mail, null, STYLE).slice(1), [
    "  from        <> (nobody is to be told of failures)",
    "  to          mail2alert@example.com",
    "",
    "left to deliver",
    "  nothing that can be read",
    "",
    "what happened",
    "  the journal does not know it",
  ]);
});

Deno.test("lifeLines() tells of a mail of our own, which has no peer", () => {
  const session = { peer: "", helo: "", protocol: "SMTP" } as const;
  const said = lifeLines(null, journalRecord({ envelope: envelopeOf({ session }) }), STYLE);
  assert.ok(said.includes("  peer        none: a mail of our own"));
  assert.equal(
    said[0],
    "01JD0000000000000000000000  delivered, 2.0 kB, came 2026-11-22T18:30:00.000Z (3 h ago)",
  );
});

Deno.test("sentence() of a routing begins with the word for why nobody gets the mail", () => {
  const trace = {
    claims: [],
    notes: [],
    lookups: [],
    rules: [],
    fields: {},
    decision: "muted",
    notSent: "muted",
  };
  const routed = { kind: "routed", at: 0, reason: "it is night", deliveries: [] } as const;
  assert.equal(sentence({ ...routed, trace }), "routed: muted: it is night");
  assert.equal(sentence({ ...routed, trace: { notSent: "muted" } }), "routed: it is night");
  assert.equal(sentence(routed), "routed: it is night");
});
