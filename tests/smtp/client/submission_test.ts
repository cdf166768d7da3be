import assert from "node:assert/strict";
import { compose } from "../../../lib/mail/compose.ts";
import type { HeaderRewrite } from "../../../lib/mail/delivery.ts";
import { type Extensions, NO_EXTENSIONS } from "../../../lib/smtp/client/extensions.ts";
import { planTransaction, type Submission } from "../../../lib/smtp/client/submission.ts";
import { sampleDelivery, sampleMail } from "../../support/sample_mail.ts";

const submission: Submission = {
  reversePath: "o@x",
  recipients: ["a@x"],
  smtpUtf8: false,
  body: "7BIT",
  content: compose(sampleMail(), sampleDelivery()),
};

function plan(
  mail: Partial<Submission>,
  offered: Partial<Extensions>,
  secure: "no" | "unverified" | "verified" = "no",
) {
  const extensions = { ...NO_EXTENSIONS, ...offered };
  return planTransaction({ ...submission, ...mail }, { peer: "mx.test:25", extensions, secure });
}

/** A field in UTF-8, one character an octet. */
const WIDE_HEADER = "From: a@x\r\nSubject: Stra\xc3\x9fe\r\n";

function contentOf(fields: string, rewrite?: HeaderRewrite): Submission["content"] {
  return compose(sampleMail({ fields }), { ...sampleDelivery(), ...rewrite && { rewrite } });
}

const dsn = { ret: "HDRS", envid: "QQ 314+159" } as const;
const binary = { chunking: true, binaryMime: true, eightBitMime: true };

const commands = [
  {
    name: "RET and ENVID",
    mail: { dsn },
    offered: { dsn: true },
    expected: " RET=HDRS ENVID=QQ+20314+2B159",
  },
  {
    name: "RET alone",
    mail: { dsn: { ret: "FULL" } },
    offered: { dsn: true },
    expected: " RET=FULL",
  },
  {
    name: "no ENVID that is too long",
    mail: { dsn: { envid: "+".repeat(34) } },
    offered: { dsn: true },
    expected: "",
  },
  {
    name: "no ENVID that is empty",
    mail: { dsn: { envid: "" } },
    offered: { dsn: true },
    expected: "",
  },
  {
    name: "a long ENVID",
    mail: { dsn: { envid: "x".repeat(100) } },
    offered: { dsn: true },
    expected: ` ENVID=${"x".repeat(100)}`,
  },
  { name: "no DSN where it is not offered", mail: { dsn }, offered: {}, expected: "" },
  {
    name: "nothing where nothing was asked",
    mail: {},
    offered: { dsn: true, ...binary, requireTls: true },
    expected: "",
  },
  {
    name: "SMTPUTF8 where it was declared and is offered",
    mail: { smtpUtf8: true },
    offered: { smtpUtf8: true },
    expected: " SMTPUTF8",
  },
  {
    name: "no SMTPUTF8 where it is not offered, of a mail that needs none",
    mail: { smtpUtf8: true },
    offered: {},
    expected: "",
  },
  {
    name: "no SMTPUTF8 that nobody declared, whatever the header holds",
    mail: { content: contentOf(WIDE_HEADER) },
    offered: { smtpUtf8: true },
    expected: "",
  },
  {
    name: "BODY=BINARYMIME",
    mail: { body: "BINARYMIME" },
    offered: binary,
    expected: " BODY=BINARYMIME",
  },
] as const;

for (const { name, mail, offered, expected } of commands) {
  Deno.test(`planTransaction() writes ${name}`, () => {
    assert.equal(plan(mail, offered).mailCommand, `MAIL FROM:<o@x>${expected}`);
  });
}

Deno.test("planTransaction() writes REQUIRETLS where it can be kept", () => {
  const { mailCommand, recipients } = plan({ requireTls: true }, { requireTls: true }, "verified");
  assert.deepEqual([mailCommand, recipients], ["MAIL FROM:<o@x> REQUIRETLS", ["a@x"]]);
});

