import assert from "node:assert/strict";
import fc from "fast-check";
import { type Command, parseCommand, unreadable } from "../../lib/smtp/command.ts";
import { formatReply } from "../../lib/smtp/reply.ts";
import { authenticated, greet, secured, step } from "../../lib/smtp/session.ts";
import {
  IDLE_COMMANDS,
  REFUSED_COMMANDS,
  type SessionOptions,
  type SessionState,
  type Step,
} from "../../lib/smtp/session_state.ts";
import { begin, OPTIONS } from "../support/session_stage.ts";

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
  .map((kind) => unreadable({ kind: kind as "too-long" }));

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
    assert.ok((state.recipients?.count ?? 0) <= limits.recipients);
    assert.ok(before.phase === "mail" || command.verb === "MAIL");
    assert.ok(!state.standing.mustAuthenticate || state.standing.user !== undefined);
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
