/** Following a dialogue by its octets, however they are cut. @module */

import assert from "node:assert/strict";
import { LineCutter } from "../../../lib/cli/doctor/line_cutter.ts";
import { type Exchange, follow } from "../../support/dialogue.ts";

const HEADER = "From: a\r\nTo: b\r\nDate: c\r\nMessage-ID: d\r\nSubject: e\r\n\r\n";

const EMPTY = "no Date, no Message-ID, no From, no Subject, no To";

const courses: readonly { readonly name: string; exchange: Exchange; told: readonly string[] }[] = [
  {
    name: "a mail",
    exchange: [
      "<220 x ESMTP\r\n",
      ">EHLO nas\r\n",
      "<250-x\r\n250 SIZE\r\n",
      ">DATA\r\n",
      "<354 Go\r\n",
      `>${HEADER}DATA\r\nAUTH x\r\n..\r\n.\r\nQUIT\r\n`,
      "<250 OK\r\n221 Bye\r\n",
    ],
    told: [
      "<- 220 x ESMTP",
      "-> EHLO nas",
      "<- 250-x",
      "<- 250 SIZE",
      "-> DATA",
      "<- 354 Go",
      "message 71, 0, whole",
      "-> QUIT",
      "<- 250 OK",
      "<- 221 Bye",
    ],
  },
  {
    name: "TLS, of which nothing is worth showing",
    exchange: [
      ">\x16\x03\x01\x00\xa5\n\x01\n",
      "<220 x\r\n554 x\r\n",
      ">\x00\nEHLO x\r\n",
    ],
    told: ["-> (the beginning of TLS)", "<- 220 x", "<- 554 x"],
  },
  {
    name: "everything at once",
    exchange: [
      `>HELO a\r\nDATA\r\n${HEADER}.\r\nQUIT\r\n`,
      "<220 x\r\n250 x\r\n354 Go\r\n250 OK\r\n221 Bye\r\n",
    ],
    told: [
      "-> HELO a",
      "-> DATA",
      "<- 220 x",
      "<- 250 x",
      "<- 354 Go",
      "message 54, 0, whole",
      "-> QUIT",
      "<- 250 OK",
      "<- 221 Bye",
    ],
  },
  {
    name: "DATA that is refused",
    exchange: ["<220 x\r\n", ">DATA\r\nQUIT\r\n", "<503 No\r\n221 Bye\r\n"],
    told: ["<- 220 x", "-> DATA", "<- 503 No", "-> QUIT", "<- 221 Bye"],
  },
  {
    name: "bare newlines",
    exchange: ["<220 x\r\n", ">EHLO nas\n", "<250 x\r\n", ">DATA\r\n", "<354 Go\r\n", ">x\n.\n"],
    told: [
      "<- 220 x",
      "-> EHLO nas  (ends with LF alone)",
      "<- 250 x",
      "-> DATA",
      "<- 354 Go",
      "message 6, 2, bare-dot, no header section",
    ],
  },
  {
    name: "a message that is not ended, and a command that is not",
    exchange: ["<220 x\r\n", ">DATA\r\n", "<354 Go\r\n", ">x: y\r\n", "=", ">QU\x1b"],
    told: ["<- 220 x", "-> DATA", "<- 354 Go", "-> QU\\x1b  (no line end)"],
  },
  {
    name: "a login step by step",
    exchange: [
      "<220 x\r\n",
      ">AUTH LOGIN\r\n",
      "<334 VXNlcm5hbWU6\r\n",
      ">c2VjcmV0\r\n",
      "<334 UGFzc3dvcmQ6\r\n",
      ">c2VjcmV0\n",
      "<235 OK\r\n",
      ">MAIL FROM:<a@x>\r\n",
    ],
    told: [
      "<- 220 x",
      "-> AUTH LOGIN",
      "login LOGIN",
      "<- 334 VXNlcm5hbWU6",
      "-> (hidden)",
      "<- 334 UGFzc3dvcmQ6",
      "-> (hidden)  (ends with LF alone)",
      "<- 235 OK",
      "-> MAIL FROM:<a@x>",
    ],
  },
  {
    name: "a login that is refused, and goes on",
    exchange: [
      "<220 x\r\n",
      ">AUTH LOGIN\r\nc2VjcmV0\r\nQUITc2VjcmV0\r\nRSET\r\n",
      "<538 TLS first\r\n500 What\r\n500 What\r\n250 OK\r\n",
    ],
    told: [
      "<- 220 x",
      "-> AUTH LOGIN",
      "login LOGIN",
      "<- 538 TLS first",
      "-> (hidden)  (no command: it may be a password)",
      "-> (hidden)  (no command: it may be a password)",
      "-> RSET",
      "<- 500 What",
      "<- 500 What",
      "<- 250 OK",
    ],
  },
  {
    name: "STARTTLS, what was smuggled before it, and the dialogue after it",
    exchange: [
      "<220 x\r\n",
      ">STARTTLS\r\nNOOP\r\n",
      "<220 Go\r\n",
      "=",
      ">EHLO a\r\n",
      "<250 x\r\n",
    ],
    told: ["<- 220 x", "-> STARTTLS", "<- 220 Go", "-> EHLO a", "<- 250 x"],
  },
  {
    name: "chunks",
    exchange: [
      "<220 x\r\n",
      `>BDAT ${HEADER.length}\r\n${HEADER}BDAT 6 LAST\r\nQUIT\r\nQUIT\r\n`,
      "<250 OK\r\n250 OK\r\n221 Bye\r\n",
    ],
    told: [
      "<- 220 x",
      "-> BDAT 54",
      "-> BDAT 6 LAST",
      "message 60, 0, whole",
      "-> QUIT",
      "<- 250 OK",
      "<- 250 OK",
      "<- 221 Bye",
    ],
  },
];

