/**
 * nodemailer as a notifier that uses TLS, logins and delivery status notifications.
 *
 * @module
 */

import assert from "node:assert/strict";
import nodemailer from "nodemailer";
import type SMTPTransport from "nodemailer/lib/smtp-transport";
import { bodyOf } from "../support/octets.ts";
import {
  offerDsn,
  PASSWORD,
  type RelayStage,
  type StageWishes,
  startRelayStage,
  USER,
} from "../support/relay_stage.ts";
import { within } from "../support/wait.ts";

const MAIL = {
  envelope: { from: "a@example.net", to: ["b@example.org"] },
  raw: "Subject: x\r\nFrom: <a@example.net>\r\n\r\n.from nodemailer\r\n",
};

/** Sends one mail on a connection of its own. */
async function send(
  stage: RelayStage,
  options: SMTPTransport.Options,
  more: SMTPTransport.MailOptions = {},
): Promise<void> {
  const transport = nodemailer.createTransport({
    host: "127.0.0.1",
    port: stage.port,
    tls: { ca: stage.ca, servername: "localhost" },
    ...options,
  });
  try {
    await within(transport.sendMail({ ...MAIL, ...more }), { what: "nodemailer" });
  } finally {
    transport.close();
  }
}

const auth = { user: USER, pass: PASSWORD };

const sent: readonly {
  readonly name: string;
  readonly wishes: StageWishes;
  readonly options: SMTPTransport.Options;
  readonly protocol: string;
}[] = [
  {
    name: "after STARTTLS, which it finds by itself",
    wishes: { tls: "required" },
    options: {},
    protocol: "ESMTPS",
  },
  {
    name: "after STARTTLS and a login",
    wishes: { tls: "required", auth: "required" },
    options: { requireTLS: true, auth },
    protocol: "ESMTPSA",
  },
  {
    name: "after STARTTLS and AUTH LOGIN",
    wishes: { tls: "required", auth: "required" },
    options: { requireTLS: true, auth, authMethod: "LOGIN" },
    protocol: "ESMTPSA",
  },
  {
    name: "under implicit TLS, with a login",
    wishes: { tls: "implicit", auth: "required" },
    options: { secure: true, auth },
    protocol: "ESMTPSA",
  },
  {
    name: "by LMTP after STARTTLS",
    wishes: { tls: "required", more: ["protocol: lmtp"] },
    options: { lmtp: true },
    protocol: "LMTPS",
  },
];

for (const { name, wishes, options, protocol } of sent) {
  Deno.test(`nodemailer sends a mail ${name}`, async () => {
    await using stage = await startRelayStage(wishes);
    await send(stage, options);
    assert.equal(bodyOf(stage.arrived(protocol)), ".from nodemailer\r\n");
  });
}

Deno.test("nodemailer asks for notifications, and the mail server is told", async () => {
  await using stage = await startRelayStage({ tls: "required", answer: offerDsn });
  const dsn = { id: "order 66+", return: "headers", notify: ["success", "failure"] } as const;
  await send(stage, {}, { dsn: { ...dsn, notify: [...dsn.notify], recipient: "b@example.org" } });
  stage.arrived("ESMTPS");
  const [mail] = stage.sink.mails;
  assert.match(mail?.mail ?? "", /^MAIL FROM:<a@example\.net> .*RET=HDRS ENVID=order\+2066\+2B/);
  assert.match(
    mail?.recipients.join() ?? "",
    /^RCPT TO:<b@example\.org> NOTIFY=SUCCESS,FAILURE ORCPT=rfc822;b@example\.org$/,
  );
});

const refused: readonly {
  readonly name: string;
  readonly wishes: StageWishes;
  readonly options: SMTPTransport.Options;
  readonly error: { readonly code: string; readonly responseCode: number };
}[] = [
  {
    name: "a wrong password",
    wishes: { tls: "required", auth: "required" },
    options: { auth: { ...auth, pass: "canary-84" } },
    error: { code: "EAUTH", responseCode: 535 },
  },
  {
    name: "a mail in clear",
    wishes: { tls: "required" },
    options: { ignoreTLS: true },
    error: { code: "EENVELOPE", responseCode: 530 },
  },
  {
    name: "TLS that is not offered, and sends nothing",
    wishes: {},
    options: { requireTLS: true },
    error: { code: "ETLS", responseCode: 502 },
  },
];

for (const { name, wishes, options, error } of refused) {
  Deno.test(`nodemailer is refused ${name}`, async () => {
    await using stage = await startRelayStage(wishes);
    await assert.rejects(send(stage, options), error);
    stage.nothingArrived();
  });
}

Deno.test("nodemailer does not trust a relay whose authority it does not know", async () => {
  await using stage = await startRelayStage({ tls: "required" });
  await assert.rejects(send(stage, { tls: { servername: "localhost" } }), { code: "ESOCKET" });
  stage.nothingArrived();
});
