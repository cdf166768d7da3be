/** Holds lib/routing/mime/ to the texts and attachments of mails in every shape. @module */

import assert from "node:assert/strict";
import { Header } from "../../../lib/routing/mime/header.ts";
import { readBody } from "../../../lib/routing/mime/body.ts";
import { messageOf } from "../../support/mails.ts";

const MIXED = "Content-Type: multipart/mixed; boundary=b\r\n\r\n";
const ALTERNATIVE = 'Content-Type: multipart/alternative; boundary="a b"\r\n\r\n';

/** What is expected of one mail, one character an octet. */
interface Case {
  readonly name: string;
  readonly octets: string;
  readonly text: string;
  readonly attachments?: readonly string[];
}

const cases: readonly Case[] = [
  { name: "no MIME", octets: "Subject: x\r\n\r\none\r\ntwo\r\n", text: "one\ntwo\n" },
  { name: "no body", octets: "Subject: x\r\n", text: "" },
  { name: "lone line ends", octets: "\r\na\nb\rc\r\n", text: "a\nb\nc\n" },
  { name: "control characters", octets: "\r\na\x00b\x1bc\td\x0ce", text: "a b c\td e" },
  { name: "undeclared UTF-8", octets: "\r\nGr\xc3\xb6\xc3\x9fe", text: "Größe" },
  { name: "undeclared windows-1252", octets: "\r\nGr\xf6\xdfe \x80", text: "Größe €" },
  {
    name: "UTF-8 that ends in the middle of a character",
    octets: "Content-Type: text/plain; charset=utf-8\r\n\r\nGr\xc3\xb6\xc3",
    text: "GrÃ¶Ã",
  },
  {
    name: "us-ascii that is UTF-8",
    octets: "Content-Type: text/plain; charset=us-ascii\r\n\r\n\xc3\xb6",
    text: "ö",
  },
  {
    name: "iso-8859-1 by name, 7bit by its own word, UTF-8 in fact",
    octets: "Content-Type: text/plain; charset=iso-8859-1\r\n" +
      "Content-Transfer-Encoding: 7bit\r\n\r\n\xc3\xb6",
    text: "ö",
  },
  {
    name: "iso-8859-1 in 8bit that looks like UTF-8",
    octets: "Content-Type: text/plain; charset=iso-8859-1\r\n" +
      "Content-Transfer-Encoding: 8bit\r\n\r\n\xc3\xb6",
    text: "Ã¶",
  },
  {
    name: "iso-8859-2",
    octets: 'Content-Type: text/plain; charset="ISO-8859-2"\r\n' +
      "Content-Transfer-Encoding: 8bit\r\n\r\nb\xb3\xb1d",
    text: "błąd",
  },
  {
    name: "a charset that nobody knows",
    octets: "Content-Type: text/plain; charset=x-none\r\n\r\n\xf6",
    text: "ö",
  },
  {
    name: "quoted-printable with soft breaks, raw octets and stray signs",
    octets: "Content-Transfer-Encoding: Quoted-Printable\r\n\r\n" +
      "a=3Db =\r\nc=\nd \xc3\xb6=c3=B6 =ZZ = e=",
    text: "a=b cd öö =ZZ = e",
  },
  {
    name: "base64 in padded fragments",
    octets: "Content-Transfer-Encoding: base64\r\n\r\nb25l\r\nCg==\r\ndHdv\r\n",
    text: "one\ntwo",
  },
  {
    name: "base64 of a wrong length",
    octets: "Content-Transfer-Encoding: base64\r\n\r\nb25lIHR3b\r\n",
    text: "one tw",
  },
  {
    name: "an alternative: the plain part",
    octets: `${ALTERNATIVE}preamble\r\n--a b\r\nContent-Type: text/html\r\n\r\n<p>html</p>\r\n` +
      "--a b\r\n\r\nplain\r\n--a b--\r\nepilogue",
    text: "plain",
  },
  {
    name: "an alternative with an empty plain part: the other one",
    octets: `${ALTERNATIVE}--a b\r\n\r\n \r\n--a b\r\nContent-Type: text/html\r\n\r\n` +
      "<p>html</p>\r\n--a b--\r\n",
    text: "html",
  },
  {
    name: "an attachment before the text",
    octets: `${MIXED}--b\r\nContent-Type: text/plain\r\n` +
      'Content-Disposition: attachment; filename="a.txt"\r\n\r\nfile\r\n' +
      "--b\r\nContent-Type: text/plain\r\n\r\ntext\r\n--b--\r\n",
    text: "text",
    attachments: ["a.txt text/plain 4"],
  },
  {
    name: "winmail.dat and names in RFC 2231 and RFC 2047",
    octets: `${MIXED}--b\r\n\r\ntext\r\n--b\r\n` +
      "Content-Type: application/ms-tnef; name=winmail.dat\r\n" +
      "Content-Transfer-Encoding: base64\r\n\r\nAAAA\r\n--b\r\n" +
      "Content-Type: application/pdf\r\nContent-Disposition: attachment;\r\n" +
      " filename*0*=utf-8''%C3%BC;\r\n filename*1=\"b%41.pdf\"\r\n\r\nx\r\n--b\r\n" +
      'Content-Type: image/png; name="=?iso-8859-1?Q?=FC.png?="\r\n\r\nxy\r\n--b--\r\n',
    text: "text",
    attachments: [
      "winmail.dat application/ms-tnef 3",
      "üb%41.pdf application/pdf 1",
      "ü.png image/png 2",
    ],
  },
  {
    name: "no final boundary",
    octets: `${MIXED}--b\r\nContent-Type: image/png\r\n\r\nx\r\n--b\r\n\r\ntext\r\n`,
    text: "text\n",
    attachments: [" image/png 1"],
  },
  { name: "no boundary line at all", octets: `${MIXED}just text\r\n`, text: "just text\n" },
  {
    name: "no boundary parameter",
    octets: "Content-Type: multipart/mixed\r\n\r\n--b\r\ntext",
    text: "--b\ntext",
  },
  {
    name: "an inner multipart that is not closed",
    octets: `${MIXED}--b\r\nContent-Type: multipart/alternative; boundary=c\r\n\r\n` +
      "--c\r\n\r\ninner\r\n--b\r\nContent-Type: image/png\r\n\r\nx\r\n--b--\r\n",
    text: "inner",
    attachments: [" image/png 1"],
  },
  {
    name: "a boundary that begins like the other",
    octets: `${MIXED}--b\r\nContent-Type: multipart/alternative; boundary=bb\r\n\r\n` +
      "--bb\r\n\r\ninner\r\n--bbb\r\nmore\r\n--bb--\r\n--b--\r\n",
    text: "inner\n--bbb\nmore",
  },
  {
    name: "a message as the whole mail",
    octets: "Content-Type: message/rfc822\r\n\r\nSubject: y\r\n\r\ninner\r\n",
    text: "inner\n",
  },
  {
    name: "a message beside a text in HTML: the mail's own text",
    octets: `${MIXED}--b\r\nContent-Type: message/rfc822\r\n\r\nSubject: y\r\n\r\ninner\r\n` +
      "--b\r\nContent-Type: text/html\r\n\r\n<b>own</b>\r\n--b--\r\n",
    text: "own",
  },
  {
    name: "HTML with <BR> and no line end",
    octets: "Content-Type: text/html\r\n\r\n<html>Dear user,<BR><BR>Task: a &amp; b<BR>done</html>",
    text: "Dear user,\n\nTask: a & b\ndone",
  },
  {
    name: "HTML with styles, rows and links",
    octets:
      "Content-Type: text/html\r\n\r\n<style>p {}</style><!-- no --><table><tr><td>Host</td>" +
      "<td>nas1</td></tr></table><a href='https://nas1.example.com/'>Open</a>",
    text: "Host nas1\n\nOpen <https://nas1.example.com/>",
  },
];

for (const { name, octets, text, attachments = [] } of cases) {
  Deno.test(`readBody() reads ${name}`, async () => {
    const message = messageOf(octets);
    const body = await readBody(new Header(message.fields), message);
    assert.equal(body.text.replace(/ +(?=\n)/g, ""), text);
    const found = body.attachments.map(({ name, type, size }) => `${name} ${type} ${size}`);
    assert.deepEqual(found, attachments);
  });
}

Deno.test("readBody() keeps 65,536 characters, and takes no cut for a wrong charset", async () => {
  const message = messageOf(`Content-Type: text/plain\r\n\r\na${"\xc3\xb6".repeat(200_000)}`);
  const { text } = await readBody(new Header(message.fields), message);
  assert.equal(text, `a${"ö".repeat(65_535)}`);
});
