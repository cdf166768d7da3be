import assert from "node:assert/strict";
import { parseCommand } from "../../lib/smtp/command.ts";

const NONE = { sizeOctets: 0, body: "7BIT", smtpUtf8: false };

const ofSender = [
  { text: "", expected: {} },
  { text: " SIZE=99999999999999999999", expected: { sizeOctets: 1e20 } },
  { text: " BODY=binarymime", expected: { body: "BINARYMIME" } },
  { text: " body=8BITMIME smtputf8", expected: { body: "8BITMIME", smtpUtf8: true } },
  { text: " REQUIRETLS", expected: { requireTls: true } },
  { text: " RET=hdrs", expected: { ret: "HDRS" } },
  { text: " RET=FULL ENVID=a+2Bb+20c", expected: { ret: "FULL", envid: "a+b c" } },
  { text: ` ENVID=${"x".repeat(100)}`, expected: { envid: "x".repeat(100) } },
  { text: " AUTH=<>", expected: { auth: true } },
  { text: " AUTH=a+2Bb@x", expected: { auth: true } },
];

for (const { text, expected } of ofSender) {
  Deno.test(`MAIL FROM:<a@x>${text.slice(0, 40)} is understood`, () => {
    const command = parseCommand(`MAIL FROM:<a@x>${text}`);
    assert.ok(command.verb === "MAIL");
    assert.deepEqual(command.parameters, { ...NONE, ...expected });
    assert.equal(command.extended, text !== "");
  });
}

const long = "x".repeat(500 - "rfc822;".length);
const ofRecipient = [
  { text: "", expected: undefined },
  { text: " NOTIFY=never", expected: { notify: ["NEVER"] } },
  { text: " NOTIFY=SUCCESS,delay,FAILURE", expected: { notify: ["SUCCESS", "DELAY", "FAILURE"] } },
  { text: " ORCPT=rfc822;a+2Bb@x", expected: { orcpt: "rfc822;a+b@x" } },
  {
    text: " ORCPT=x-local;a;b NOTIFY=DELAY",
    expected: { orcpt: "x-local;a;b", notify: ["DELAY"] },
  },
  { text: ` ORCPT=rfc822;${long}`, expected: { orcpt: `rfc822;${long}` } },
  { text: " ORCPT=utf-8;\\x{FC}@x", expected: { orcpt: "utf-8;\\x{FC}@x" } },
];

for (const { text, expected } of ofRecipient) {
  Deno.test(`RCPT TO:<a@x>${text.slice(0, 40)} is understood`, () => {
    const command = parseCommand(`RCPT TO:<a@x>${text}`);
    assert.ok(command.verb === "RCPT");
    assert.deepEqual(command.dsn, expected);
    assert.equal(command.wide, false);
  });
}

Deno.test("an original recipient in UTF-8 needs SMTPUTF8, and is kept as it is", () => {
  const command = parseCommand("RCPT TO:<a@x> ORCPT=UTF-8;ü+2B@x");
  assert.ok(command.verb === "RCPT");
  assert.deepEqual(command.dsn, { orcpt: "UTF-8;ü+2B@x" });
  assert.equal(command.wide, true);
});

const malformed = [
  ...["SIZE", "SIZE=", "SIZE=-1", "SIZE=1e3", "SIZE=999999999999999999999", "BODY", "BODY=FOO"],
  ...["SMTPUTF8=1", "REQUIRETLS=1", "RET", "RET=BODY", "ENVID", "ENVID=ab+0D+0A", "ENVID=a+7F"],
  ...["ENVID=a+b", "ENVID=a=b", "ENVID=ü", `ENVID=${"x".repeat(101)}`, "AUTH", "AUTH=a+0D"],
  ...["ENVID=a ENVID=b", "RET=FULL  ENVID=a"],
].map((parameter) => `MAIL FROM:<a@x> ${parameter}`);

const malformedRecipients = [
  ...[
    "NOTIFY",
    "NOTIFY=",
    "NOTIFY=,",
    "NOTIFY=SUCCESS,",
    "NOTIFY=NEVER,DELAY",
    "NOTIFY=NEVER,NEVER",
  ],
  ...["NOTIFY=DELAY,DELAY", "NOTIFY=ALWAYS", "NOTIFY=SUCCESS,ALWAYS", "ORCPT", "ORCPT=a@x"],
  ...["ORCPT=;a@x", "ORCPT=rfc822;", "ORCPT=rfc822;a+0A", "ORCPT=rfc822;ü@x", "ORCPT=rfc 822;a"],
  ...[`ORCPT=rfc822;x${long}`, `ORCPT=utf-8;ü${"x".repeat(500)}`, "ORCPT=utf-8;+0D"],
].map((parameter) => `RCPT TO:<a@x> ${parameter}`);

for (const line of [...malformed, ...malformedRecipients]) {
  Deno.test(`${line.slice(0, 50)} is answered with 501 5.5.4`, () => {
    const command = parseCommand(line);
    assert.ok(command.verb === "MALFORMED");
    assert.deepEqual([command.reply.code, command.reply.status], [501, "5.5.4"]);
  });
}

const unknown = [
  {
    line: "MAIL FROM:<a@x> FOO=bar",
    known: "MAIL FROM not recognized; known: SIZE, BODY, SMTPUTF8, RET, ENVID, REQUIRETLS and AUTH",
  },
  { line: "MAIL FROM:<a@x> NOTIFY=NEVER", known: "known: SIZE" },
  { line: "MAIL FROM:<a@x> CONSTRUCTOR", known: "known: SIZE" },
  { line: "RCPT TO:<a@x> SIZE=1", known: "RCPT TO not recognized; known: NOTIFY and ORCPT" },
];

for (const { line, known } of unknown) {
  Deno.test(`${line} is answered with what is known`, () => {
    const command = parseCommand(line);
    assert.ok(command.verb === "MALFORMED");
    assert.deepEqual([command.reply.code, command.reply.status], [555, "5.5.4"]);
    assert.ok(command.reply.lines[0].includes(known), command.reply.lines[0]);
  });
}
