import assert from "node:assert/strict";
import fc from "fast-check";
import { type Command, parseCommand, unreadable } from "../../lib/smtp/command.ts";
import { formatReply, REPLY } from "../../lib/smtp/reply.ts";
import { authenticated, chunksRefused, greet, secured, step } from "../../lib/smtp/session.ts";
import {
  IDLE_COMMANDS,
  REFUSED_COMMANDS,
  type SessionOptions,
  type SessionState,
  type Standing,
  type Step,
} from "../../lib/smtp/session_state.ts";

const OPTIONS: SessionOptions = {
  hostname: "relay.test",
  protocol: "smtp",
  tls: "none",
  auth: "none",
  limits: { messageSizeOctets: 1000, recipients: 3, mailsPerConnection: 4, errors: 5 },
};

const STANDING: Standing = {
  secure: false,
  mustAuthenticate: false,
  lenient: false,
  mayXclient: false,
};

/** A session that has been greeted. */
function begin(standing: Partial<Standing> = {}, allowed = true): Step {
  return greet({ allowed, standing: { ...STANDING, ...standing } }, OPTIONS);
}

/** Takes a session through command lines. */
function run(lines: readonly string[], from: Step, options: SessionOptions = OPTIONS): Step {
  return lines.reduce((before, line) => step(before.state, parseCommand(line), options), from);
}

/** Every kind of command, those that get on more often than those that fail. */
const command = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom("MAIL FROM:<a@x>", "RCPT TO:<b@x>", "DATA", "EHLO h") },
  {
    weight: 4,
    arbitrary: fc.constantFrom(
      "HELO h",
      "LHLO h",
      "RSET",
      "NOOP",
      "VRFY x",
      "HELP",
      "STARTTLS",
      "AUTH PLAIN",
      "AUTH LOGIN eA==",
      "AUTH FROB",
      "XCLIENT ADDR=192.0.2.1",
      "BDAT 10",
      "BDAT 0 LAST",
      "MAIL FROM:<a@x> BODY=BINARYMIME",
      "MAIL FROM:<a@x> REQUIRETLS",
      "RCPT TO:<b@x> NOTIFY=NEVER",
      "MAIL FROM:<>",
      "MAIL FROM:<ü@x> SMTPUTF8",
      "RCPT TO:<ü@x>",
      "RCPT TO:<bad>",
      "MAIL FROM:<a@x> SIZE=1001",
    ),
  },
  { weight: 1, arbitrary: fc.constantFrom("QUIT", "FROB", "AUTH x", "DATA x", "GET / HTTP/1.1") },
).map((line) => parseCommand(line));

const unread = fc.constantFrom("too-long", "not-utf8", "bare-newline", "endless")
  .map((kind) => unreadable(kind as "too-long"));

const commands = fc.array(fc.oneof({ weight: 30, arbitrary: command }, unread), { maxLength: 60 });

const standing = fc.record({
  secure: fc.boolean(),
  mustAuthenticate: fc.boolean(),
  lenient: fc.boolean(),
  mayXclient: fc.boolean(),
});

const options = fc.record({
  hostname: fc.constant("relay.test"),
  protocol: fc.constantFrom("smtp" as const, "smtp" as const, "lmtp" as const),
  tls: fc.constantFrom("none" as const, "offered" as const, "required" as const),
  auth: fc.constantFrom("none" as const, "with-tls" as const, "always" as const),
  limits: fc.constant(OPTIONS.limits),
});

/** What must hold after every step, whatever came before. */
function checkStep(before: SessionState, command: Command, next: Step): void {
  const { state, reply, task } = next;
  const { limits } = OPTIONS;
  assert.ok(state.usage.mails <= limits.mailsPerConnection);
  assert.ok(state.usage.errors <= Math.max(limits.errors, REFUSED_COMMANDS));
  assert.ok(state.usage.idleCommands <= IDLE_COMMANDS + 1);
  if (state.phase === "mail") {
    assert.ok(state.transaction.forwardPaths.length <= limits.recipients);
    assert.ok(before.phase === "mail" || command.verb === "MAIL");
    assert.ok(!state.standing.mustAuthenticate);
  }
  assert.equal(task?.kind === "data", reply.code === 354);
  if (command.verb === "BDAT" && before.phase !== "refused") assert.equal(task?.kind, "chunk");
  const message = task && "message" in task ? task.message : undefined;
  if (message) {
    assert.ok(command.verb === "DATA" || command.verb === "BDAT");
    assert.ok(message.transaction.forwardPaths.length >= 1);
  }
  if (reply.code === 421 || reply.code === 221) assert.equal(state.phase, "closed");
  if (command.verb === "ABUSE" || command.verb === "QUIT") assert.equal(state.phase, "closed");
  for (const line of formatReply(reply).split("\r\n").slice(0, -1)) {
    assert.match(line, /^[2-5]\d\d[ -][ -~]{1,506}$/);
  }
}

