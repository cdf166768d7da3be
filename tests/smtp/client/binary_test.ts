import assert from "node:assert/strict";
import { compose } from "../../../lib/mail/compose.ts";
import { isFitForData } from "../../../lib/smtp/client/binary.ts";
import { sampleDelivery, sampleMail } from "../../support/sample_mail.ts";

const LONG = "x".repeat(998);

const rows = [
  { name: "lines", rest: "\r\na\r\nb\r\n", fit: true },
  { name: "no body", rest: "", fit: true },
  { name: "a last line without end", rest: "\r\na", fit: true },
  { name: "8-bit octets", rest: "\r\n\xff\x80\r\n", fit: true },
  { name: "lines of 998 octets", rest: `\r\n${LONG}\r\n${LONG}\r\n${LONG}`, fit: true },
  { name: "a line of 999 octets", rest: `\r\n${LONG}x\r\n`, fit: false },
  { name: "a last line of 999 octets", rest: `\r\n${LONG}x`, fit: false },
  { name: "a NUL", rest: "\r\na\0\r\n", fit: false },
  { name: "a bare LF", rest: "\r\na\nb\r\n", fit: false },
  { name: "a bare LF first", rest: "\n", fit: false },
  { name: "a bare CR", rest: "\r\na\rb\r\n", fit: false },
  { name: "CR CR LF", rest: "\r\na\r\r\n", fit: false },
  { name: "LF LF", rest: "\r\n\n", fit: false },
  { name: "a CR at the end", rest: "\r\na\r", fit: false },
  { name: "a NUL after a CR", rest: "\r\0\n", fit: false },
];

for (const { name, rest, fit } of rows) {
  Deno.test(`isFitForData() finds a message with ${name} ${fit ? "fit" : "binary"}`, async () => {
    for (const pieceOctets of [1, 2, 3, 997, 65_536]) {
      const content = compose(sampleMail({ rest, pieceOctets }), sampleDelivery());
      assert.equal(await isFitForData(content), fit, `in pieces of ${pieceOctets}`);
    }
  });
}

Deno.test("isFitForData() looks at the header fields too", async () => {
  const content = compose(sampleMail({ fields: "Subject: a\nb\r\n" }), sampleDelivery());
  assert.equal(await isFitForData(content), false);
});
