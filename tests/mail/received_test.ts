import assert from "node:assert/strict";
import { readHops, receivedField } from "../../lib/mail/received.ts";
import { mailOf, octetsOf } from "../support/mails.ts";

const text = (octets: Uint8Array) => new TextDecoder().decode(octets);

Deno.test("receivedField() says who, by whom, how, under which id, for whom and when", () => {
  assert.equal(
    text(receivedField(mailOf("", { forwardPaths: ["ops@example.com"] }), "relay.test")),
    "Received: from ci.example.com ([127.0.0.1])\r\n" +
      "\tby relay.test (mail2alert) with ESMTP id 01JD0000000000000000000000\r\n" +
      "\tfor <ops@example.com>;\r\n" +
      "\tSun, 22 Nov 2026 18:30:00 +0000\r\n",
  );
});

Deno.test("receivedField() names nobody when several are to have the mail", () => {
  const field = text(receivedField(mailOf("", { forwardPaths: ["a@x.test", "b@x.test"] }), "r"));
  assert.doesNotMatch(field, /for </);
});

Deno.test("receivedField() is ASCII, whoever the mail is for", () => {
  const mail = mailOf("", { forwardPaths: ["märz@example.com"] });
  assert.match(
    text(receivedField(mail, "relay.test")),
    /^[ -~\r\n\t]+ id [0-9A-Z]{26};\r\n\t[ -~]+\r\n$/,
  );
});

Deno.test("receivedField() lets no client forge a line or a clause", () => {
  const session = { peer: "::1", helo: "x)\r\nBcc: y (", protocol: "SMTP" } as const;
  const field = text(receivedField(mailOf("", { session }), "r"));
  assert.match(field, /^Received: from x\?\?\?Bcc:\?y\?\? \(\[IPv6:::1\]\)\r\n\tby r /);
});

Deno.test("receivedField() names no address of a peer on a unix socket, and no user", () => {
  const session = { peer: "unix", helo: "nas", protocol: "LMTPSA", user: "secret-nas" } as const;
  const field = text(receivedField(mailOf("", { session }), "r"));
  assert.match(
    field,
    /^Received: from nas \(unix socket\)\r\n\tby r \(mail2alert\) with LMTPSA id /,
  );
  assert.doesNotMatch(field, /secret/);
});

for (const protocol of ["SMTP", "ESMTPSA", "LMTP", "UTF8SMTPS", "UTF8LMTPSA"] as const) {
  Deno.test(`readHops() finds our id after "with ${protocol}"`, () => {
    const mail = mailOf("", { session: { peer: "unix", helo: "x", protocol } });
    const field = receivedField(mail, "relay.test");
    assert.match(text(field), new RegExp(` with ${protocol} id `));
    assert.deepEqual(readHops(field).queueIds, [mail.queueId]);
  });
}

Deno.test("readHops() counts the servers and finds the ids that a mail2alert gave", () => {
  const fields = text(receivedField(mailOf(""), "relay.test")) +
    "Received: from x by y with ESMTP id 01JD0000000000000000000001; Sun\r\n";
  assert.deepEqual(readHops(octetsOf(fields)), {
    count: 2,
    queueIds: ["01JD0000000000000000000000"],
  });
});
