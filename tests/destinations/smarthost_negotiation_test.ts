import assert from "node:assert/strict";
import type { Moment } from "../support/fault_smtp_server.ts";
import { A, B, kinds, only, pair } from "../support/smarthost_pair.ts";

Deno.test("smarthost.deliver() sends commands in one packet when the server pipelines", async () => {
  await using it = pair();
  await it.deliver([A, B]);
  assert.ok(it.server.packets.includes(
    `MAIL FROM:<gocd@example.org> SIZE=36\r\nRCPT TO:<${A}>\r\nRCPT TO:<${B}>\r\nDATA\r\n`,
  ));
});

Deno.test("smarthost.deliver() waits for each reply when the server does not pipeline", async () => {
  await using it = pair({ extensions: [] });
  await it.deliver([A, B]);
  for (const packet of it.server.packets) assert.equal(packet.split("\r\n").length, 2, packet);
});

Deno.test("smarthost.deliver() reaches 1,000 recipients in groups that no buffer is too small for", async () => {
  await using it = pair();
  const recipients = Array.from({ length: 1_000 }, (_, n) => `recipient-${n}@example.org`);
  const outcomes = await it.deliver(recipients);
  assert.ok([...outcomes.values()].every(({ kind }) => kind === "delivered"));
  assert.deepEqual(it.server.mails[0]?.recipients, recipients);
  assert.ok(it.server.packets.every(({ length }) => length <= 8_192));
});

Deno.test("smarthost.deliver() falls back to HELO and then uses no extension", async () => {
  const react = (moment: Moment) => moment === "EHLO" ? "500 5.5.1 What?" : undefined;
  await using it = pair({ react });
  assert.equal(only(await it.deliver([A], { envelope: { body: "8BITMIME" } })).kind, "delivered");
  assert.deepEqual(it.server.commands, [
    "EHLO relay.test",
    "HELO relay.test",
    "MAIL FROM:<gocd@example.org>",
    `RCPT TO:<${A}>`,
    "DATA",
  ]);
});

const parameters = [
  { name: "nothing offered", extensions: [], body: "8BITMIME", utf8: true, expected: "" },
  {
    name: "nothing needed",
    extensions: ["8BITMIME", "SMTPUTF8"],
    body: "7BIT",
    utf8: false,
    expected: "",
  },
  { name: "SIZE", extensions: ["SIZE"], body: "7BIT", utf8: false, expected: " SIZE=36" },
  {
    name: "SIZE without limit",
    extensions: ["SIZE 0"],
    body: "7BIT",
    utf8: false,
    expected: " SIZE=36",
  },
  {
    name: "8-bit",
    extensions: ["8bitmime"],
    body: "8BITMIME",
    utf8: false,
    expected: " BODY=8BITMIME",
  },
  { name: "UTF-8", extensions: ["SMTPUTF8"], body: "7BIT", utf8: true, expected: " SMTPUTF8" },
] as const;

for (const { name, extensions, body, utf8, expected } of parameters) {
  Deno.test(`smarthost.deliver() uses MAIL parameters for ${name}`, async () => {
    await using it = pair({ extensions });
    await it.deliver([A], { envelope: { body, smtpUtf8: utf8 } });
    assert.equal(it.server.mails[0]?.mail, `MAIL FROM:<gocd@example.org>${expected}`);
  });
}

Deno.test("smarthost.deliver() does not send what is over the server's SIZE", async () => {
  await using it = pair({ extensions: ["SIZE 35"] });
  const outcome = only(await it.deliver([A]));
  assert.equal(outcome.kind, "failed");
  assert.equal(outcome.reply?.status, "5.3.4");
  assert.deepEqual(it.server.commands, ["EHLO relay.test"]);
});

Deno.test("smarthost.deliver() refuses only those whom a server without SMTPUTF8 cannot reach", async () => {
  await using it = pair({ extensions: [] });
  const outcomes = await it.deliver([A, "ü@example.org"], { envelope: { smtpUtf8: true } });
  assert.equal(outcomes.get(A)?.kind, "delivered");
  assert.equal(outcomes.get("ü@example.org")?.reply?.status, "5.6.7");
});

