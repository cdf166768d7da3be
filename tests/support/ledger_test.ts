import assert from "node:assert/strict";
import type { JournalEvent, JournalRecord, MailState } from "../../lib/mail/journal.ts";
import type { QueuedMail } from "../../lib/store/views.ts";
import { balanceLedger, type Books } from "./ledger.ts";
import type { Copy, SeenNotice } from "./sink_books.ts";

const NOTICE: JournalEvent = {
  kind: "notice",
  at: 0,
  about: "failed",
  queueId: "N1",
  recipients: ["notifier@proof.test"],
};

const DELIVERED: JournalEvent = {
  kind: "attempt",
  at: 0,
  destination: "smarthost",
  tookMs: 1,
  outcomes: [{ recipient: "x", outcome: { kind: "delivered", detail: "taken" } }],
};

const COPY: Copy = { life: 0, at: 0, answered: true };
const UNHEARD: Copy = { ...COPY, answered: false };
const ARRIVED: SeenNotice = { about: "m", action: "failed", answered: true };

interface Story {
  readonly state?: MailState;
  readonly events?: readonly JournalEvent[];
  readonly copies?: readonly Copy[];
  readonly nullPath?: boolean;
  readonly taken?: boolean;
  /** The state of the notice, where there is one. */
  readonly notice?: MailState;
  readonly notices?: readonly SeenNotice[];
  readonly dead?: boolean;
  readonly times?: number;
}

const bounced: Story = {
  state: "bounced",
  events: [NOTICE],
  copies: [],
  notice: "delivered",
  notices: [ARRIVED],
};
const deadLetter: Story = {
  state: "dead-letter",
  events: [],
  copies: [],
  nullPath: true,
  dead: true,
};

const stories: readonly (readonly [string, Story, RegExp | null])[] = [
  ["a delivered mail", {}, null],
  ["a delivered mail of which an unheard copy came first", { copies: [UNHEARD, COPY] }, null],
  ["a bounced mail", bounced, null],
  ["a bounced mail whose notice could not be delivered", {
    ...bounced,
    notice: "dead-letter",
    notices: [],
  }, null],
  ["a dead letter", deadLetter, null],
  ["a mail that its notifier was refused", {
    state: "refused",
    taken: false,
    events: [],
    copies: [],
  }, null],
  ["a mail delivered twice", { copies: [COPY, COPY] }, /2 copies arrived/],
  ["a mail delivered to nobody", { copies: [] }, /0 copies arrived/],
  ["a mail whose delivery nobody noted", { events: [] }, /its attempts delivered 0/],
  ["a mail that is open", { state: "open", copies: [], events: [] }, /no end/],
  ["a mail that nobody knows", { times: 0 }, /does not know it/],
  ["a mail known twice", { times: 2 }, /2 times/],
  ["a bounce after a delivery", { ...bounced, copies: [COPY] }, /1 copies arrived/],
  ["a bounce without a notice", { ...bounced, events: [], notices: [] }, /0 notices/],
  ["a bounce whose notice was lost", { ...bounced, notices: [] }, /0 of 1 notices arrived/],
  ["a notice that is still open", { ...bounced, notice: "open", notices: [] }, /a notice is open/],
  ["a bounce to nobody", { ...bounced, nullPath: true }, /was null/],
  ["a dead letter that is gone", { ...deadLetter, dead: false }, /not kept/],
  ["a dead letter that could be told", { ...deadLetter, nullPath: false }, /to tell/],
  [
    "a refusal of a mail that was acknowledged",
    { state: "refused", copies: [], events: [] },
    /acknowledged/,
  ],
  ["a notice about a stranger", { notices: [{ ...ARRIVED, about: "z" }] }, /never sent/],
];

for (const [name, story, fault] of stories) {
  Deno.test(`balanceLedger() ${fault === null ? "accepts" : "finds"} ${name}`, () => {
    const { wrong } = balanceLedger(booksOf(story));
    if (fault === null) assert.deepEqual(wrong, []);
    else assert.ok(wrong.some((sentence) => fault.test(sentence)), wrong.join("\n"));
  });
}

Deno.test("balanceLedger() finds what is left in the queue, damaged or strange", () => {
  const books = booksOf({});
  const queue = [{ queueId: "Q9", state: "waiting" } as QueuedMail];
  const sink = { ...books.sink, damaged: ["m"], strangers: 1 };
  assert.equal(balanceLedger({ ...books, queue, sink }).wrong.length, 3);
});

Deno.test("balanceLedger() counts the ends", () => {
  const { ends, notices, noticesArrived } = balanceLedger(booksOf(bounced));
  assert.deepEqual({ ends, notices, noticesArrived }, {
    ends: { bounced: 1 },
    notices: 1,
    noticesArrived: 1,
  });
});

function booksOf(story: Story): Books {
  const { state = "delivered", events = [DELIVERED], copies = [COPY], notices = [] } = story;
  const { nullPath = false, taken = true, notice, dead = false, times = 1 } = story;
  const record = recordOf({ queueId: "Q1", state, events, messageId: "<m@proof.test>" });
  return {
    sent: new Map([["m", { nullPath, taken }]]),
    journal: [
      ...Array.from({ length: times }, () => record),
      ...notice === undefined ? [] : [recordOf({ queueId: "N1", state: notice, peer: "" })],
    ],
    queue: dead ? [{ queueId: "Q1", state: "dead" } as QueuedMail] : [],
    sink: { copies: { m: copies }, notices, damaged: [], strangers: 0, cut: [] },
  };
}

function recordOf(
  { peer = "127.0.0.1", ...said }: Partial<JournalRecord> & { readonly peer?: string },
): JournalRecord {
  return {
    queueId: "",
    receivedAt: 0,
    octets: 1,
    state: "open",
    events: [],
    envelope: {
      reversePath: "",
      forwardPaths: ["operator@proof.test"],
      smtpUtf8: false,
      body: "7BIT",
      session: { peer, helo: "x", protocol: "ESMTP" },
    },
    ...said,
  };
}
