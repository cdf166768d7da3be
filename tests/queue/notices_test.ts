import assert from "node:assert/strict";
import type { Action } from "../../lib/config/types.ts";
import type { Envelope } from "../../lib/mail/envelope.ts";
import { fieldValue } from "../../lib/mail/header.ts";
import type { Mail } from "../../lib/mail/message.ts";
import { noticesFor } from "../../lib/queue/notices.ts";
import type { Failure } from "../../lib/queue/transition.ts";
import type { NewMail } from "../../lib/store/store.ts";
import { mailOf, restOf } from "../support/mails.ts";

const WALL = Date.UTC(2026, 10, 25, 12);
const QUEUE_NOW = 4_000_000;
const TEXT = "Subject: Build failed\r\nMessage-ID: <1@ci>\r\n\r\nText\r\n";
const REPORT = 'Content-Type: multipart/report; report-type="delivery-status"\r\n\r\n';

const mail = mailOf(TEXT);
const failure: Failure = {
  recipient: "a@x",
  reason: "550 No such user",
  reply: { code: 550, status: "5.1.1", lines: ["No such user"] },
  expired: false,
};
const late = { recipient: "b@x", reason: "connection refused" };

/** A mail that this program has made itself. */
function ownMail(envelope: Partial<Envelope> = {}): Mail {
  const session = { peer: "", helo: "relay.test", protocol: "ESMTP" } as const;
  return mailOf(TEXT, { reversePath: "", session, ...envelope });
}

function mailto(address: string): Action {
  return { kind: "mailto", address, text: `mailto:${address}` };
}

/** Options whose ids are counted: `id 1 of WALL`. */
function optionsWith(...onFailure: readonly Action[]) {
  let count = 0;
  const newQueueId = (wall: number) => `id ${++count} of ${wall}`;
  const times = { queueNow: QUEUE_NOW, wallNow: WALL };
  return { hostname: "relay.test", onFailure, newQueueId, ...times };
}

/** Whom each notice goes to. */
function whomOf(mails: readonly NewMail[]): readonly (readonly string[])[] {
  return mails.map((notice) => notice.deliveries.flatMap(({ delivery }) => delivery.recipients));
}

/** What a failure of this mail brings forth; `on-failure` names nobody unless the options do. */
function failuresOf(about: Mail, options = optionsWith()) {
  const transition = { failures: [failure], late: [], delivered: [] };
  return noticesFor({ mail: about, destination: "smarthost" }, transition, options);
}

Deno.test("noticesFor() tells the reverse-path of a failure, by a mail of our own", () => {
  const { mails, events, end } = failuresOf(mail);
  const [notice] = mails;
  assert.ok(notice && mails.length === 1);
  const queueId = `id 1 of ${WALL}`;
  const delivery = { destination: "smarthost", recipients: ["go@example.com"] };
  assert.deepEqual(notice.mail.envelope, {
    reversePath: "",
    forwardPaths: ["go@example.com"],
    smtpUtf8: false,
    body: "7BIT",
    dsn: { recipients: { "go@example.com": { notify: ["NEVER"] } } },
    session: { peer: "", helo: "relay.test", protocol: "ESMTP" },
  });
  assert.deepEqual([notice.mail.queueId, notice.mail.receivedAt], [queueId, WALL]);
  assert.deepEqual(notice.deliveries, [{
    delivery,
    state: "waiting",
    attempts: 0,
    dueAt: QUEUE_NOW,
    destinationAway: false,
    reason: "",
    delayNoticed: false,
    claim: false,
  }]);
  assert.deepEqual([notice.routedBy, notice.acceptedAt, notice.settled], ["own", QUEUE_NOW, []]);
  assert.equal(notice.journal.entry.subject, "Not delivered: Build failed");
  assert.equal(notice.journal.message, notice.mail.message);
  assert.equal(notice.journal.state, "open");
  assert.deepEqual(notice.journal.events, [{
    kind: "routed",
    at: WALL,
    reason: `notice that ${mail.queueId} was not delivered`,
    deliveries: [delivery],
  }]);
  assert.equal(end, "bounced");
  const recipients = ["go@example.com"];
  assert.deepEqual(events, [
    {
      kind: "failed",
      at: WALL,
      destination: "smarthost",
      recipients: ["a@x"],
      reason: "550 No such user",
    },
    { kind: "notice", at: WALL, about: "failed", queueId, recipients },
  ]);
});

Deno.test("noticesFor() writes who did not get it, where, and what was said", async () => {
  const expired = { ...late, reason: "given up after 5 d: x", lastReason: "x", expired: true };
  const transition = { failures: [failure, expired], late: [], delivered: [] };
  const { mails } = noticesFor({ mail, destination: "chat" }, transition, optionsWith());
  const message = mails[0]?.mail.message;
  assert.ok(message && mails.length === 1);
  const text = await restOf(message);
  assert.match(
    text,
    /a@x \(by way of chat\)\r\n {4}The mail server said: 550 5\.1\.1 No such user/,
  );
  assert.match(
    text,
    /b@x \(by way of chat\)\r\n {4}Given up .* 3 days old\. The last\r\n.*: x\r\n/,
  );
  assert.match(text, /relay\.test/);
});

const silent: readonly { name: string; about: Mail }[] = [
  { name: "a mail with the null reverse-path", about: mailOf(TEXT, { reversePath: "" }) },
  { name: "a mail that is a report itself", about: mailOf(REPORT) },
  { name: "a notice of our own", about: ownMail() },
  { name: "a mail of our own with a reverse-path", about: ownMail({ reversePath: "me@x" }) },
];

