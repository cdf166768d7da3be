/**
 * Our notices, read by Python's email package: a second pair of eyes on the report that others
 * are to understand.
 *
 * @module
 */

import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { composeNotice, type Notice, type NoticeFacts } from "../../lib/mail/bounce.ts";
import { mailOf, octetsOf } from "../support/mails.ts";
import { hostileFacts, noticeFacts, recipientOf, textOf } from "../support/notices.ts";
import { runTool } from "../support/tools.ts";

/** A notice as Python reads it. */
interface PythonsNotice {
  readonly type: string;
  readonly report: string;
  readonly subject: string;
  readonly sender: string;
  readonly types: readonly string[];
  readonly text: string;
  readonly about: readonly Readonly<Record<string, string>>[];
  readonly header: string;
  readonly defects: readonly string[];
}

async function readByPython(notices: readonly Notice[]): Promise<PythonsNotice[]> {
  const script = fileURLToPath(new URL("python/read_notices.py", import.meta.url));
  const lines = notices.map((one) => Buffer.from(textOf(one), "latin1").toString("base64"));
  const { code, stdout, stderr } = await runTool("python3", [script], {
    input: `${lines.join("\n")}\n`,
  });
  assert.equal(code, 0, stderr);
  return stdout.trim().split("\n").map((line) => JSON.parse(line));
}

Deno.test("Python's email package reads a notice as it was meant", async () => {
  const mail = mailOf("Subject: =?utf-8?Q?Gr=C3=BCn?=\r\nX: \xff=\r\n\r\nbody\r\n");
  const recipients = [recipientOf(), recipientOf({ recipient: "jürgen@exämple.org" })];
  const [read] = await readByPython([composeNotice(noticeFacts({ mail, recipients }))]);
  assert.ok(read);
  assert.deepEqual(read.defects, []);
  assert.equal(read.type, "multipart/report");
  assert.equal(read.report, "delivery-status");
  assert.deepEqual(read.types, ["text/plain", "message/delivery-status", "text/rfc822-headers"]);
  assert.equal(read.sender, "mailer-daemon@relay.example.org");
  assert.equal(read.subject, "Not delivered: Grün");
  assert.match(read.text, /jürgen@exämple\.org[^]*Subject: {4}Grün\r\n/);
  assert.deepEqual(read.about.map((group) => group["Final-Recipient"]), [
    undefined,
    "rfc822; bob@example.org",
    "utf-8; j\\x{FC}rgen@ex\\x{E4}mple.org",
  ]);
  assert.equal(
    Buffer.from(read.header, "base64").toString("latin1").replaceAll(/\r?\n/g, "\r\n").trimEnd(),
    "Subject: =?utf-8?Q?Gr=C3=BCn?=\r\nX: \xff=",
  );
});

Deno.test("Python's email package reads reports of success, and mails that go back whole", async () => {
  const text = "Subject: x\r\nContent-Type: text/plain; charset=latin1\r\n\r\ngr\xfc\xdfe\r\n";
  const recipients = { "bob@example.org": { orcpt: "rfc822;b@x" } };
  const forwardPaths = ["bob@example.org", "a@x"];
  const mail = mailOf(text, { forwardPaths, dsn: { envid: "QQ314159", recipients } });
  const abouts = ["relayed", "delivered", "failed"] as const;
  const notices = abouts.map((about) =>
    composeNotice(noticeFacts({ about, mail, whole: octetsOf(text) }))
  );
  const read = await readByPython(notices);
  assert.deepEqual(read.map(({ defects }) => defects), [[], [], []]);
  assert.deepEqual(read.map(({ about }) => about[1]?.["Action"]), abouts);
  assert.deepEqual(read.map(({ types }) => types[2]), [
    "text/rfc822-headers",
    "text/rfc822-headers",
    "message/rfc822",
  ]);
  for (const { about: [mailGroup, group] } of read) {
    assert.equal(mailGroup?.["Original-Envelope-Id"], "QQ314159");
    assert.equal(group?.["Original-Recipient"], "rfc822;b@x");
  }
  const back = Buffer.from(read[2]?.header ?? "", "base64").toString("latin1");
  assert.equal(back.replaceAll(/\r?\n/g, "\r\n"), text);
});

Deno.test("Python's email package finds no fault with notices of hostile facts", async () => {
  const samples: NoticeFacts[] = fc.sample(hostileFacts, 200);
  const read = await readByPython(samples.map(composeNotice));
  assert.equal(read.length, samples.length);
  read.forEach(({ about, types, text, defects }, index) => {
    const facts = samples[index];
    assert.ok(facts);
    assert.equal(types.length, 3);
    assert.equal(about.length, 1 + facts.recipients.length);
    for (const group of about.slice(1)) assert.equal(group["Action"], facts.about);
    assert.ok(text.includes(facts.mail.queueId));
    // A reader without SMTPUTF8 in mind calls a To in UTF-8 a defect; nothing else may be one.
    const bare = facts.to.some((address) => address.includes("ö"));
    if (!bare) assert.deepEqual(defects, [], JSON.stringify(facts));
  });
});
