/** Bounces that give the mail back (RET, RFC 3461 §4.3), through a real queue. @module */

import assert from "node:assert/strict";
import { mailOf } from "../support/mails.ts";
import { stage } from "../support/queue_stage.ts";
import { away, later, never, ok, scripted } from "../support/scripted.ts";
import { until } from "../support/wait.ts";
import { wholeMail } from "../../lib/queue/whole_mail.ts";

const BACK = "go@example.com";
const TEXT = "Subject: x\r\n\r\nbody\r\n";
const FULL = { dsn: { ret: "FULL" } } as const;

const returns = [
  { ret: "FULL", whole: true },
  { ret: "HDRS", whole: false },
] as const;

for (const { ret, whole } of returns) {
  for (const ack of ["queued", "relayed"] as const) {
    Deno.test(`RET=${ret} gives back ${whole ? "all" : "the header"}, ack: ${ack}`, async () => {
      // One that is accepted, so that the refusal is not the notifier's to hear.
      const { target, texts, envelopes } = scripted((who) => who === "a@x" ? never : ok);
      await using on = await stage(target, { ack });
      const text = "Subject: x\r\n\r\nbody \xfc\r\n";
      await on.send(["a@x", "b@x"], { text, envelope: { body: "8BITMIME", dsn: { ret } } });
      await until(() => texts.length === 2, { what: "the bounce" });
      const [, bounce = ""] = texts;
      assert.equal(bounce.includes("body \xfc\r\n"), whole);
      assert.equal(bounce.includes("Content-Type: text/rfc822-headers\r\n"), !whole);
      assert.equal(envelopes[1]?.body, whole ? "8BITMIME" : "7BIT");
    });
  }
}

Deno.test("RET=FULL gives back the mail that is given up because of its age", async () => {
  const { target, texts } = scripted((who) => who === BACK ? ok : later);
  await using on = await stage(target, { schedule: { giveUpAfterMs: 86_400_000 } });
  await on.send(["a@x"], { envelope: { dsn: { ret: "FULL" } } });
  on.pass(86_400_000);
  await until(() => texts.length === 3, { what: "the bounce" });
  assert.match(texts[2] ?? "", /\r\nContent-Type: message\/rfc822\r\n[^]*\r\n\r\nbody\r\n/);
});

const readings = [
  { name: "everything where it is asked for", about: mailOf(TEXT, FULL), expected: TEXT },
  { name: "nothing where only the header is", about: mailOf(TEXT, { dsn: { ret: "HDRS" } }) },
  { name: "nothing where nobody asked", about: mailOf(TEXT) },
  { name: "nothing of a mail for safe ways", about: mailOf(TEXT, { ...FULL, requireTls: true }) },
  {
    name: "everything of 64 KiB",
    about: mailOf(TEXT.padEnd(65_536, "x"), FULL),
    expected: TEXT.padEnd(65_536, "x"),
  },
  { name: "nothing of more", about: mailOf(TEXT.padEnd(65_537, "x"), FULL) },
];

for (const { name, about, expected } of readings) {
  Deno.test(`wholeMail() reads ${name}`, async () => {
    const whole = await wholeMail(about);
    assert.equal(whole && new TextDecoder().decode(whole), expected);
  });
}

Deno.test("wholeMail() reads nothing of a mail that everybody had", async () => {
  const had = { kind: "delivered", detail: "ok" } as const;
  const not = { kind: "deferred", reason: "busy" } as const;
  assert.equal(await wholeMail(mailOf(TEXT, FULL), [had, had]), undefined);
  assert.ok(await wholeMail(mailOf(TEXT, FULL), [had, not]));
});

Deno.test("wholeMail() makes do without a mail whose file has gone", async () => {
  const about = mailOf(TEXT, FULL);
  const rest = () => {
    throw new Deno.errors.NotFound("no such file");
  };
  assert.equal(await wholeMail({ ...about, message: { ...about.message, rest } }), undefined);
});

Deno.test("RET=FULL gives back mails whose destination was away all the time", async () => {
  let back = false;
  const { target, texts } = scripted(() => back ? ok : away);
  await using on = await stage(target, { schedule: { giveUpAfterMs: 5_000 } });
  // More than it takes to pause the destination: the last ones are given up without a try.
  for (let count = 0; count < 7; count++) await on.send([`${count}@x`], { envelope: FULL });
  on.pass(10_000);
  await until(() => on.queued().filter(({ state }) => state === "dead").length === 7, {
    what: "the end of all",
  });
  back = true;
  await on.queue.retry();
  const bounces = () => texts.filter((text) => /^Subject: Not delivered/m.test(text));
  const whole = () => bounces().filter((text) => text.includes("Content-Type: message/rfc822\r\n"));
  await until(() => new Set(whole()).size === 7, { what: "the bounces" });
  assert.equal(whole().length, bounces().length);
});
