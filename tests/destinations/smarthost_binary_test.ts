import assert from "node:assert/strict";
import { CHUNK_OCTETS } from "../../lib/smtp/client/chunk_phase.ts";
import type { Moment } from "../support/fault_smtp_server.ts";
import { sampleDelivery, sampleMail } from "../support/sample_mail.ts";
import { A, B, only, pair, reasonOf } from "../support/smarthost_pair.ts";
import { HANG_MS, until } from "../support/wait.ts";

const BINARY = ["PIPELINING", "8BITMIME", "CHUNKING", "BINARYMIME"];
const envelope = { body: "BINARYMIME" } as const;
const HEADER = "Subject: Build failed\r\n";

const sizes = [
  { name: "a short one", octets: 0, chunks: ["BDAT 49 LAST"] },
  { name: "one of just a chunk", octets: CHUNK_OCTETS - 49, chunks: [`BDAT ${CHUNK_OCTETS} LAST`] },
  {
    name: "one of just more than a chunk",
    octets: CHUNK_OCTETS - 48,
    chunks: [`BDAT ${CHUNK_OCTETS}`, "BDAT 1 LAST"],
  },
  {
    name: "a long one",
    octets: 2 * CHUNK_OCTETS,
    chunks: [`BDAT ${CHUNK_OCTETS}`, `BDAT ${CHUNK_OCTETS}`, "BDAT 49 LAST"],
  },
];

for (const { name, octets, chunks } of sizes) {
  for (const pieceOctets of [65_536, 1_000_003]) {
    Deno.test(`smarthost.deliver() sends a binary mail, ${name}, in pieces of ${pieceOctets}`, async () => {
      await using it = pair({ extensions: BINARY });
      const rest = `\r\n.\r\n\0\n\r.\n\r\n.\r\n\xff..end\r\n.\r\n${"x".repeat(octets)}`;
      const outcome = only(await it.deliver([A], { rest, pieceOctets, envelope }));
      assert.equal(outcome.kind, "delivered", reasonOf(outcome));
      assert.equal(it.server.mails[0]?.mail, "MAIL FROM:<gocd@example.org> BODY=BINARYMIME");
      assert.ok(it.server.mails[0].message === `${HEADER}${rest}`, "other octets");
      assert.deepEqual(it.server.commands.slice(3), chunks);
      assert.equal(only(await it.deliver([A])).kind, "delivered");
      assert.equal(it.server.connections, 1);
    });
  }
}

Deno.test("smarthost.deliver() sends a binary mail with nothing in it", async () => {
  await using it = pair({ extensions: BINARY });
  assert.equal(only(await it.deliver([A], { fields: "", rest: "", envelope })).kind, "delivered");
  assert.equal(it.server.commands.at(-1), "BDAT 0 LAST");
});

Deno.test("smarthost.deliver() sends other mail after DATA also where chunks are taken", async () => {
  await using it = pair({ extensions: BINARY });
  for (const body of ["7BIT", "8BITMIME"] as const) {
    assert.equal(only(await it.deliver([A], { envelope: { body } })).kind, "delivered");
  }
  assert.equal(it.server.commands.filter((line) => line === "DATA").length, 2);
});

for (const extensions of [["8BITMIME"], ["8BITMIME", "CHUNKING"], ["8BITMIME", "BINARYMIME"]]) {
  Deno.test(`smarthost.deliver() sends text that was called binary to a server with ${extensions}`, async () => {
    await using it = pair({ extensions });
    const rest = "\r\n.\r\n\xff\r\n";
    assert.equal(only(await it.deliver([A], { rest, envelope })).kind, "delivered");
    const [mail] = it.server.mails;
    assert.equal(mail?.mail, "MAIL FROM:<gocd@example.org> BODY=8BITMIME");
    assert.equal(mail.message, `${HEADER}${rest}`);
  });

  Deno.test(`smarthost.deliver() hands nothing binary to a server with ${extensions}`, async () => {
    await using it = pair({ extensions });
    const outcome = only(await it.deliver([A], { rest: "\r\na\nb", envelope }));
    assert.ok(outcome.kind === "failed");
    assert.deepEqual([outcome.reply?.code, outcome.reply?.status], [554, "5.6.3"]);
    assert.match(outcome.reason, /^127\.0\.0\.1:\d+: not sent: .*binary data/);
    assert.deepEqual(it.server.commands, ["EHLO relay.test"]);
    assert.equal(only(await it.deliver([A])).kind, "delivered");
  });
}

for (const extensions of [["8BITMIME"], BINARY]) {
  Deno.test(`smarthost.deliver() calls a text of ours not binary, with ${extensions}`, async () => {
    await using it = pair({ extensions });
    const fields = `X-Long: ${"x".repeat(1_200)}\r\n`;
    const mail = sampleMail({ fields, rest: "\r\n\0\xff\n", envelope });
    const delivery = { ...sampleDelivery(A), rewrite: { text: "plain" } };
    const { signal } = new AbortController();
    const outcome = only(await it.destination.deliver(mail, delivery, signal));
    assert.equal(outcome.kind, "delivered", reasonOf(outcome));
    assert.equal(it.server.mails[0]?.mail, "MAIL FROM:<gocd@example.org>");
    assert.match(it.server.mails[0].message, /quoted-printable\r\n\r\nplain\r\n$/);
    assert.ok(it.server.commands.includes("DATA"));
  });
}

