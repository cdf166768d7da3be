import assert from "node:assert/strict";
import { startLog, stopLog } from "../../lib/log.ts";
import { parseCommand } from "../../lib/smtp/command.ts";
import { connectRaw } from "../support/raw_client.ts";
import { startTestListener } from "../support/test_listener.ts";

const understood = [
  { line: "XCLIENT ADDR=192.0.2.1", expected: { ADDR: "192.0.2.1" } },
  {
    line: "xclient name=[UNAVAILABLE] addr=IPV6:2001:db8::1 Port=25",
    expected: { NAME: null, ADDR: "IPV6:2001:db8::1", PORT: "25" },
  },
  {
    line: "XCLIENT NAME=[tempunavail] LOGIN=a+2Bb+3D+20c",
    expected: { NAME: null, LOGIN: "a+b= c" },
  },
  { line: "XCLIENT X-NEW_1=[192.0.2.1]", expected: { "X-NEW_1": "[192.0.2.1]" } },
];

for (const { line, expected } of understood) {
  Deno.test(`parseCommand() understands ${line}`, () => {
    const command = parseCommand(line);
    assert.ok(command.verb === "XCLIENT");
    assert.deepEqual(Object.fromEntries(command.attributes), expected);
  });
}

const refusals = [
  ...["XCLIENT", "XCLIENT ADDR", "XCLIENT ADDR=", "XCLIENT =x", "XCLIENT ADDR=a  NAME=b"],
  ...["XCLIENT ADDR=a addr=b", "XCLIENT HELO=a=b", "XCLIENT HELO=a+", "XCLIENT HELO=a+0D+0Ab"],
  ...["XCLIENT HELO=a+00", "XCLIENT HELO=a\x1b", "XCLIENT HELO=ü", "XCLIENT 1=a"],
];

for (const line of refusals) {
  Deno.test(`parseCommand() answers 501 5.5.4 to ${JSON.stringify(line)}`, () => {
    const command = parseCommand(line);
    assert.ok(command.verb === "MALFORMED");
    assert.deepEqual([command.reply.code, command.reply.status], [501, "5.5.4"]);
  });
}

Deno.test("XCLIENT for one who may not send mail is told to the log", async () => {
  const log: string[] = [];
  startLog("INFO", (line) => log.push(line));
  try {
    const front = ["127.0.0.0/8"];
    await using listener = startTestListener({ allow: front, xclient: front });
    using client = await connectRaw(listener.address.port);
    await client.write("EHLO front.test\r\n");
    await client.reply();
    await client.write("XCLIENT ADDR=192.0.2.7\r\n");
    assert.match(await client.reply() ?? "", /^554 5\.7\.1/);
  } finally {
    stopLog();
  }
  const [record, ...others] = log.filter((line) => line.includes("session refused"));
  assert.match(
    record ?? "",
    / WARNING smtp session refused peer=192\.0\.2\.7 reason="not in allow"/,
  );
  assert.deepEqual(others, []);
});
