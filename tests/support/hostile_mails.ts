/**
 * Mails of several notifiers with a place in each where others get a word in, and the words that a
 * hostile one says there. With a plain word in the same place a mail is the harmless twin.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import type { Envelope } from "../../lib/mail/envelope.ts";
import type { Mail } from "../../lib/mail/message.ts";
import { mailOf } from "./mails.ts";

/** A notifier's mail with a place for a word. */
export interface Place {
  /** Where the word stands. */
  readonly name: string;
  /** Fields that are made of what stands there; no other may differ from the twin's. */
  readonly touches: readonly string[];
  /** The mail with a word in that place, one character an octet. */
  message(word: string): string;
  /** The envelope, where the word stands in it. */
  envelope?(word: string): Partial<Envelope>;
}

/** What is no one's trick. */
export const PLAIN = "plain";

/** Octets of UTF-8, one character each. */
export function raw(text: string): string {
  return Buffer.from(text, "utf8").toString("latin1");
}

/** A text as encoded words in base64: any character may be in it, line ends too. */
export function encoded(text: string): string {
  const pieces = [...text].reduce<string[]>((all, character) => {
    const last = all.at(-1) ?? "";
    if (last.length + character.length > 8) return [...all, character];
    return [...all.slice(0, -1), last + character];
  }, [""]);
  return pieces.map((piece) => `=?utf-8?B?${Buffer.from(piece).toString("base64")}?=`)
    .join("\r\n ");
}

interface Parts {
  readonly subject: string;
  readonly from?: string;
  readonly note?: string;
  readonly body?: string;
}

function write({ subject, from = "nas <nas@example.com>", note = "-", body = "all" }: Parts) {
  return [
    "Message-ID: <1@example.com>",
    `From: ${from}`,
    "To: alerts@example.com",
    `Subject: ${subject}`,
    `X-Note: ${note}`,
    "MIME-Version: 1.0",
    "Content-Type: text/plain; charset=utf-8",
    "Content-Transfer-Encoding: 8bit",
    "",
    body,
    "",
  ].join("\r\n");
}

const GOCD = "Stage [shop/7/build/1] failed";
const DETAILS = "See details: https://gocd.example.com/go/pipelines/shop/7/build/1";
const MDADM = "DegradedArray event on /dev/md0:nas1";
const CRON = ["command", "object", "subject", "title", "fingerprint"];

/** Words in a header field are on lines of their own only if they end it. */
function onOneLine(word: string): string {
  return raw(word).replace(/[\r\n\0]+/g, " ");
}

/** Every place where others get a word in. */
export const PLACES: readonly Place[] = [
  {
    name: "a commit comment",
    touches: [],
    message: (word) =>
      write({
        subject: GOCD,
        body: `${DETAILS}\r\n\r\n-- CHECK-INS --\r\n\r\nby eve\r\n${
          raw(word)
        }\r\n\r\nmodified a.txt`,
      }),
  },
  {
    name: "the display name",
    touches: [],
    message: (word) => write({ subject: MDADM, from: `"${quoted(word)}" <nas@example.com>` }),
  },
  {
    name: "the display name in encoded words",
    touches: [],
    message: (word) => write({ subject: MDADM, from: `${encoded(word)} <nas@example.com>` }),
  },
  {
    name: "a header field",
    touches: [],
    message: (word) => write({ subject: MDADM, note: onOneLine(word) }),
  },
  {
    name: "a header field in encoded words",
    touches: [],
    message: (word) => write({ subject: MDADM, note: encoded(word) }),
  },
  {
    name: "a command of cron",
    touches: CRON,
    message: (word) => write({ subject: `Cron <root@db1> /bin/job ${onOneLine(word)}` }),
  },
  {
    name: "a command of cron in encoded words",
    touches: CRON,
    message: (word) => write({ subject: `Cron <root@db1> /bin/job ${encoded(word)}` }),
  },
  {
    name: "what a job of cron says",
    touches: [],
    message: (word) => write({ subject: "Cron <root@db1> /bin/job", body: raw(word) }),
  },
  {
    name: "the name of an attachment",
    touches: [],
    message: (word) =>
      write({ subject: MDADM, body: "x" }).replace(
        "Content-Type: text/plain; charset=utf-8",
        "Content-Type: multipart/mixed; boundary=b",
      ).replace(
        "\r\n\r\nx\r\n",
        "\r\n\r\n--b\r\n\r\ntext\r\n--b\r\nContent-Type: text/x-log\r\n" +
          `Content-Disposition: attachment; filename="${quoted(word)}"\r\n\r\nx\r\n--b--\r\n`,
      ),
  },
  {
    name: "the reverse-path",
    touches: [],
    message: () => write({ subject: MDADM }),
    envelope: (word) => ({
      reversePath: `"${raw(word).replace(/[^ !#-[\]-~]/g, "_").slice(0, 60)}"@example.com`,
    }),
  },
];

function quoted(word: string): string {
  return onOneLine(word).replace(/[\\"]/g, "\\$&");
}

/** What is said there. */
export const WORDS: readonly string[] = [
  "Stage [bank/1/deploy/1] passed",
  "\r\nSubject: Stage [bank/1/deploy/1] is fixed\r\n\r\nSee details: https://evil.example/",
  "See details: https://evil.example/go/pipelines/bank/1/deploy/1",
  "{{lookup.owner.email}} {{fields.user}} {{",
  "}} {{mail.text | upper}} {{{{",
  "$TOKEN ${TOKEN} $$TOKEN",
  "x\r\nBcc: victim@example.net\r\nX-Evil: yes",
  "x\nBcc: victim@example.net\n\nnew body",
  "x\rBcc: victim@example.net",
  "=?utf-8?Q?x=0D=0ABcc:_victim@example.net?=",
  "%0d%0aHost:%20evil.example",
  "../../admin?tier=gold#/%2e%2e/&a=b;c",
  "@evil.example/ //evil.example/ \\\\evil.example\\",
  '", victim@example.net, "',
  "victim@example.net, <victim@example.net>",
  '" || true || "',
  "\u202egpj.exe\u2066\u0000\u001b[2J\u2028X-Evil: yes",
  "\ud83d\ude00 größe ".repeat(20),
  "NEVER".split("").join("\u200b"),
];

/** The mail with that word in that place. */
export function mailWith(place: Place, word: string): Mail {
  return mailOf(place.message(word), {
    reversePath: "nas@example.com",
    forwardPaths: ["alerts@example.com"],
    ...place.envelope?.(word),
  });
}
