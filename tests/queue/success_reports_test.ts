/** Reports of success (RFC 3461) through a real queue on a real store. @module */

import assert from "node:assert/strict";
import type { DsnEvent, Envelope } from "../../lib/mail/envelope.ts";
import { fieldValue } from "../../lib/mail/header.ts";
import type { Mail } from "../../lib/mail/message.ts";
import type { Outcome } from "../../lib/mail/outcome.ts";
import { octetsOf } from "../support/mails.ts";
import { stage } from "../support/queue_stage.ts";
import { handedOn, later, never, ok, scripted } from "../support/scripted.ts";
import { until } from "../support/wait.ts";

const BACK = "go@example.com";

/** A mail server that knows no DSN, and takes notices with whatever it says to the others. */
function serverFor(answer: (recipient: string, attempt: number) => Outcome | Promise<Outcome>) {
  return scripted((recipient, attempt) =>
    recipient === BACK || recipient === "ops@x" ? ok : answer(recipient, attempt)
  );
}

/** An envelope that asks for this for each recipient. */
function asking(notify: readonly DsnEvent[], ...paths: readonly string[]): Partial<Envelope> {
  const recipients = Object.fromEntries(paths.map((path) => [path, { notify }]));
  return { dsn: { envid: "QQ314159", recipients } };
}

/** The value of a header field of a mail. */
function field(text: string | undefined, name: string): string | undefined {
  return fieldValue(octetsOf(text ?? ""), name);
}

function idOf(reply: string): string {
  return reply.split(" ").at(-1) ?? "";
}

Deno.test("a mail relayed at once brings forth one report, for all who asked", async () => {
  const { target, texts, envelopes } = serverFor(() => handedOn);
  await using on = await stage(target);
  const paths = ["a@x", "b@x", "c@x"];
  const reply = await on.send(paths, { envelope: asking(["SUCCESS"], "a@x", "b@x") });
  assert.match(reply, /^250 2\.0\.0 Accepted as /);
  await until(() => envelopes.length === 2, { what: "the report" });
  await until(() => on.queued().length === 0, { what: "the end of the report" });
  const [, report = ""] = texts;
  assert.equal(field(report, "subject"), "Handed on: x");
  assert.match(report, /\r\nOriginal-Envelope-Id: QQ314159\r\n/);
  const groups = report.matchAll(
    /Final-Recipient: rfc822; (.*)\r\nAction: relayed\r\nStatus: 2\.1\.5\r\nRemote-MTA: dns; (.*)\r\nDiagnostic-Code: smtp; (.*)\r\n/g,
  );
  assert.deepEqual([...groups].map(([, ...group]) => group), [
    ["a@x", "mail.example.com", "250 2.1.5 fine"],
    ["b@x", "mail.example.com", "250 2.1.5 fine"],
  ]);
  assert.doesNotMatch(report, /c@x/);
  const { reversePath, forwardPaths, dsn } = envelopes[1] ?? {};
  assert.deepEqual([reversePath, forwardPaths], ["", [BACK]]);
  assert.deepEqual(dsn, { recipients: { [BACK]: { notify: ["NEVER"] } } });
  const record = await on.journal(idOf(reply));
  assert.equal(record?.state, "delivered");
  const notices = record.events.filter(({ kind }) => kind === "notice");
  assert.deepEqual(notices.map((event) => event.kind === "notice" && event.about), ["relayed"]);
});

const silences: readonly { name: string; answer: Outcome; envelope: Partial<Envelope> }[] = [
  { name: "nobody asked", answer: handedOn, envelope: {} },
  { name: "failures alone were asked for", answer: handedOn, envelope: asking(["FAILURE"], "a@x") },
  {
    name: "the next server has promised to report",
    answer: { kind: "delivered", detail: "250 ok", reply: { code: 250, lines: ["ok"] } },
    envelope: asking(["SUCCESS"], "a@x"),
  },
];

for (const { name, answer, envelope } of silences) {
  Deno.test(`a mail relayed at once brings forth nothing where ${name}`, async () => {
    const { target, ids } = serverFor(() => answer);
    await using on = await stage(target);
    await on.send(["a@x"], { envelope });
    // What would be stored is stored before the answer.
    assert.deepEqual([on.queued(), ids.length], [[], 1]);
  });
}

Deno.test("a success is never told to the null reverse-path, nor of somebody's report", async () => {
  const { target, ids } = serverFor(() => handedOn);
  await using on = await stage(target);
  const envelope = asking(["SUCCESS"], "a@x");
  await on.send(["a@x"], { envelope, reversePath: "" });
  const text = "Content-Type: multipart/report; report-type=delivery-status\r\n\r\n";
  await on.send(["a@x"], { envelope, text });
  assert.deepEqual([on.queued(), ids.length], [[], 2]);
});

