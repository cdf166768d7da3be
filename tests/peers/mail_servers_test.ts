/**
 * Real mail servers behind the program: Postfix and aiosmtpd. They get what the notifier sent, and
 * the notifier gets what they say.
 *
 * @module
 */

import assert from "node:assert/strict";
import { startAiosmtpd } from "../support/aiosmtpd.ts";
import { passThrough } from "../support/configuration.ts";
import { bodyOf, latin1 } from "../support/octets.ts";
import { startPostfix } from "../support/postfix.ts";
import { startProgram } from "../support/program.ts";
import { sendRaw } from "../support/raw_client.ts";
import { queueIdIn, queueOf } from "../support/store_reading.ts";
import { until } from "../support/wait.ts";

/** A mail server and what it keeps. */
interface MailServer extends AsyncDisposable {
  readonly port: number;
  /** The messages it took, one character an octet, line ends CR LF. */
  messages(): string[];
}

const servers: readonly { readonly name: string; readonly start: () => Promise<MailServer> }[] = [
  {
    name: "Postfix",
    start: async () => {
      const postfix = await startPostfix({
        refuse: {
          "gone@example.org": "550 5.1.1 No such user",
          "busy@example.org": "450 4.2.0 Try later",
        },
      });
      const messages = () => postfix.mails().map((mail) => mail.replaceAll("\n", "\r\n"));
      return { ...postfix, messages };
    },
  },
  { name: "aiosmtpd", start: startAiosmtpd },
];

const BODY = `.\r\n..x\r\nGr\xfc\xdfe \x80\x9f\xff\r\n\r\n${"long ".repeat(190)}\r\n`;
const MESSAGE = `Subject: to a real server\r\nMessage-ID: <one@example.net>\r\n\r\n${BODY}`;

for (const { name, start } of servers) {
  Deno.test(`${name} gets an 8-bit mail octet by octet`, async () => {
    await using server = await start();
    await using program = await startProgram(passThrough(server.port));
    const message = MESSAGE.replace(/^\./gm, "..");
    const reply = await sendRaw(program.port, { message, parameters: "BODY=8BITMIME" });
    assert.match(reply, /^250 2\.0\.0 /);
    const arrived = await until(() => server.messages()[0], { what: "the mail" });
    assert.equal(bodyOf(arrived), BODY);
    assert.match(arrived, /^Message-ID: <one@example\.net>\r$/m);
    assert.equal(await program.stop(), 0);
  });

  Deno.test(`${name} gets an internationalised mail`, async () => {
    await using server = await start();
    await using program = await startProgram(passThrough(server.port));
    const from = latin1(new TextEncoder().encode("jürgen@example.net"));
    const reply = await sendRaw(program.port, { from, parameters: "BODY=8BITMIME SMTPUTF8" });
    assert.match(reply, /^250 2\.0\.0 /);
    await until(() => server.messages().length === 1, { what: "the mail" });
    assert.equal(await program.stop(), 0);
  });

  Deno.test(`${name} refuses a recipient and the notifier gets its words`, async () => {
    await using server = await start();
    await using program = await startProgram(passThrough(server.port));
    const reply = await sendRaw(program.port, { to: ["gone@example.org"] });
    assert.match(reply, /^550 5\.1\.1 [^]*(No such user|does not know them)/);
    assert.equal(await program.stop(), 0);
  });

  Deno.test(`${name} puts one recipient off, who waits; the other gets no second copy`, async () => {
    await using server = await start();
    await using program = await startProgram(
      passThrough(server.port, "queue: {first-retry: 200ms}"),
    );
    const mail = {
      to: ["b@example.org", "busy@example.org"],
      message: MESSAGE.replace(/^\./gm, ".."),
    };
    const reply = await sendRaw(program.port, mail);
    assert.match(reply, /^250 2\.0\.0 queued as /);
    const waiting = () => queueOf(program.store).flatMap(({ deliveries }) => deliveries);
    assert.deepEqual(waiting().map(({ recipients }) => recipients), [["busy@example.org"]]);
    // Lost 250 or not: a notifier that comes again changes nothing.
    assert.equal(queueIdIn(await sendRaw(program.port, mail)), queueIdIn(reply));
    await until(() => (waiting()[0]?.attempts ?? 0) >= 3, { what: "two more attempts" });
    // A mail after them: when it has arrived, so had any second copy.
    assert.match(await sendRaw(program.port), /^250 2\.0\.0 Accepted as /);
    const last = (message: string) => message.includes("Subject: hello");
    await until(() => server.messages().some(last), { what: "the last mail" });
    const copies = server.messages().filter((message) => message.includes("<one@example.net>"));
    assert.equal(copies.length, 1);
    assert.equal(await program.stop(), 0);
  });

  Deno.test(`${name} refuses one of two: the sender gets a notice, the mail is kept`, async () => {
    await using server = await start();
    await using program = await startProgram(passThrough(server.port));
    const to = ["b@example.org", "gone@example.org"];
    const reply = await sendRaw(program.port, { from: "a@example.com", to });
    assert.match(reply, /^250 2\.0\.0 Accepted as /);
    const isNotice = (message: string) => /^Subject: Not delivered: hello\r$/m.test(message);
    const notice = await until(() => server.messages().find(isNotice), { what: "the notice" });
    assert.match(notice, /\r\nFinal-Recipient: rfc822; gone@example\.org\r\n/);
    assert.match(notice, /\r\nStatus: 5\.1\.1\r\n/);
    await until(() => server.messages().length === 2, { what: "the mail itself" });
    assert.equal(await program.stop(), 0);
    const kept = queueOf(program.store).map(({ queueId, state }) => ({ queueId, state }));
    assert.deepEqual(kept, [{ queueId: queueIdIn(reply), state: "dead" }]);
  });
}
