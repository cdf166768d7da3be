/** What the reverse-path has asked to hear (RFC 3461), and what it hears. @module */

import assert from "node:assert/strict";
import type { Action } from "../../lib/config/types.ts";
import type { DsnRequest, Envelope } from "../../lib/mail/envelope.ts";
import { fieldValue } from "../../lib/mail/header.ts";
import { noticesFor } from "../../lib/queue/notices.ts";
import type { Failure, Reached, Transition } from "../../lib/queue/transition.ts";
import type { NewMail } from "../../lib/store/store.ts";
import { mailOf, octetsOf, restOf } from "../support/mails.ts";

const TEXT = "Subject: Build failed\r\n\r\nText\r\n";

const mail = mailOf(TEXT);
const failure: Failure = { recipient: "a@x", reason: "550 No such user", expired: false };

function mailto(address: string): Action {
  return { kind: "mailto", address, text: `mailto:${address}` };
}

function optionsWith(...onFailure: readonly Action[]) {
  let count = 0;
  const newQueueId = () => `id ${++count}`;
  return { hostname: "relay.test", onFailure, newQueueId, queueNow: 1, wallNow: 2 };
}

const HANDED_ON = {
  reason: "250 2.1.5 fine",
  reply: { code: 250, status: "2.1.5", lines: ["fine"] },
  relayed: "without-dsn",
} as const satisfies Omit<Reached, "recipient">;

/** What these wishes make of failures, delays and successes of `a@x`, `b@x` and `c@x`. */
function wishes(recipients: NonNullable<DsnRequest["recipients"]>, about: Partial<Envelope> = {}) {
  const paths = ["a@x", "b@x", "c@x"];
  const asked = mailOf(TEXT, { forwardPaths: paths, dsn: { recipients }, ...about });
  const each = <One extends object>(one: One) =>
    paths.map((recipient) => ({ ...failure, ...one, recipient }));
  const made = (transition: Partial<Transition>) =>
    noticesFor({ mail: asked, destination: "smarthost" }, {
      ...{ failures: [], late: [], delivered: [] },
      ...transition,
    }, optionsWith(mailto("ops@x"), mailto("go@example.com")));
  return {
    failed: made({ failures: each({}) }),
    late: made({ late: each({}) }),
    delivered: made({ delivered: paths.map((recipient) => ({ ...HANDED_ON, recipient })) }),
  };
}

/** Whom each notice goes to, and whom it is about. */
async function told(mails: readonly NewMail[]): Promise<readonly string[]> {
  return await Promise.all(mails.map(async ({ mail: { envelope, message } }) => {
    const text = await restOf(message);
    const whom = [...text.matchAll(/Final-Recipient: rfc822; (.*)\r/g)].map(([, who]) => who);
    return `${envelope.forwardPaths.join()}: ${whom.join()}`;
  }));
}

Deno.test("noticesFor() tells the reverse-path what it wants to hear of each, the operator all", async () => {
  const { failed, late, delivered } = wishes({
    "a@x": { notify: ["NEVER"] },
    "b@x": { notify: ["SUCCESS", "DELAY"] },
  });
  assert.deepEqual(await told(failed.mails), [
    "go@example.com: c@x",
    "ops@x,go@example.com: a@x,b@x,c@x",
  ]);
  assert.equal(failed.end, "dead-letter", "somebody's failure was told to nobody outside");
  assert.deepEqual(await told(late.mails), ["go@example.com: b@x,c@x"]);
  assert.deepEqual(await told(delivered.mails), ["go@example.com: b@x"]);
  assert.equal(delivered.end, "delivered");
});

Deno.test("noticesFor() ends a mail as bounced where all failures were told", async () => {
  const { failed } = wishes({ "a@x": { notify: ["FAILURE"] } });
  assert.deepEqual(await told(failed.mails), [
    "go@example.com: a@x,b@x,c@x",
    "ops@x: a@x,b@x,c@x",
  ]);
  assert.equal(failed.end, "bounced");
});

Deno.test("noticesFor() tells of no success unless it was asked for", () => {
  assert.deepEqual(wishes({}).delivered.mails, []);
  assert.deepEqual(wishes({ "a@x": { notify: ["FAILURE", "DELAY"] } }).delivered.mails, []);
});

Deno.test("noticesFor() tells apart who was relayed, who was delivered, and who is in other hands", async () => {
  const asked = Object.fromEntries(
    ["a@x", "b@x", "c@x"].map((path) => [path, { notify: ["SUCCESS"] as const }]),
  );
  const { relayed: _, ...promised } = HANDED_ON;
  const delivered = [
    { recipient: "a@x", reason: "kept" },
    { recipient: "b@x", ...promised },
    { recipient: "c@x", ...HANDED_ON },
  ];
  const subject = {
    mail: mailOf(TEXT, { forwardPaths: ["a@x", "b@x", "c@x"], dsn: { recipients: asked } }),
    destination: "smarthost",
  };
  const transition = { failures: [], late: [], delivered };
  const { mails, events } = noticesFor(subject, transition, optionsWith());
  assert.deepEqual(await told(mails), ["go@example.com: c@x", "go@example.com: a@x"]);
  assert.deepEqual(events.map((event) => event.kind === "notice" && event.about), [
    "relayed",
    "delivered",
  ]);
});

Deno.test("noticesFor() gives the whole mail back to its sender, and not to the operator", async () => {
  const whole = octetsOf(TEXT);
  const transition = { failures: [failure], late: [], delivered: [] };
  const subject = { mail, destination: "smarthost", whole };
  const { mails } = noticesFor(subject, transition, optionsWith(mailto("ops@x")));
  const types = await Promise.all(
    mails.map(async ({ mail: { message } }) =>
      / (message\/rfc822|text\/rfc822-headers)/.exec(await restOf(message))?.[1]
    ),
  );
  assert.deepEqual(types, ["message/rfc822", "text/rfc822-headers"]);
});

Deno.test("noticesFor() tells so little of a mail for safe ways that any way will do", async () => {
  const subject = {
    mail: mailOf(`Message-ID: <1@ci>\r\nX: Secret\r\n${TEXT}`, { requireTls: true }),
    destination: "smarthost",
  };
  const transition = { failures: [failure], late: [], delivered: [] };
  const { mails } = noticesFor(subject, transition, optionsWith());
  const { envelope, message } = mails[0]?.mail ?? mail;
  assert.equal(envelope.requireTls, undefined);
  assert.equal(fieldValue(message.fields, "subject"), "Not delivered");
  const text = await restOf(message);
  assert.match(text, /\r\n\r\nMessage-ID: <1@ci>\r\n\r\n--/);
  assert.doesNotMatch(text, /Build failed|Secret/);
});