Deno.test("a mail whose way ends here is reported as delivered", async () => {
  const { target, texts } = serverFor(() => ok);
  const discard = { kind: "delivered", detail: "discarded on purpose" } as const;
  const route = ({ envelope: { forwardPaths } }: Mail) => {
    const deliveries = [{ destination: "discard", recipients: ["discard"] }];
    return Promise.resolve({ deliveries, why: {}, reason: forwardPaths.join() });
  };
  const others = { discard: scripted(() => discard).target };
  await using on = await stage(target, { route, others });
  await on.send(["a@x"], {
    envelope: { dsn: { recipients: { "a@x": { notify: ["SUCCESS"], orcpt: "rfc822;A@X" } } } },
  });
  await until(() => texts.length === 1, { what: "the report" });
  assert.equal(field(texts[0], "subject"), "Delivered: x");
  assert.match(
    texts[0] ?? "",
    /\r\nOriginal-Recipient: rfc822;A@X\r\nFinal-Recipient: x-mail2alert; discard\r\nAction: delivered\r\nStatus: 2\.0\.0\r\nDiagnostic-Code: x-mail2alert; discarded on purpose\r\n/,
  );
});

Deno.test("a mail delivered from the queue is reported once, each part when it is", async () => {
  const { target, texts, got } = serverFor((recipient, attempt) =>
    recipient === "b@x" && attempt === 1 ? later : handedOn
  );
  await using on = await stage(target, { ack: "queued" });
  await on.send(["a@x", "b@x"], { envelope: asking(["SUCCESS"], "a@x", "b@x") });
  await until(() => got.includes("a@x") && got.includes(BACK), { what: "the first report" });
  on.pass(60_000);
  await until(() => got.filter((who) => who === BACK).length === 2, { what: "the second report" });
  await until(() => on.queued().length === 0, { what: "the end of all" });
  const reports = texts.filter((text) => field(text, "subject") === "Handed on: x");
  const whom = reports.map((text) => [...text.matchAll(/Final-Recipient: rfc822; (.*)\r/g)]);
  assert.deepEqual(whom.map((groups) => groups.map(([, who]) => who)), [["a@x"], ["b@x"]]);
});

Deno.test("a success is reported although the program was restarted in between", async () => {
  const first = serverFor(() => later);
  await using before = await stage(first.target);
  const { folder } = before;
  const envelope = { ...asking(["SUCCESS"], "a@x"), requireTls: true as const };
  assert.match(await before.send(["a@x"], { envelope }), /^250 2\.0\.0 queued as /);
  await before.end();
  const { target, texts, envelopes } = serverFor(() => handedOn);
  await using on = await stage(target, { folder });
  on.pass(60_000);
  await until(() => texts.length === 2, { what: "the report" });
  assert.match(texts[1] ?? "", /Original-Envelope-Id: QQ314159\r\n[^]*\r\nAction: relayed\r\n/);
  assert.deepEqual(envelopes.map(({ requireTls }) => requireTls), [true, undefined]);
});

Deno.test("a report that was promised survives a program that ends right after the answer", async () => {
  const { target } = serverFor(() => handedOn);
  await using before = await stage(target, { working: false });
  const { folder } = before;
  assert.match(await before.send(["a@x"], { envelope: asking(["SUCCESS"], "a@x") }), /^250 /);
  await before.end();
  const after = serverFor(() => never);
  await using on = await stage(after.target, { folder });
  await until(() => after.got.length === 1, { what: "the report" });
  assert.deepEqual(after.got, [BACK]);
  await until(() => on.queued().length === 0, { what: "the end of the report" });
});

Deno.test("NOTIFY=NEVER: the reverse-path hears nothing, the operator does, the letter stays", async () => {
  const { target, got } = serverFor(() => never);
  await using on = await stage(target, {
    ack: "queued",
    onFailure: [{ kind: "mailto", address: "ops@x", text: "mailto:ops@x" }],
  });
  const reply = await on.send(["a@x"], { envelope: asking(["NEVER"], "a@x") });
  await until(() => got.length > 0, { what: "the notice" });
  await until(() => on.queued().length === 1, { what: "the end of the notice" });
  assert.deepEqual(got, ["ops@x"]);
  assert.deepEqual(on.queued().map(({ state }) => state), ["dead"]);
  assert.equal((await on.journal(idOf(reply)))?.state, "dead-letter");
});