Deno.test("smarthost.deliver() sends addresses in UTF-8 where the server takes them", async () => {
  await using it = pair();
  await it.deliver(["ü@example.org"], { envelope: { reversePath: "ö@example.org" } });
  const [mail] = it.server.mails;
  assert.equal(mail?.mail, "MAIL FROM:<\xc3\xb6@example.org> SIZE=36 SMTPUTF8");
  assert.deepEqual(mail?.recipients, ["\xc3\xbc@example.org"]);
});

for (const bad of ["a@x>\r\nRCPT TO:<b@x", "a\0@x", "a\n@x"]) {
  Deno.test(`smarthost.deliver() never sends the address ${JSON.stringify(bad)}`, async () => {
    await using it = pair();
    assert.deepEqual(kinds(await it.deliver([A, bad])), { [A]: "delivered", [bad]: "failed" });
    assert.deepEqual(it.server.mails[0]?.recipients, [A]);
    const fromBad = only(await it.deliver([A], { envelope: { reversePath: bad } }));
    assert.equal(fromBad.kind, "failed");
    assert.equal(it.server.mails.length, 1);
  });
}

Deno.test("smarthost.deliver() honours RCPTMAX and MAILMAX", async () => {
  await using it = pair({ extensions: ["PIPELINING", "LIMITS RCPTMAX=2 MAILMAX=2 FOO=1"] });
  const recipients = [1, 2, 3, 4, 5].map((n) => `u${n}@example.org`);
  const outcomes = await it.deliver(recipients);
  assert.ok([...outcomes.values()].every(({ kind }) => kind === "delivered"));
  assert.deepEqual(
    it.server.mails.map(({ recipients, connection }) => [connection, recipients.length]),
    [[1, 2], [1, 2], [2, 1]],
  );
});

Deno.test("smarthost.deliver() honours RCPTDOMAINMAX", async () => {
  await using it = pair({ extensions: ["LIMITS RCPTDOMAINMAX=1"] });
  await it.deliver(["a@x.test", "b@X.test", "c@y.test"]);
  assert.deepEqual(it.server.mails.map(({ recipients }) => recipients.length), [2, 1]);
});

for (const reply of ["452 4.5.3 Too many", "452 Too many", "552 Too many"]) {
  Deno.test(`smarthost.deliver() serves those answered "${reply}" in another transaction`, async () => {
    let count = 0;
    const react = (moment: Moment) => {
      if (moment === "MAIL") count = 0;
      return moment === "RCPT" && ++count > 2 ? reply : undefined;
    };
    await using it = pair({ react });
    const recipients = [1, 2, 3, 4, 5].map((n) => `u${n}@example.org`);
    const outcomes = await it.deliver(recipients);
    assert.ok([...outcomes.values()].every(({ kind }) => kind === "delivered"));
    assert.deepEqual(it.server.mails.map(({ recipients }) => recipients.length), [2, 2, 1]);
    assert.equal(outcomes.size, 5);
  });
}

Deno.test("smarthost.deliver() defers those answered 452 when nobody was taken", async () => {
  await using it = pair({
    react: (moment) => moment === "RCPT" ? "452 4.5.3 Too many" : undefined,
  });
  assert.deepEqual(kinds(await it.deliver([A, B])), { [A]: "deferred", [B]: "deferred" });
});

Deno.test("smarthost.deliver() asks for no second transaction when MAIL is refused", async () => {
  const react = (moment: Moment) => moment === "MAIL" ? "550 5.7.1 No" : undefined;
  await using it = pair({ extensions: ["LIMITS RCPTMAX=1"], react });
  assert.deepEqual(kinds(await it.deliver([A, B])), { [A]: "failed", [B]: "failed" });
  assert.equal(it.server.commands.filter((line) => line.startsWith("MAIL")).length, 1);
});