const refusals = [
  {
    name: "in clear",
    offered: { requireTls: true },
    secure: "no",
    reason: /^mx\.test:25: not sent: .* is in clear \(5\.7\.10\)$/,
  },
  {
    name: "without a verified certificate",
    offered: { requireTls: true },
    secure: "unverified",
    reason: /^mx\.test:25: not sent: .* is not verified \(5\.7\.10\)$/,
  },
  {
    name: "without REQUIRETLS",
    offered: {},
    secure: "verified",
    reason: /^mx\.test:25: not sent: .* does not offer REQUIRETLS \(5\.7\.30\)$/,
  },
] as const;

for (const { name, offered, secure, reason } of refusals) {
  Deno.test(`planTransaction() hands no mail that requires TLS to a server ${name}`, () => {
    const { recipients, refused } = plan({ requireTls: true }, offered, secure);
    assert.deepEqual(recipients, []);
    const outcome = refused.get("a@x");
    assert.ok(outcome?.kind === "failed" && outcome.reply?.code === 550);
    assert.match(outcome.reason, reason);
  });
}

const framings = [
  { name: "binary mail", body: "BINARYMIME", offered: binary, framing: "chunks" },
  { name: "8-bit mail", body: "8BITMIME", offered: binary, framing: "data" },
  { name: "7-bit mail", body: "7BIT", offered: binary, framing: "data" },
] as const;

for (const { name, body, offered, framing } of framings) {
  Deno.test(`planTransaction() frames ${name} as ${framing}`, () => {
    assert.equal(plan({ body }, offered).framing, framing);
  });
}

const wideMails = [
  { name: "a header in UTF-8", mail: { content: contentOf(WIDE_HEADER) }, code: 550 },
  {
    name: "one octet over ASCII in the last field",
    mail: { content: contentOf("Subject: x\r\nX: \x80\r\n") },
    code: 550,
  },
  { name: "a sender in UTF-8", mail: { reversePath: "ö@x" }, code: 553 },
  { name: "recipients in UTF-8", mail: { recipients: ["ö@x", "ü@x"] }, code: 553 },
] as const;

for (const { name, mail, code } of wideMails) {
  Deno.test(`planTransaction() refuses ${name} for a server without SMTPUTF8`, () => {
    const { recipients, refused } = plan({ ...mail, smtpUtf8: true }, {});
    assert.deepEqual(recipients, []);
    assert.ok(refused.size > 0);
    for (const outcome of refused.values()) {
      assert.ok(outcome.kind === "failed" && outcome.ownReply === true);
      assert.deepEqual([outcome.reply?.code, outcome.reply?.status], [code, "5.6.7"]);
      assert.match(outcome.reason, /not ASCII, and the mail server does not offer SMTPUTF8/);
    }
    assert.match(plan({ ...mail, smtpUtf8: true }, { smtpUtf8: true }).mailCommand, / SMTPUTF8$/);
  });
}

Deno.test("planTransaction() judges SMTPUTF8 by the header that goes out, not by the one that came", () => {
  const content = contentOf(WIDE_HEADER, { subject: "Straße" });
  const { mailCommand, recipients } = plan({ content, smtpUtf8: true }, {});
  assert.deepEqual([mailCommand, recipients], ["MAIL FROM:<o@x>", ["a@x"]]);
});

Deno.test("planTransaction() refuses a header in UTF-8 only where it was declared: devices send such", () => {
  const { refused, recipients } = plan({ content: contentOf(WIDE_HEADER) }, {});
  assert.deepEqual([refused.size, recipients], [0, ["a@x"]]);
});

for (const address of ["a\nb@x", "a\0b@x"]) {
  Deno.test(`planTransaction() never sends ${JSON.stringify(address)}`, () => {
    const { refused, recipients } = plan({ recipients: [address, "b@x"] }, {});
    assert.deepEqual([[...refused.keys()], recipients], [[address], ["b@x"]]);
    assert.deepEqual(plan({ reversePath: address }, {}).recipients, []);
  });
}

for (const offered of [{}, { chunking: true }, { binaryMime: true }]) {
  Deno.test(`planTransaction() refuses binary mail for a server with ${JSON.stringify(offered)}`, () => {
    const { recipients, refused } = plan({ body: "BINARYMIME" }, offered);
    assert.deepEqual(recipients, []);
    const reply = refused.get("a@x")?.reply;
    assert.deepEqual([reply?.code, reply?.status], [554, "5.6.3"]);
    assert.match(reply?.lines[0] ?? "", /holds binary data/);
  });
}
