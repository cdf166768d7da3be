/** The table of the queue. @module */

import assert from "node:assert/strict";
import { paint } from "../../lib/cli/paint.ts";
import { tableHeading, tableRow, tableTotals } from "../../lib/cli/queue_text.ts";
import type { QueuedMail } from "../../lib/store/views.ts";
import { CAME, queuedDelivery, queuedMail } from "../support/queued_mails.ts";

const HOUR = 3_600_000;

function tableOf(mails: readonly QueuedMail[], columns?: number, colour = false): string {
  const style = { now: CAME + 3 * HOUR, columns, brush: paint(colour) };
  return [tableHeading(style), ...mails.map((mail) => tableRow(mail, style))].join("\n");
}

const MAILS = [
  queuedMail(),
  queuedMail({
    queueId: "01JD0000000000000000000001",
    reversePath: "",
    forwardPaths: ["ops@example.com", "x@example.com", "y@example.com"],
    octets: 25_000_000,
    state: "dead",
    deliveries: [
      queuedDelivery({ state: "dead", reason: "550 5.1.1 nobody of that name" }),
      queuedDelivery({ state: "dead", destination: "chat", reason: "HTTP 404" }),
    ],
  }),
  queuedMail({
    queueId: "01JD0000000000000000000002",
    deliveries: [
      queuedDelivery({ dueInMs: 900_000, reason: "" }),
      queuedDelivery({ destination: "", recipients: [], dueInMs: -1, attempts: 0, reason: "" }),
    ],
  }),
  queuedMail({
    queueId: "01JD0000000000000000000003",
    reversePath: "",
    forwardPaths: [],
    state: "damaged",
    deliveries: [],
  }),
];

Deno.test("tableRow() tells each mail in columns, and below what was said last", () => {
  assert.equal(
    tableOf(MAILS),
    `\
ID                          AGE     SIZE     STATE    NEXT TRY   FROM                        TO
01JD0000000000000000000000  3 h     2.0 kB   waiting  in 12 min  go@example.com              cat@example.com
    smarthost: mx.example.com:25: 451 4.3.0 try later
01JD0000000000000000000001  3 h     25 MB    dead     -          <>                          cat@example.com
    smarthost: 550 5.1.1 nobody of that name (and 1 more)
01JD0000000000000000000002  3 h     2.0 kB   waiting  due        go@example.com              cat@example.com
01JD0000000000000000000003  3 h     2.0 kB   damaged  -          <>                          -`,
  );
});

const dead = queuedDelivery({ state: "dead", recipients: ["gone@example.com"] });
const storage = queuedDelivery({ recipients: ["storage@example.com", "rest@example.com"] });
const unrouted = queuedDelivery({ destination: "", recipients: ["alerts@example.com"] });

const owed: readonly { readonly deliveries: QueuedMail["deliveries"]; readonly to: string }[] = [
  { deliveries: [storage], to: "storage@example… and 1 more" },
  { deliveries: [dead, storage], to: "storage@example… and 2 more" },
  {
    deliveries: [storage, { ...storage, destination: "chat" }],
    to: "storage@example… and 1 more",
  },
  { deliveries: [dead], to: "gone@example.com" },
  { deliveries: [unrouted], to: "alerts@example.com" },
  { deliveries: [dead, unrouted], to: "alerts@example.… and 1 more" },
  { deliveries: [], to: "alerts@example.com" },
];

for (const { deliveries, to } of owed) {
  const left = deliveries.map(({ state, destination }) => `${state} ${destination}`).join(", ");
  Deno.test(`tableRow() tells who is still to get a mail: ${to} of ${left || "nothing"}`, () => {
    const mail = queuedMail({ forwardPaths: ["alerts@example.com"], deliveries });
    const [, row = ""] = tableOf([mail]).split("\n");
    assert.ok(row.endsWith(`  go@example.com              ${to}`), row);
  });
}

Deno.test("tableRow() gives sender and recipients a line of their own where it is narrow", () => {
  assert.equal(
    tableOf(MAILS.slice(1, 2), 80),
    `\
ID                          AGE     SIZE     STATE    NEXT TRY
01JD0000000000000000000001  3 h     25 MB    dead     -
    <> → cat@example.com
    smarthost: 550 5.1.1 nobody of that name (and 1 more)`,
  );
});

for (const columns of [80, 100, 109, 110, 119, 120, undefined, 0, 40, 300]) {
  const most = Math.min(Math.max(columns ?? 120, 80), 120);
  Deno.test(`tableRow() stays within ${most} columns of a terminal with ${columns}`, () => {
    const long = "long".repeat(100);
    const mail = queuedMail({
      receivedAt: CAME - 40 * 24 * HOUR,
      reversePath: `${long}@example.com`,
      octets: 999_499_999,
      deliveries: [queuedDelivery({
        recipients: [`${long}@example.net`, "x@example.com"],
        dueInMs: 59 * 60_000,
        reason: `日本語 ${long}`,
      })],
    });
    for (const line of tableOf([mail], columns).split("\n")) {
      assert.ok(line.replace(/[日本語]/g, "xx").length <= most, line);
    }
  });
}

Deno.test("tableRow() shows what a mail says, and does not obey it", () => {
  const wicked = "\x1b[2J\u202e\r\n250 fine";
  const mail = queuedMail({
    reversePath: wicked,
    forwardPaths: [wicked],
    deliveries: [queuedDelivery({ destination: wicked, recipients: [wicked], reason: wicked })],
  });
  for (const columns of [80, 120]) {
    const said = tableOf([mail], columns);
    assert.equal(said.replaceAll("\n", "").match(/[\p{Cc}\p{Cf}]/u), null);
    assert.match(said, /\\u\{1b\}\[2J\\u\{202e\}/);
  }
});

Deno.test("tableRow() paints the state alone, without moving a column", () => {
  const painted = tableOf(MAILS, 120, true);
  assert.ok(painted.includes("\x1b[31mdead   \x1b[0m"));
  // deno-lint-ignore no-control-regex -- these are what is looked for
  assert.equal(painted.replace(/\x1b\[\d+m/g, ""), tableOf(MAILS, 120));
});

Deno.test("tableTotals() counts mails and octets, damaged ones where there are any", () => {
  const mails = { waiting: 1, dead: 0, damaged: 0 };
  assert.equal(tableTotals({ mails, octets: 2_048 }), "1 mail: 1 waiting, 0 dead; 2.0 kB");
  assert.equal(
    tableTotals({ mails: { ...mails, dead: 2, damaged: 3 }, octets: 9e9 }),
    "6 mails: 1 waiting, 2 dead, 3 damaged; 9.0 GB",
  );
});
