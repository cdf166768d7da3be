/**
 * What a session answers to commands of extensions: which it offers, which it refuses and when, what
 * it tolerates of devices.
 *
 * @module
 */

import assert from "node:assert/strict";
import { parseCommand } from "../../lib/smtp/command.ts";
import { REPLY } from "../../lib/smtp/reply.ts";
import { authenticated, chunksRefused, secured, step } from "../../lib/smtp/session.ts";
import type { SessionOptions, Standing } from "../../lib/smtp/session_state.ts";
import { begin, OPTIONS, run, STANDING } from "../support/session_stage.ts";

/** The extensions that EHLO is told of. */
function offered(standing: Partial<Standing>, wishes: Partial<SessionOptions>): readonly string[] {
  const { reply } = run(["EHLO h"], begin(standing), { ...OPTIONS, ...wishes });
  return reply.lines.map((line) => line.split(" ")[0] ?? "");
}

Deno.test("EHLO offers TLS, AUTH, REQUIRETLS and XCLIENT to whom they are for", () => {
  const has = (standing: Partial<Standing>, wishes: Partial<SessionOptions>) =>
    offered(standing, wishes).filter((word) => /STARTTLS|AUTH|REQUIRETLS|XCLIENT/.test(word));
  assert.deepEqual(has({}, {}), []);
  assert.deepEqual(has({}, { tls: "offered", auth: "with-tls" }), ["STARTTLS"]);
  const open = { tls: "offered", auth: "always" } as const;
  assert.deepEqual(has({}, open), ["STARTTLS", "AUTH"]);
  const safe = { secure: true };
  assert.deepEqual(has(safe, { tls: "offered", auth: "with-tls" }), ["AUTH", "REQUIRETLS"]);
  assert.deepEqual(has({ ...safe, user: "nas" }, { auth: "always" }), ["REQUIRETLS"]);
  assert.deepEqual(has({ mayXclient: true }, {}), ["XCLIENT"]);
});

for (const mustAuthenticate of [true, false]) {
  Deno.test(`TLS makes a session begin anew: no name, no mail, no user (${mustAuthenticate})`, () => {
    const options = { ...OPTIONS, tls: "offered", auth: "always" } as const;
    const ready = run(["EHLO h"], begin({ mustAuthenticate }), options).state;
    const known = authenticated(ready, { user: "nas" }, options).state;
    const next = run(["MAIL FROM:<a@x>", "RCPT TO:<b@x>", "STARTTLS"], {
      state: known,
      reply: REPLY.ok,
    }, options);
    assert.deepEqual(next.task, { kind: "tls" });
    const state = secured(next.state);
    assert.equal(state.phase, "greeted");
    assert.deepEqual(state.standing, { ...STANDING, secure: true, mustAuthenticate });
    const mail = run(["EHLO h", "MAIL FROM:<a@x>"], { state, reply: REPLY.ok }, options);
    assert.equal(mail.reply.code, mustAuthenticate ? 530 : 250);
    assert.equal(step(state, parseCommand("STARTTLS"), options).reply, REPLY.secureAlready);
  });
}

const REFUSALS = [
  { lines: ["MAIL FROM:<a@x>"], standing: { mustAuthenticate: true }, reply: "authenticateFirst" },
  { lines: ["MAIL FROM:<a@x>"], wishes: { tls: "required" }, reply: "tlsFirst" },
  { lines: ["AUTH PLAIN"], wishes: { auth: "with-tls" }, reply: "authNeedsTls" },
  { lines: ["AUTH PLAIN"], reply: "notImplemented" },
  { lines: ["AUTH GSSAPI"], wishes: { auth: "always" }, reply: "authUnknown" },
  { lines: ["MAIL FROM:<a@x>", "AUTH PLAIN"], wishes: { auth: "always" }, reply: "authInMail" },
  {
    lines: ["AUTH PLAIN"],
    standing: { user: "u" },
    wishes: { auth: "always" },
    reply: "authAlready",
  },
  { lines: ["STARTTLS"], reply: "notImplemented" },
  { lines: ["XCLIENT NAME=x"], reply: "notImplemented" },
  {
    lines: ["MAIL FROM:<a@x>", "XCLIENT NAME=x"],
    standing: { mayXclient: true },
    reply: "xclientInMail",
  },
  { lines: ["LHLO h"], reply: "saysSmtp" },
  { lines: ["EHLO h"], wishes: { protocol: "lmtp" }, reply: "saysLmtp" },
  { lines: ["HELO h"], wishes: { protocol: "lmtp" }, reply: "saysLmtp" },
  { lines: ["MAIL FROM:<a@x> REQUIRETLS"], reply: "requireTlsNeedsTls" },
  { lines: ["MAIL FROM:<a@x>", "BDAT 3"], reply: "recipientFirst" },
  { lines: ["BDAT 3"], reply: "mailFirst" },
  {
    lines: ["MAIL FROM:<a@x> BODY=BINARYMIME", "RCPT TO:<b@x>", "DATA"],
    reply: "binaryNeedsChunks",
  },
  { lines: ["MAIL FROM:<a@x>", "RCPT TO:<b@x>", "BDAT 3", "DATA"], reply: "chunksUnderWay" },
  {
    lines: ["MAIL FROM:<a@x>", "RCPT TO:<b@x>", "BDAT 3", "RCPT TO:<c@x>"],
    reply: "chunksUnderWay",
  },
  { lines: ["MAIL FROM:<a@x>", "RCPT TO:<b@x>", "BDAT 3", "MAIL FROM:<c@x>"], reply: "nestedMail" },
] as const satisfies readonly {
  readonly lines: readonly string[];
  readonly standing?: Partial<Standing>;
  readonly wishes?: Partial<SessionOptions>;
  readonly reply: keyof typeof REPLY;
}[];

