/** Holds lib/routing/lookups/http1_answer.ts to RFC 9112, however the octets arrive. @module */

import assert from "node:assert/strict";
import fc from "fast-check";
import { readAnswer } from "../../../lib/routing/lookups/http1_answer.ts";

const never = new AbortController().signal;
const OK = "HTTP/1.1 200 OK\r\n";

/** Reads octets that arrive in pieces of at most so many, the connection ending after them. */
async function read(text: string, piece = 7) {
  const octets = Uint8Array.from(text, (letter) => letter.charCodeAt(0));
  let at = 0;
  let closed = 0;
  const conn = {
    read: (buffer: Uint8Array) => {
      const part = octets.subarray(at, at + Math.min(piece, buffer.length));
      buffer.set(part);
      at += part.length;
      return Promise.resolve(part.length === 0 ? null : part.length);
    },
  };
  const response = await readAnswer(conn, { close: () => closed++, signal: never });
  const body = await response.text();
  assert.ok(closed > 0, "the connection is closed");
  return { status: response.status, body, headers: response.headers };
}

const answers = [
  { name: "a length", text: `${OK}Content-Length: 3\r\n\r\nabcdef`, body: "abc" },
  { name: "a length said twice", text: `${OK}Content-Length: 1, 1\r\n\r\nabc`, body: "a" },
  { name: "no length", text: `${OK}\r\nabcdef`, body: "abcdef" },
  { name: "LF alone", text: `HTTP/1.1 200 OK\nContent-Length: 1\n\na`, body: "a" },
  { name: "no reason", text: "HTTP/1.0 200\r\n\r\na", body: "a" },
  { name: "nothing", text: `${OK}Content-Length: 0\r\n\r\n`, body: "" },
  {
    name: "chunks",
    text:
      `${OK}Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nA;x=y\r\n0123456789\r\n0\r\nT: x\r\n\r\n`,
    body: "abc0123456789",
  },
  {
    name: "chunks and a length, which does not count",
    text: `${OK}Content-Length: 1\r\nTransfer-Encoding: Chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n`,
    body: "ab",
  },
  {
    name: "interim answers before",
    text: `HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n${OK}\r\nok`,
    body: "ok",
  },
  { name: "identity", text: `${OK}Content-Encoding: identity\r\n\r\na`, body: "a" },
];

for (const { name, text, body } of answers) {
  Deno.test(`readAnswer() reads an answer with ${name}, however it is cut`, async () => {
    for (let piece = 1; piece < text.length; piece++) {
      const found = await read(text, piece);
      assert.equal(found.status, 200);
      assert.equal(found.body, body);
    }
  });
}

Deno.test("readAnswer() passes status and header fields on", async () => {
  const { status, headers } = await read(
    'HTTP/1.1 304 Not Modified\r\nETag: "a"\r\nX:\t b \r\nx: c\r\n\r\n',
  );
  assert.equal(status, 304);
  assert.equal(headers.get("etag"), '"a"');
  assert.equal(headers.get("x"), "b, c");
});

const CHUNKED = `${OK}Transfer-Encoding: chunked\r\n\r\n`;
const refused = [
  { name: "another protocol", text: "220 mail.test ESMTP\r\n" },
  { name: "another version", text: "HTTP/2 200 OK\r\n\r\n" },
  { name: "a status that is none", text: "HTTP/1.1 999 x\r\n\r\n" },
  { name: "another protocol than asked for", text: "HTTP/1.1 101 Switching\r\n\r\n" },
  { name: "interim answers without end", text: "HTTP/1.1 100 x\r\n\r\n".repeat(20) },
  { name: "a folded field", text: `${OK}A: b\r\n c\r\n\r\n` },
  { name: "a field without a name", text: `${OK}: b\r\n\r\n` },
  { name: "a blank before the colon", text: `${OK}A : b\r\n\r\n` },
  { name: "a NUL", text: `${OK}A: b\0\r\n\r\n` },
  { name: "too long a line", text: `${OK}A: ${"b".repeat(20_000)}\r\n\r\n` },
  { name: "a line without end", text: "H".repeat(40_000) },
  { name: "too many fields", text: `${OK}${"A: b\r\n".repeat(201)}\r\n` },
  { name: "a length that is none", text: `${OK}Content-Length: 1x\r\n\r\na` },
  { name: "two lengths", text: `${OK}Content-Length: 1\r\nContent-Length: 2\r\n\r\nab` },
  { name: "a negative length", text: `${OK}Content-Length: -1\r\n\r\na` },
  { name: "an unknown coding", text: `${OK}Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n` },
  { name: "compression", text: `${OK}Content-Encoding: gzip\r\n\r\na` },
  { name: "a chunk without size", text: `${CHUNKED}\r\nabc\r\n` },
  { name: "a chunk of nonsense size", text: `${CHUNKED}fffffffff\r\nabc\r\n` },
  { name: "a chunk that goes on", text: `${CHUNKED}1\r\nab\r\n0\r\n\r\n` },
  { name: "a long chunk size", text: `${CHUNKED}1;${"x".repeat(2_000)}\r\na\r\n0\r\n\r\n` },
  { name: "small chunks without end", text: CHUNKED + "1\r\na\r\n".repeat(10_001) },
  { name: "an end within a chunk", text: `${CHUNKED}5\r\nabc` },
  { name: "an end before the last chunk", text: `${CHUNKED}3\r\nabc\r\n` },
  { name: "an end within the length", text: `${OK}Content-Length: 9\r\n\r\nabc` },
  { name: "an end within the head", text: "HTTP/1.1 200 OK\r\nA: b" },
  { name: "nothing at all", text: "" },
];

for (const { name, text } of refused) {
  Deno.test(`readAnswer() refuses ${name}`, async () => {
    await assert.rejects(read(text, 10_000), /^Error: the (answer|head|connection)/);
  });
}

Deno.test("readAnswer() reads thousands of chunks, and lets others have their turn", async () => {
  let turns = 0;
  const timer = setInterval(() => turns++);
  const small = "1\r\na\r\n".repeat(1_000);
  const large = `100\r\n${"b".repeat(256)}\r\n`.repeat(1_000);
  const { body } = await read(`${CHUNKED}${small}${large}0\r\n\r\n`, 16 * 1024);
  clearInterval(timer);
  assert.equal(body.length, 1_000 + 1_000 * 256);
  assert.ok(turns > 10, `${turns} turns`);
});

Deno.test("readAnswer() gives an answer or an error for any octets", async () => {
  const piece = fc.constantFrom(
    "HTTP/1.1 ",
    "200",
    " OK",
    "\r\n",
    "\n",
    ":",
    "Content-Length: ",
    "5",
  );
  const chunk = fc.constantFrom("Transfer-Encoding: chunked", "\r\n\r\n", "0", "a", "\0", "\xff");
  const texts = fc.array(fc.oneof(piece, chunk), { maxLength: 20 }).map((all) => all.join(""));
  await fc.assert(fc.asyncProperty(texts, fc.integer({ min: 1, max: 30 }), async (text, size) => {
    const said = await read(text, size).then(({ status }) => status, (error) => error.message);
    assert.match(String(said), /^(\d{3}|the .*)$/);
  }));
});