for (const extensions of [BINARY, BINARY.slice(1)]) {
  Deno.test(`smarthost.deliver() sends no chunk when all are refused, with ${extensions[0]}`, async () => {
    let refuse = true;
    const react = (moment: Moment) => refuse && moment === "RCPT" ? "550 5.1.1 No" : undefined;
    await using it = pair({ extensions, react });
    assert.equal(only(await it.deliver([A], { envelope })).kind, "failed");
    refuse = false;
    assert.equal(only(await it.deliver([A], { envelope })).kind, "delivered");
    assert.deepEqual(it.server.commands.slice(1).map((line) => line.slice(0, 4)), [
      ..."MAIL RCPT RSET MAIL RCPT BDAT".split(" "),
    ]);
  });
}

Deno.test("smarthost.deliver() sends chunks to those who were accepted", async () => {
  const react = (moment: Moment, line: string) =>
    moment === "RCPT" && line.includes(A) ? "550 5.1.1 No" : undefined;
  await using it = pair({ extensions: BINARY, react });
  const outcomes = await it.deliver([A, B], { envelope });
  assert.deepEqual([outcomes.get(A)?.kind, outcomes.get(B)?.kind], ["failed", "delivered"]);
});

const LONG = `\r\n${"x".repeat(3 * CHUNK_OCTETS)}`;

for (
  const { reply, kind } of [
    { reply: "552 5.3.4 Too big", kind: "failed" },
    { reply: "452 4.3.1 Full", kind: "deferred" },
  ]
) {
  Deno.test(`smarthost.deliver() ends with "${reply}" to a chunk, and goes on with RSET`, async () => {
    let refuse = true;
    const react = (moment: Moment) => refuse && moment === "BDAT" ? reply : undefined;
    await using it = pair({ extensions: BINARY, react });
    const outcome = only(await it.deliver([A], { rest: LONG, envelope }));
    assert.equal(outcome.kind, kind);
    assert.match(reasonOf(outcome), /: BDAT answered with \d/);
    assert.doesNotMatch(reasonOf(outcome), /may have taken/);
    refuse = false;
    assert.equal(only(await it.deliver([A])).kind, "delivered");
    assert.equal(it.server.connections, 1);
    const verbs = it.server.commands.map((line) => line.slice(0, 4));
    assert.deepEqual(verbs, "EHLO MAIL RCPT BDAT RSET MAIL RCPT DATA".split(" "));
  });
}

const interruptions = [
  { reaction: "DROP", kind: "deferred" },
  { reaction: "552 5.3.4 Too big DEAF", kind: "failed" },
  { reaction: "552 5.3.4 Too big", kind: "failed" },
  { reaction: "250 2.0.0 Enough DEAF", kind: "deferred" },
  { reaction: "421 4.3.2 Closing DEAF", kind: "deferred" },
];

for (const { reaction, kind } of interruptions) {
  Deno.test(`smarthost.deliver() hears "${reaction}" in mid-chunk`, async () => {
    const react = (moment: Moment) => moment === "BODY" ? reaction : undefined;
    const limits = { blockMs: reaction.endsWith("DEAF") ? 500 : HANG_MS };
    await using it = pair({ extensions: ["CHUNKING", "BINARYMIME"], react }, { limits });
    // More than the kernel's buffers hold; a server that does read may take the chunk for whole.
    const rest = `\r\n${"x".repeat(9_000_000)}`;
    const outcome = only(await it.deliver([A], { rest, envelope }));
    assert.equal(outcome.kind, kind, reasonOf(outcome));
    assert.doesNotMatch(reasonOf(outcome), /may have taken/);
    assert.deepEqual(it.server.mails, []);
    await until(() => it.server.open === 0 || reaction.endsWith("DEAF"), { what: "the cut" });
  });
}

for (const last of [true, false]) {
  Deno.test(`smarthost.deliver() takes no 354 for an answer to ${last ? "the last" : "a"} chunk`, async () => {
    const react = (moment: Moment, line: string) =>
      moment === "BDAT" && line.endsWith("LAST") === last ? "354 Go on" : undefined;
    await using it = pair({ extensions: BINARY, react });
    const outcome = only(await it.deliver([A], { rest: LONG, envelope }));
    assert.equal(outcome.kind, "deferred", reasonOf(outcome));
    assert.match(reasonOf(outcome), /BDAT answered with 354 Go on, which makes no sense/);
    assert.equal(/may have taken it/.test(reasonOf(outcome)), last);
  });
}

const moments = ["BODY", "BDAT"] as const;

for (const stage of moments) {
  Deno.test(`smarthost.deliver() defers a binary mail when the server is silent at ${stage}`, async () => {
    const react = (moment: Moment) => moment === stage ? "SILENT" : undefined;
    await using it = pair({ extensions: BINARY, react }, {
      limits: { endMs: 50, blockMs: 60_000 },
    });
    const outcome = only(await it.deliver([A], { envelope }));
    assert.match(reasonOf(outcome), /: no reply to BDAT within 50 ms \(.*may have taken it\)$/);
  });
}

Deno.test("smarthost.deliver() says that the server may have taken what it dropped after LAST", async () => {
  const react = (moment: Moment, line: string) =>
    moment === "BDAT" && line.endsWith("LAST") ? "DROP" : undefined;
  await using it = pair({ extensions: BINARY, react });
  const outcome = only(await it.deliver([A], { rest: LONG, envelope }));
  assert.match(reasonOf(outcome), /may have taken it/);
});

Deno.test("smarthost.deliver() says of a chunk before LAST that the server cannot have taken the mail", async () => {
  const react = (moment: Moment) => moment === "BDAT" ? "DROP" : undefined;
  await using it = pair({ extensions: BINARY, react });
  const outcome = only(await it.deliver([A], { rest: LONG, envelope }));
  assert.equal(outcome.kind, "deferred");
  assert.doesNotMatch(reasonOf(outcome), /may have taken it/);
});