const MORE: typeof courses = [
  {
    name: "TLS first, and a device that does not wait for the greeting",
    exchange: ["=", ">DATA\r\n", "<220 x\r\n354 Go\r\n", ">x: y\r\n.\r\n"],
    told: ["-> DATA", "<- 220 x", "<- 354 Go", `message 6, 0, whole, ${EMPTY}`],
  },
  {
    name: "a second mail at once",
    exchange: [
      "<220 x\r\n",
      ">DATA\r\n",
      "<354 Go\r\n",
      ">x: y\r\n.\r\nDATA\r\nx: z\r\n.\r\n",
      "<250 OK\r\n354 Go\r\n250 OK\r\n",
    ],
    told: [
      "<- 220 x",
      "-> DATA",
      "<- 354 Go",
      `message 6, 0, whole, ${EMPTY}`,
      "-> DATA",
      "<- 250 OK",
      "<- 354 Go",
      `message 6, 0, whole, ${EMPTY}`,
      "<- 250 OK",
    ],
  },
  {
    name: "chunks that are given up, and an empty one at the end",
    exchange: [
      "<220 x\r\n",
      ">BDAT 6\r\nx: y\r\nRSET\r\nMAIL FROM:<>\r\nBDAT 8\r\nx: yyy\r\nBDAT 0 LAST\r\n",
    ],
    told: [
      "<- 220 x",
      "-> BDAT 6",
      "-> RSET",
      "-> MAIL FROM:<>",
      "-> BDAT 8",
      "-> BDAT 0 LAST",
      `message 8, 0, whole, ${EMPTY}`,
    ],
  },
];

for (const { name, exchange, told } of [...courses, ...MORE]) {
  Deno.test(`Dialogue follows ${name}, however it is cut`, () => {
    for (const octets of [Infinity, 1, 2, 3, 7]) {
      assert.deepEqual(follow(exchange, octets), told, `pieces of ${octets} octets`);
    }
  });
}

Deno.test("LineCutter keeps the beginning of a line only, in however many pieces it comes", () => {
  const lines = new LineCutter();
  for (let piece = 0; piece < 1_000; piece++) lines.take(new Uint8Array(100).fill(0x61));
  const { octets, length, lfAlone } = lines.cut();
  assert.deepEqual([octets.length, length, lfAlone], [257, 100_000, true]);
  assert.equal(lines.unfinished, 0);
});
