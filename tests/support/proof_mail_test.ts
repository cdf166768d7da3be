import assert from "node:assert/strict";
import { latin1, octets } from "./octets.ts";
import { proofMessage, readArrival } from "./proof_mail.ts";

Deno.test("readArrival() finds the id of a mail with a field in front of it", () => {
  const message = octets(`Received: from x\r\n\tby y\r\n${latin1(proofMessage("m-1"))}`);
  assert.deepEqual(readArrival(message), { kind: "mail", id: "m-1", whole: true });
});

const damages = [
  { name: "lost its last octet", change: (text: string) => text.slice(0, -1) },
  { name: "has another octet", change: (text: string) => text.replace("abcdef", "abcdeg") },
  { name: "lost its body", change: (text: string) => text.slice(0, text.indexOf("\r\n\r\n") + 4) },
] as const;

for (const { name, change } of damages) {
  Deno.test(`readArrival() notices a mail that ${name}`, () => {
    const message = octets(change(latin1(proofMessage("m-1", { bodyOctets: 2_000_000 }))));
    assert.deepEqual(readArrival(message), { kind: "mail", id: "m-1", whole: false });
  });
}

Deno.test("readArrival() tells a notice from the mail that it is about", () => {
  const notice = octets([
    "Message-ID: <notice@relay.test>",
    "Content-Type: multipart/report;",
    '\treport-type=delivery-status; boundary="b"',
    "",
    "--b",
    "Action: failed",
    "--b",
    latin1(proofMessage("m-1")),
    "--b--",
    "",
  ].join("\r\n"));
  assert.deepEqual(readArrival(notice), { kind: "notice", about: "m-1", action: "failed" });
});

Deno.test("readArrival() calls anything else a stranger", () => {
  const message = octets("Message-ID: <x@example.org>\r\nSubject: x\r\n\r\nhello\r\n");
  assert.deepEqual(readArrival(message), { kind: "stranger" });
});
