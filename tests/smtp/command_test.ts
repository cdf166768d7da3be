import assert from "node:assert/strict";
import fc from "fast-check";
import { parseCommand, unreadable } from "../../lib/smtp/command.ts";
import { formatReply } from "../../lib/smtp/reply.ts";
import { quickestMs } from "../support/figures.ts";

const NONE = { sizeOctets: 0, body: "7BIT", smtpUtf8: false };

const commands = [
  { line: "EHLO ci.test", expected: { verb: "EHLO", name: "ci.test" } },
  { line: "helo [192.0.2.1]", expected: { verb: "HELO", name: "[192.0.2.1]" } },
  {
    line: "MAIL FROM:<a@x>",
    expected: { verb: "MAIL", reversePath: "a@x", wide: false, parameters: NONE, extended: false },
  },
  {
    line: "MAIL FROM:<> BODY=8bitmime SMTPUTF8 SIZE=12",
    expected: {
      verb: "MAIL",
      reversePath: "",
      wide: false,
      parameters: { sizeOctets: 12, body: "8BITMIME", smtpUtf8: true },
      extended: true,
    },
  },
  { line: 'RCPT TO:<"a b"@x>', expected: { verb: "RCPT", forwardPath: '"a b"@x', wide: false } },
  { line: "RCPT TO:<ü@x>", expected: { verb: "RCPT", forwardPath: "ü@x", wide: true } },
  { line: "DATA", expected: { verb: "DATA" } },
  { line: "quit \t", expected: { verb: "QUIT" } },
  { line: "NOOP a b", expected: { verb: "NOOP" } },
  { line: "HELP MAIL", expected: { verb: "HELP" } },
  { line: "VRFY a", expected: { verb: "VRFY" } },
  { line: "LHLO ci.test", expected: { verb: "LHLO", name: "ci.test" } },
  { line: "starttls", expected: { verb: "STARTTLS" } },
  { line: "AUTH login", expected: { verb: "AUTH", mechanism: "LOGIN" } },
  {
    line: "auth SCRAM-SHA-256_PLUS AGEaB+/=",
    expected: { verb: "AUTH", mechanism: "SCRAM-SHA-256_PLUS", initial: "AGEaB+/=" },
  },
  { line: "AUTH PLAIN =", expected: { verb: "AUTH", mechanism: "PLAIN", initial: "=" } },
  { line: "BDAT 0", expected: { verb: "BDAT", octets: 0, last: false } },
  { line: "BDAT 010 last", expected: { verb: "BDAT", octets: 10, last: true } },
  {
    line: "BDAT 999999999999999",
    expected: { verb: "BDAT", octets: 999_999_999_999_999, last: false },
  },
];

for (const { line, expected } of commands) {
  Deno.test(`parseCommand() understands ${line.trimEnd()}`, () => {
    assert.deepEqual(parseCommand(line), expected);
  });
}

const refusals = [
  { line: "", code: 500 },
  { line: " ", code: 500 },
  { line: "FROB", code: 500 },
  { line: "NOOP\0", code: 500 },
  { line: "EXPN staff", code: 502 },
  { line: "LHLO", code: 501 },
  { line: "STARTTLS x", code: 501 },
  { line: "AUTH", code: 501 },
  { line: "AUTH  PLAIN", code: 501 },
  { line: "AUTH PLAIN  AGEAYg==", code: 501 },
  { line: "AUTH PLAIN AGEA Yg==", code: 501 },
  { line: "AUTH ABCDEFGHIJKLMNOPQRSTU", code: 501 },
  { line: "AUTH CRAM.MD5", code: 501 },
  { line: "BDAT", code: 501 },
  { line: "BDAT x", code: 501 },
  { line: "BDAT -1", code: 501 },
  { line: "BDAT 1e3", code: 501 },
  { line: "BDAT 1000000000000000", code: 501 },
  { line: "BDAT 10 FIRST", code: 501 },
  { line: "BDAT 10LAST", code: 501 },
  { line: "BDAT 10 LAST 5", code: 501 },
  { line: "PING", code: 500 },
  { line: "INFO", code: 500 },
  { line: "EHLO", code: 501 },
  { line: "EHLO ü", code: 501 },
  { line: "DATA x", code: 501 },
  { line: "MAIL FROM:<a@x> SIZE=x", code: 501 },
  { line: "MAIL FROM:<a@x> FOO", code: 555 },
  { line: "RCPT TO:<a@x> FOO=bar", code: 555 },
];