for (const { name, about } of silent) {
  Deno.test(`noticesFor() never bounces ${name}: it is a dead letter`, () => {
    const { mails, events, end } = failuresOf(about);
    assert.deepEqual([mails, end], [[], "dead-letter"]);
    assert.deepEqual(events.map(({ kind }) => kind), ["failed"]);
  });

  Deno.test(`noticesFor() tells nobody that ${name} is late`, () => {
    const transition = { failures: [], late: [late], delivered: [] };
    const subject = { mail: about, destination: "smarthost" };
    const made = noticesFor(subject, transition, optionsWith(mailto("ops@x")));
    assert.deepEqual(made, { mails: [], events: [], end: "delivered" });
  });
}

const told = [
  {
    name: "all addresses of on-failure in one notice beside the reverse-path",
    about: mail,
    onFailure: [mailto("ops@x"), mailto("boss@x")],
    expected: [["go@example.com"], ["ops@x", "boss@x"]],
  },
  {
    name: "on-failure alone where there is no reverse-path",
    about: mailOf(TEXT, { reversePath: "" }),
    onFailure: [mailto("ops@x")],
    expected: [["ops@x"]],
  },
  {
    name: "nobody of the failure of somebody else's report: it may be ours that came back",
    about: mailOf(REPORT),
    onFailure: [mailto("ops@x")],
    expected: [],
  },
  {
    name: "nobody twice",
    about: mail,
    onFailure: [mailto("go@EXAMPLE.com"), mailto("ops@x"), mailto("ops@X")],
    expected: [["go@example.com"], ["ops@X"]],
  },
  {
    name: "nobody where on-failure says discard",
    about: mailOf(TEXT, { reversePath: "" }),
    onFailure: [{ kind: "discard", text: "discard" } as const],
    expected: [],
  },
  {
    name: "nobody of a notice that failed, not even on-failure",
    about: ownMail(),
    onFailure: [mailto("ops@x")],
    expected: [],
  },
];

for (const { name, about, onFailure, expected } of told) {
  Deno.test(`noticesFor() tells ${name}`, () => {
    const transition = { failures: [failure], late: [], delivered: [] };
    const subject = { mail: about, destination: "smarthost" };
    const { mails, events } = noticesFor(subject, transition, optionsWith(...onFailure));
    assert.deepEqual(whomOf(mails), expected);
    const noted = events.flatMap((event) => event.kind === "notice" ? [event] : []);
    assert.deepEqual(noted.map(({ recipients }) => recipients), expected);
    assert.deepEqual(noted.map(({ queueId }) => queueId), mails.map((made) => made.mail.queueId));
  });
}

Deno.test("noticesFor() ends a mail as a dead letter when only on-failure was told", () => {
  const subject = { mail: mailOf(TEXT, { reversePath: "" }), destination: "smarthost" };
  const options = optionsWith(mailto("ops@x"));
  assert.equal(
    noticesFor(subject, { failures: [failure], late: [], delivered: [] }, options).end,
    "dead-letter",
  );
});

Deno.test("noticesFor() notes one failure for each reason", () => {
  const failures = [failure, { ...failure, recipient: "c@x", reason: "552" }, {
    ...failure,
    recipient: "b@x",
  }];
  const subject = { mail, destination: "smarthost" };
  const { events } = noticesFor(subject, { failures, late: [], delivered: [] }, optionsWith());
  const failed = events.flatMap((event) => event.kind === "failed" ? [event] : []);
  assert.deepEqual(failed.map(({ recipients, reason }) => [reason, ...recipients]), [
    ["550 No such user", "a@x", "b@x"],
    ["552", "c@x"],
  ]);
});

Deno.test("noticesFor() tells the reverse-path, and nobody else, of a delay", async () => {
  const options = { ...optionsWith(mailto("ops@x")), giveUpAt: Date.UTC(2026, 10, 27, 18, 30) };
  const subject = { mail, destination: "smarthost" };
  const { mails, events, end } = noticesFor(
    subject,
    { failures: [], late: [late], delivered: [] },
    options,
  );
  assert.deepEqual([whomOf(mails), end], [[["go@example.com"]], "delivered"]);
  assert.deepEqual(events.map((event) => event.kind === "notice" && event.about), ["delayed"]);
  const message = mails[0]?.mail.message;
  assert.ok(message);
  assert.equal(fieldValue(message.fields, "subject"), "Delayed, still being tried: Build failed");
  assert.match(await restOf(message), /Fri, 27 Nov 2026 18:30:00/);
});

Deno.test("noticesFor() asks for SMTPUTF8 where all addresses need it, so that others hear without", () => {
  const options = optionsWith(mailto("jörg@x"), mailto("ops@x"));
  const { mails } = failuresOf(mailOf(TEXT, { reversePath: "go@ü" }), options);
  assert.deepEqual(
    mails.map(({ mail: { envelope } }) => [envelope.forwardPaths, envelope.smtpUtf8]),
    [[["go@ü"], true], [["jörg@x", "ops@x"], false]],
  );
});

Deno.test("noticesFor() makes nothing of a delivery that went well", () => {
  const subject = { mail, destination: "smarthost" };
  const made = noticesFor(
    subject,
    { failures: [], late: [], delivered: [] },
    optionsWith(mailto("ops@x")),
  );
  assert.deepEqual(made, { mails: [], events: [], end: "delivered" });
});