for (const row of REFUSALS) {
  Deno.test(`${row.lines.join(", ")} is refused: ${row.reply} ${JSON.stringify(row)}`, () => {
    const options = { ...OPTIONS, ..."wishes" in row && row.wishes };
    const first = "protocol" in options && options.protocol === "lmtp" ? "LHLO h" : "EHLO h";
    const ready = run([first], begin("standing" in row ? row.standing : {}), options);
    assert.deepEqual(run(row.lines, ready, options).reply, REPLY[row.reply]);
  });
}

Deno.test("a lenient session takes what devices do out of order, and names it", () => {
  const lenient = begin({ lenient: true });
  const silent = run(["MAIL FROM:<a@x>"], lenient);
  assert.deepEqual([silent.reply.code, silent.quirk], [250, "no-hello"]);
  const second = run(["MAIL FROM:<b@x>"], silent);
  assert.deepEqual([second.reply.code, second.quirk], [250, "second-mail"]);
  assert.ok(second.state.phase === "mail" && second.state.transaction.reversePath === "b@x");
  const old = run(["HELO h", "MAIL FROM:<a@x> SIZE=10"], lenient);
  assert.deepEqual([old.reply.code, old.quirk], [250, "parameters-after-helo"]);
});

Deno.test("a strict session refuses the same, and names it", () => {
  assert.equal(run(["MAIL FROM:<a@x>"], begin()).quirk, "no-hello");
  assert.equal(run(["EHLO h", "MAIL FROM:<a@x>", "MAIL FROM:<a@x>"], begin()).quirk, "second-mail");
  const old = run(["HELO h", "MAIL FROM:<a@x> SIZE=10"], begin());
  assert.deepEqual([old.reply, old.quirk], [REPLY.parametersAfterHelo, "parameters-after-helo"]);
});

Deno.test("what was asked for in the way of notifications is part of the envelope", () => {
  const commands = [
    "EHLO h",
    "MAIL FROM:<a@x> RET=HDRS ENVID=QQ+2B314",
    "RCPT TO:<b@x> NOTIFY=SUCCESS,FAILURE ORCPT=rfc822;B@y",
    "RCPT TO:<c@x>",
  ];
  for (const end of [["DATA"], ["BDAT 3 LAST"], ["BDAT 3", "BDAT 3", "BDAT 3 LAST"]]) {
    const { task } = run([...commands, ...end], begin());
    assert.ok(task && "message" in task && task.message);
    assert.deepEqual(task.message.transaction.forwardPaths, ["b@x", "c@x"]);
    assert.deepEqual(task.message.transaction.dsn, {
      ret: "HDRS",
      envid: "QQ+314",
      recipients: { "b@x": { notify: ["SUCCESS", "FAILURE"], orcpt: "rfc822;B@y" } },
    });
  }
});

Deno.test("a recipient more copies nothing of those before: many must not cost their square", () => {
  const first = run(["EHLO h", "MAIL FROM:<a@x>", "RCPT TO:<b@x> NOTIFY=NEVER"], begin());
  const { state } = first;
  assert.ok(state.phase === "mail" && state.recipients !== null);
  const next = run(["RCPT TO:<c@x> NOTIFY=NEVER"], first);
  assert.ok(next.state.phase === "mail");
  assert.equal(next.state.recipients?.before, state.recipients);
  assert.equal(next.state.transaction, state.transaction);
});

Deno.test("a refused message in chunks is forgotten", () => {
  const { state } = run(["EHLO h", "MAIL FROM:<a@x>", "RCPT TO:<b@x>", "BDAT 3"], begin());
  assert.ok(state.phase === "mail" && state.chunking);
  assert.equal(chunksRefused(state).phase, "ready");
});

Deno.test("who guesses passwords is closed like who breaks the protocol", () => {
  const options = { ...OPTIONS, auth: "always" } as const;
  let next = run(["EHLO h"], begin(), options);
  for (let failures = 1; failures <= OPTIONS.limits.errors; failures++) {
    assert.notEqual(next.state.phase, "closed");
    next = authenticated(next.state, { reply: REPLY.loginFailed }, options);
  }
  assert.deepEqual([next.state.phase, next.reply], ["closed", REPLY.tooManyErrors]);
});