for (const { line, code } of refusals) {
  Deno.test(`parseCommand() answers ${code} to ${JSON.stringify(line)}`, () => {
    const command = parseCommand(line);
    assert.equal(command.verb, "MALFORMED");
    assert.equal(command.verb === "MALFORMED" && command.reply.code, code);
  });
}

const foreign = [
  "GET / HTTP/1.1",
  "POST /",
  "post / http/1.1",
  "CONNECT relay.test:25 HTTP/1.1",
  "PRI * HTTP/2.0",
  "SSH-2.0-OpenSSH_9.2",
  "Host: relay.test",
  "User-Agent: x",
  "PROPFIND / HTTP/1.1",
  "INVITE sip:a@relay.test SIP/2.0",
  "*1",
  "$4",
];

for (const line of foreign) {
  Deno.test(`parseCommand() knows ${line} for another protocol`, () => {
    assert.equal(parseCommand(line).verb, "ABUSE");
  });
}

Deno.test("parseCommand() neither throws nor repeats the line, whatever it is", () => {
  const line = fc.oneof(
    fc.string({ unit: "binary", maxLength: 200 }),
    fc.tuple(
      fc.constantFrom(
        ...["MAIL FROM:", "RCPT TO:", "EHLO ", "VRFY ", "MAIL ", "GET ", "DATA"],
        ...["AUTH ", "BDAT ", "XCLIENT ", "MAIL FROM:<> ", "RCPT TO:<a@x> "],
      ),
      fc.array(
        fc.constantFrom(
          ...'<>@:;=,."\\[] aü\0\x1b\t',
          ...["SIZE=", "a@x", " SMTPUTF8", "ENVID=", "ORCPT=", "NOTIFY=", "+0D", "0", "LAST"],
        ),
      ),
    ).map(([verb, pieces]) => verb + pieces.join("")),
  );
  fc.assert(fc.property(line, fc.boolean(), (line, lenient) => {
    const command = parseCommand(line, { lenient, hostname: "relay.test" });
    if (!("reply" in command)) return;
    const { reply } = command;
    assert.ok(reply.code >= 500 && reply.code < 600);
    assert.match(formatReply(reply), /^[2-5]\d\d 5\.\d\.\d [ -~]+\r\n$/);
    if (line.length > 60) assert.ok(!formatReply(reply).includes(line));
  }));
});

Deno.test("parseCommand() takes hostile lines in linear time", () => {
  for (const piece of [" ", "\t", " x", "A-", "=", " SIZE=1", "<"]) {
    const took = quickestMs(() => {
      parseCommand(`MAIL FROM:<a@x>${piece.repeat(100_000)}`);
      parseCommand(`${piece.repeat(100_000)}x`);
      for (const verb of ["AUTH ", "BDAT ", "XCLIENT ", "MAIL FROM:", 'MAIL FROM:"', "RCPT TO:<"]) {
        parseCommand(`${verb}${piece.repeat(100_000)}`, { lenient: true, hostname: "relay.test" });
      }
    });
    assert.ok(took < 1_000, JSON.stringify(piece));
  }
});

const LENIENT = { lenient: true, hostname: "relay.test" };

