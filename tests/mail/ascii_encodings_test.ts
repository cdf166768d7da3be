/** Holds lib/mail/ascii_encodings.ts against a decoder that we did not write. @module */

import assert from "node:assert/strict";
import fc from "fast-check";
import PostalMime, { decodeWords } from "postal-mime";
import { quotedPrintable, textField } from "../../lib/mail/ascii_encodings.ts";
import { octets } from "../support/octets.ts";

const encodings = [
  { name: "plain text as it is", input: "a b\tc\r\nd", expected: "a b\tc\r\nd" },
  { name: "an equals sign", input: "a=b", expected: "a=3Db" },
  { name: "8-bit octets", input: "\xc3\xbc", expected: "=C3=BC" },
  { name: "controls", input: "\0\x1b\x7f", expected: "=00=1B=7F" },
  { name: "a blank at the end of a line", input: "a \r\nb\t", expected: "a=20\r\nb=09" },
  { name: "a lone CR and a lone LF", input: "a\rb\nc\r", expected: "a=0Db=0Ac=0D" },
  { name: "nothing", input: "", expected: "" },
];

for (const { name, input, expected } of encodings) {
  Deno.test(`quotedPrintable() writes ${name}`, () => {
    assert.equal(quotedPrintable(octets(input)), expected);
  });
}

Deno.test("quotedPrintable() breaks lines at 76 columns, and never within an octet", () => {
  assert.equal(
    quotedPrintable(octets(`${"x".repeat(74)}\xff`)),
    `${"x".repeat(74)}=\r\n=FF`,
  );
  const lines = `${"x".repeat(60)}\r\n${"y".repeat(60)}`;
  assert.equal(quotedPrintable(octets(lines)), lines);
  assert.equal(quotedPrintable(octets("x".repeat(76))), `${"x".repeat(75)}=\r\nx`);
});

Deno.test("quotedPrintable() is decoded to the same octets, in short lines of ASCII", async () => {
  const piece = fc.constantFrom("\r\n", "\r", "\n", " ", "\t", "=", ".", "a", "\xff", "\0");
  const input = fc.array(fc.oneof(piece, fc.constant("b".repeat(30))), {
    minLength: 1,
    maxLength: 60,
  });
  await fc.assert(fc.asyncProperty(input, async (pieces) => {
    const text = `${pieces.join("")}.`;
    const encoded = quotedPrintable(octets(text));
    for (const line of encoded.split("\r\n")) assert.match(line, /^(?:[\t -~]{0,75}[!-~])?$/);
    const head = "Content-Type: application/x\r\nContent-Transfer-Encoding: quoted-printable\r\n";
    const { attachments } = await PostalMime.parse(`${head}\r\n${encoded}`);
    const decoded = new Uint8Array(attachments[0]?.content as ArrayBuffer);
    // postal-mime ends lines in LF, and the part in one more.
    assert.deepEqual([...decoded], [...octets(`${text.replaceAll("\r\n", "\n")}\n`)]);
  }));
});

const fields = [
  { name: "ASCII as it is", value: "Build failed", expected: "Subject: Build failed\r\n" },
  { name: "Unicode", value: "Grün", expected: "Subject: =?utf-8?B?R3LDvG4=?=\r\n" },
  { name: "what only looks encoded", value: "=?x", expected: "Subject: =?utf-8?B?PT94?=\r\n" },
];

for (const { name, value, expected } of fields) {
  Deno.test(`textField() writes ${name}`, () => {
    assert.equal(textField("Subject", value), expected);
  });
}

Deno.test("textField() is decoded to the same text, in words of at most 75 columns", () => {
  const word = fc.stringMatching(/^[a-zü€😀=?_]{1,60}$/u);
  fc.assert(fc.property(fc.array(word, { minLength: 1, maxLength: 12 }), (words) => {
    const value = words.join(" ");
    const field = textField("Subject", value);
    assert.match(field, /^[ -~]+(?:\r\n [ -~]+)*\r\n$/);
    const encoded = field.match(/=\?utf-8\?B\?[^?]*\?=/g) ?? [];
    for (const one of encoded) assert.ok(one.length <= 75);
    const unfolded = field.slice("Subject: ".length, -2).replaceAll("\r\n", "");
    assert.equal(decodeWords(unfolded), value);
  }));
});