/** What the driver makes of a task that went well. */
function afterTask({ state, task }: Step, options: SessionOptions): SessionState {
  if (task?.kind === "tls") return secured(state);
  if (task?.kind === "sasl") return authenticated(state, { user: "nas" }, options).state;
  return state;
}

Deno.test("step() leads from one legal state to another, whatever the commands", () => {
  fc.assert(
    fc.property(fc.boolean(), standing, options, commands, (allowed, standing, options, all) => {
      let { state } = greet({ allowed, standing }, options);
      for (const command of all) {
        const next = step(state, command, options);
        checkStep(state, command, next);
        if (!allowed) assert.equal(next.task, undefined);
        state = afterTask(next, options);
        if (state.phase === "closed") return;
      }
    }),
    { numRuns: 2000 },
  );
});

Deno.test("step() never lets the same recipients be sent twice", () => {
  fc.assert(fc.property(commands, (commands) => {
    let { state } = begin();
    let accepted = 0;
    for (const command of commands) {
      const next = step(state, command, OPTIONS);
      if (command.verb === "MAIL" && next.reply.code === 250) accepted = 0;
      if (command.verb === "RCPT" && next.reply.code === 250) accepted++;
      if (next.task && "message" in next.task && next.task.message) {
        assert.equal(next.task.message.transaction.forwardPaths.length, accepted);
        if (next.task.kind === "data" || next.task.last) accepted = 0;
      }
      state = next.state;
      if (state.phase === "closed") return;
    }
  }));
});

Deno.test("step() changes nothing that it was given", () => {
  fc.assert(fc.property(commands, (commands) => {
    let { state } = begin();
    for (const command of commands) {
      const [before, again] = [structuredClone(state), structuredClone(state)];
      const next = step(state, command, OPTIONS);
      assert.deepEqual(state, before);
      assert.deepEqual(step(again, command, OPTIONS), next);
      state = next.state;
    }
  }));
});

Deno.test("step() closes a refused peer at its third command, and never takes its mail", () => {
  let { state, reply } = begin({}, false);
  assert.equal(reply.code, 554);
  for (const line of ["EHLO x", "MAIL FROM:<a@x>", "RCPT TO:<b@x>"]) {
    assert.equal(state.phase, "refused");
    ({ state, reply } = step(state, parseCommand(line), OPTIONS));
    assert.equal(reply.code, 503);
  }
  assert.equal(state.phase, "closed");
});

Deno.test("step() counts idle commands from the last message on", () => {
  let { state } = begin();
  const take = (line: string) => ({ state } = step(state, parseCommand(line), OPTIONS));
  take("EHLO h");
  for (let count = 1; count < IDLE_COMMANDS; count++) take("NOOP");
  assert.equal(state.usage.idleCommands, IDLE_COMMANDS);
  for (const line of ["MAIL FROM:<a@x>", "RCPT TO:<b@x>", "DATA"]) take(line);
  assert.equal(state.usage.idleCommands, 0);
  for (let count = 0; count < IDLE_COMMANDS; count++) take("NOOP");
  assert.equal(state.phase, "ready");
  take("NOOP");
  assert.equal(state.phase, "closed");
});

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

Deno.test("TLS makes a session begin anew: no name, no mail, no user", () => {
  const options = { ...OPTIONS, tls: "offered", auth: "always" } as const;
  const ready = run(["EHLO h"], begin({ mustAuthenticate: true }), options).state;
  const known = authenticated(ready, { user: "nas" }, options).state;
  const next = run(["MAIL FROM:<a@x>", "RCPT TO:<b@x>", "STARTTLS"], {
    state: known,
    reply: REPLY.ok,
  }, options);
  assert.deepEqual(next.task, { kind: "tls" });
  const state = secured(next.state);
  assert.equal(state.phase, "greeted");
  assert.deepEqual(state.standing, { ...STANDING, secure: true, mustAuthenticate: true });
  assert.equal(step(state, parseCommand("MAIL FROM:<a@x>"), options).reply.code, 530);
  assert.equal(step(state, parseCommand("STARTTLS"), options).reply, REPLY.secureAlready);
});

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
  const { state } = run([
    "EHLO h",
    "MAIL FROM:<a@x> RET=HDRS ENVID=QQ+2B314",
    "RCPT TO:<b@x> NOTIFY=SUCCESS,FAILURE ORCPT=rfc822;B@y",
    "RCPT TO:<c@x>",
  ], begin());
  assert.ok(state.phase === "mail");
  assert.deepEqual(state.transaction.dsn, {
    ret: "HDRS",
    envid: "QQ+314",
    recipients: { "b@x": { notify: ["SUCCESS", "FAILURE"], orcpt: "rfc822;B@y" } },
  });
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