for (const line of ["HELO", "EHLO ", "EHLO my printer", "EHLO büro", "HELO a\x1b[2Jb"]) {
  Deno.test(`parseCommand() takes ${JSON.stringify(line)} when lenient`, () => {
    const verb = line.slice(0, 4);
    const expected = { verb, name: "unknown", quirks: ["hello-without-name"] };
    assert.deepEqual(parseCommand(line, LENIENT), expected);
    assert.equal(parseCommand(line, { ...LENIENT, lenient: false }).verb, "MALFORMED");
  });
}

Deno.test("parseCommand() tells what it tolerated beside what it understood", () => {
  assert.deepEqual(parseCommand("MAIL FROM: root SIZE=10", LENIENT), {
    verb: "MAIL",
    reversePath: "root@relay.test",
    wide: false,
    parameters: { ...NONE, sizeOctets: 10 },
    extended: true,
    quirks: ["blank-before-address", "no-brackets", "unqualified-address"],
  });
  assert.deepEqual(parseCommand("RCPT TO:ops@x NOTIFY=NEVER", LENIENT), {
    verb: "RCPT",
    forwardPath: "ops@x",
    wide: false,
    dsn: { notify: ["NEVER"] },
    quirks: ["no-brackets"],
  });
});

for (
  const line of [
    "MAIL FROM :<a@x>",
    "MAIL  FROM:<a@x>",
    "MAIL FROM:<a@x >",
    "MAIL FROM:<a@x>  RET=FULL",
  ]
) {
  Deno.test(`parseCommand() leaves out the blanks of ${line} when lenient`, () => {
    const command = parseCommand(line, LENIENT);
    assert.equal(command.verb === "MAIL" && command.reversePath, "a@x");
    assert.deepEqual(command.quirks, ["stray-blanks"]);
    assert.equal(parseCommand(line).verb, "MALFORMED");
  });
}

Deno.test("parseCommand() gives a bare postmaster a domain as a sender only", () => {
  const sender = parseCommand("MAIL FROM:<postmaster>", LENIENT);
  assert.equal(sender.verb === "MAIL" && sender.reversePath, "postmaster@relay.test");
  const recipient = parseCommand("RCPT TO:postmaster", LENIENT);
  assert.equal(recipient.verb === "RCPT" && recipient.forwardPath, "postmaster");
});

const same = ["MAIL FROM:<a@x> FOO", "MAIL FROM:", "RCPT TO:<>", "DATA x", "", "MAIL FROM:<a@x>"];

for (const line of same) {
  Deno.test(`parseCommand() reads ${JSON.stringify(line)} alike, lenient or not`, () => {
    assert.deepEqual(parseCommand(line, LENIENT), parseCommand(line));
  });
}

Deno.test("parseCommand() says which refusals were of a recipient", () => {
  for (const argument of ["FROM:<a@x>", "TO:a", "TO:<>", "TO:<a@x>x", "TO:<a@x> FOO"]) {
    const command = parseCommand(`RCPT ${argument}`);
    assert.ok(command.verb === "MALFORMED" && command.recipient, argument);
  }
  const command = parseCommand("MAIL FROM:a");
  assert.ok(command.verb === "MALFORMED" && !command.recipient);
});

const unread = [
  { kind: "too-long", verb: "MALFORMED", reply: "500 5.5.2 " },
  { kind: "auth-too-long", verb: "MALFORMED", reply: "500 5.5.6 " },
  { kind: "not-utf8", verb: "MALFORMED", reply: "500 5.5.2 " },
  { kind: "bare-newline", verb: "ABUSE", reply: "500 5.5.2 " },
  { kind: "endless", verb: "ABUSE", reply: "421 4.7.0 " },
] as const;

for (const { kind, verb, reply } of unread) {
  Deno.test(`unreadable() answers ${reply}to a line that is ${kind}`, () => {
    const command = unreadable({ kind });
    assert.equal(command.verb, verb);
    assert.ok("reply" in command && formatReply(command.reply).startsWith(reply));
  });
}
