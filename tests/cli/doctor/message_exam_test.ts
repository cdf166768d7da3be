/** What is odd about messages, and what is not. @module */

import assert from "node:assert/strict";
import { MessageExam } from "../../../lib/cli/doctor/message_exam.ts";
import { octets } from "../../support/octets.ts";

const HEADER = "From: a\r\nCc: b\r\nDate: c\r\nMessage-ID: d\r\nSubject: e\r\n";
const TEXT = "Content-Type: text/plain; charset=utf-8\r\n";

const EIGHT_BIT = "8-bit text without a declaration";

const cases = [
  { name: "a plain mail", text: `${HEADER}\r\nbody\r\n`, expected: [] },
  {
    name: "a header section and nothing in it",
    text: "X: y\r\n\r\nbody",
    expected: ["no Date", "no Message-ID", "no From", "no Subject", "no To"],
  },
  { name: "nothing but header fields", text: HEADER, expected: [] },
  { name: "no header section", text: "body\r\n", expected: ["no header section"] },
  { name: "nothing", text: "", expected: ["no header section"] },
  { name: "a field in the body", text: `${HEADER.slice(9)}\r\nFrom: a\r\n`, expected: ["no From"] },
  { name: "8-bit text as such", text: `${HEADER}\r\n\xe9\r\n`, expected: [EIGHT_BIT] },
  {
    name: "8-bit text with charset and without encoding",
    text: `${HEADER}${TEXT}\r\n\xe9\r\n`,
    expected: [EIGHT_BIT],
  },
  {
    name: "8-bit text with encoding and without charset",
    text: `${HEADER}Content-Type: text/html\r\nContent-Transfer-Encoding: 8bit\r\n\r\n\xe9\r\n`,
    expected: [EIGHT_BIT],
  },
  {
    name: "8-bit text that is declared",
    text: `${HEADER}${TEXT}Content-Transfer-Encoding: 8BIT\r\n\r\n\xe9\r\n`,
    expected: [],
  },
  {
    name: "8-bit text in a part",
    text: `${HEADER}Content-Type: multipart/mixed; boundary=x\r\n\r\n\xe9\r\n`,
    expected: [],
  },
  {
    name: "8-bit text in the header section",
    text: `${HEADER}X: \xe9\r\n${TEXT}Content-Transfer-Encoding: 8bit\r\n\r\n`,
    expected: ["8-bit text in the header section"],
  },
  { name: "a line of 998 octets", text: `${HEADER}\r\n${"x".repeat(998)}\r\n`, expected: [] },
  {
    name: "a line of 999 octets",
    text: `${HEADER}\r\n${"x".repeat(999)}\r\ny\r\n`,
    expected: ["a line of 999 octets"],
  },
  {
    name: "a long line without an end",
    text: `${HEADER}\r\n${"x".repeat(20_480)}`,
    expected: ["a line of 20,480 octets"],
  },
  { name: "a NUL", text: `${HEADER}\r\n\0\r\n`, expected: ["NUL octets"] },
];

for (const { name, text, expected } of cases) {
  Deno.test(`MessageExam judges ${name}, however it is cut`, () => {
    for (const size of [Infinity, 1, 7]) {
      const exam = new MessageExam();
      const all = octets(text);
      for (let at = 0; at < all.length; at += size) exam.take(all.subarray(at, at + size));
      assert.deepEqual(exam.oddities(false), expected);
    }
  });
}

Deno.test("MessageExam lets UTF-8 in header fields pass where that was announced", () => {
  const exam = new MessageExam();
  exam.take(octets(`${HEADER}X: \xc3\xa9\r\n${TEXT}Content-Transfer-Encoding: 8bit\r\n\r\n`));
  assert.deepEqual(exam.oddities(true), []);
});
