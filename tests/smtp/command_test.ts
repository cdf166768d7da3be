import assert from "node:assert/strict";
import fc from "fast-check";
import { parseCommand } from "../../lib/smtp/command.ts";
import { formatReply } from "../../lib/smtp/reply.ts";

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
  { line: "AUTH PLAIN", code: 502 },
  { line: "BDAT 10", code: 502 },
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
      fc.constantFrom("MAIL FROM:", "RCPT TO:", "EHLO ", "VRFY ", "MAIL ", "GET ", "DATA"),
      fc.array(fc.constantFrom(...'<>@:;=,."\\[] aü\0\x1b\t', "SIZE=", "a@x", " SMTPUTF8")),
    ).map(([verb, pieces]) => verb + pieces.join("")),
  );
  fc.assert(fc.property(line, (line) => {
    const command = parseCommand(line);
    if (!("reply" in command)) return;
    const { reply } = command;
    assert.ok(reply.code >= 500 && reply.code < 600);
    assert.match(formatReply(reply), /^[2-5]\d\d 5\.\d\.\d [ -~]+\r\n$/);
    if (line.length > 60) assert.ok(!formatReply(reply).includes(line));
  }));
});

Deno.test("parseCommand() takes hostile lines in linear time", () => {
  for (const piece of [" ", "\t", " x", "A-", "=", " SIZE=1", "<"]) {
    const started = performance.now();
    parseCommand(`MAIL FROM:<a@x>${piece.repeat(100_000)}`);
    parseCommand(`${piece.repeat(100_000)}x`);
    assert.ok(performance.now() - started < 1_000, JSON.stringify(piece));
  }
});
