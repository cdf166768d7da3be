/**
 * The SMTP session as a pure state machine: no sockets, no clock, no disk.
 *
 *     greeted --EHLO/HELO--> ready --MAIL--> mail --RCPT--> mail --DATA--> ready
 *        |  ^                  ^               |              (the message follows)
 *        |  +--STARTTLS--------+-RSET/EHLO/HELO+--BDAT--> mail --BDAT LAST--> ready
 *        +--QUIT, or a limit--> closed         refused: after the 554 greeting, only QUIT
 *
 * Every step first asks whether the command may come now, then what it does. The driver
 * (`connection.ts`) sends the reply, does the task that the step asks for, and closes once the
 * phase is `closed`. `session_mail.ts` has the steps of a mail, `session_hello.ts` those before it.
 *
 * @module
 */

import type { Reply } from "../mail/reply.ts";
import type { Command, CommandOf } from "./command.ts";
import { REPLY } from "./reply.ts";
import { stepAuth, stepHello, stepStartTls, stepXclient } from "./session_hello.ts";
import {
  noteRefused,
  reset,
  stepChunk,
  stepData,
  stepMail,
  stepRecipient,
} from "./session_mail.ts";
import {
  IDLE_COMMANDS,
  REFUSED_COMMANDS,
  type SessionOptions,
  type SessionState,
  type Standing,
  type Step,
  type Usage,
} from "./session_state.ts";

const UNUSED: Usage = { mails: 0, errors: 0, idleCommands: 0 };

/**
 * Begins a session: the greeting, which a peer outside `allow` gets as a refusal.
 *
 * @param usage What the session has used up before, where it begins anew (XCLIENT).
 */
export function greet(
  { allowed, standing, usage = UNUSED }: {
    readonly allowed: boolean;
    readonly standing: Standing;
    readonly usage?: Usage;
  },
  { hostname, protocol }: Pick<SessionOptions, "hostname" | "protocol">,
): Step {
  const name = protocol === "lmtp" ? "LMTP" : "ESMTP";
  return allowed
    ? {
      state: { phase: "greeted", usage, standing },
      reply: { code: 220, lines: [`${hostname} ${name}`] },
    }
    : { state: { phase: "refused", usage, standing }, reply: REPLY.peerNotAllowed };
}

/** Takes the session one command further. Pure: same state and command, same step. */
export function step(state: SessionState, command: Command, options: SessionOptions): Step {
  if (command.verb === "ABUSE") return close(state, command.reply);
  if (state.phase === "refused") return stepRefused(state, command);
  const next = proceed(state, command, options);
  if (isProtocolError(next.reply)) return countError(next, options);
  return isProgress(command, next.reply) ? next : countIdleCommand(next);
}

/** What the end of an exchange that authenticates leads to. */
export function authenticated(
  state: SessionState,
  result: { readonly user: string } | { readonly reply: Reply },
  options: SessionOptions,
): Step {
  if ("user" in result) {
    const standing = { ...state.standing, user: result.user };
    return { state: { ...state, standing }, reply: REPLY.authenticated };
  }
  const { reply } = result;
  const last = reply.code === 421 || reply === REPLY.bareNewline;
  return last ? close(state, reply) : countError({ state, reply }, options);
}

/** The state once the handshake is over: nothing that was said in clear counts (RFC 3207 §4.2). */
export function secured({ usage, standing }: SessionState): SessionState {
  const { user: _, ...rest } = standing;
  return {
    phase: "greeted",
    usage: { ...usage, idleCommands: 0 },
    standing: { ...rest, secure: true },
  };
}

/** The state once a message given in chunks was refused: what follows of it is thrown away. */
export function chunksRefused(state: SessionState): SessionState {
  return reset(state);
}

function proceed(
  state: SessionState,
  command: Exclude<Command, { verb: "ABUSE" }>,
  options: SessionOptions,
): Step {
  switch (command.verb) {
    case "EHLO":
    case "HELO":
    case "LHLO":
      return stepHello(state, command, options);
    case "STARTTLS":
      return stepStartTls(state, options);
    case "AUTH":
      return stepAuth(state, command, options);
    case "XCLIENT":
      return stepXclient(state, command);
    case "MAIL":
      return stepMail(state, command, options);
    case "RCPT":
      return stepRecipient(state, command, options);
    case "DATA":
      return stepData(state);
    case "BDAT":
      if (options.basic) return { state, reply: REPLY.notImplemented };
      return stepChunk(state, command);
    case "RSET":
      return { state: reset(state), reply: REPLY.ok };
    case "NOOP":
      return { state, reply: REPLY.ok };
    case "VRFY":
      return { state, reply: REPLY.notVerified };
    case "HELP":
      return { state, reply: REPLY.help };
    case "QUIT":
      return close(state, REPLY.bye);
    case "MALFORMED":
      return { state: afterMalformed(state, command), reply: command.reply };
  }
}

/**
 * Between chunks, a line that nobody understands may have been meant for BDAT: a message that went
 * on without that chunk would have a hole.
 */
function afterMalformed(
  state: SessionState,
  { recipient }: CommandOf<"MALFORMED">,
): SessionState {
  if (recipient) return noteRefused(state);
  return state.phase === "mail" && state.chunking ? reset(state) : state;
}

function stepRefused(state: SessionState, command: Command): Step {
  if (command.verb === "QUIT") return close(state, REPLY.bye);
  const errors = state.usage.errors + 1;
  const phase = errors >= REFUSED_COMMANDS ? "closed" : "refused";
  const usage = { ...state.usage, errors };
  return { state: { phase, usage, standing: state.standing }, reply: REPLY.onlyQuit };
}

function close({ usage, standing }: SessionState, reply: Reply): Step {
  return { state: { phase: "closed", usage, standing }, reply };
}

/** Replies that a client gets only for breaking the protocol, or guessing; not those about a mail. */
function isProtocolError({ code }: Reply): boolean {
  return (code >= 500 && code <= 504) || code === 555 || code === 530 || code === 538;
}

/** Whether a mail has come a step further; a refusal brings it none, however often it is repeated. */
function isProgress({ verb }: Command, { code }: Reply): boolean {
  return (verb === "MAIL" || verb === "RCPT" || verb === "DATA" || verb === "BDAT") && code < 400;
}

function countError(next: Step, { limits }: SessionOptions): Step {
  const { state, reply } = next;
  const usage = { ...state.usage, errors: state.usage.errors + 1 };
  const counted = { ...state, usage };
  if (usage.errors < limits.errors) return { ...next, state: counted, reply };
  // A chunk that nobody wants must be read all the same: it is no command.
  const closing = close(counted, REPLY.tooManyErrors);
  return next.task?.kind === "chunk" ? { ...closing, task: next.task } : closing;
}

function countIdleCommand(next: Step): Step {
  const { state } = next;
  if (state.phase === "closed") return next;
  const usage = { ...state.usage, idleCommands: state.usage.idleCommands + 1 };
  const counted = { ...state, usage };
  return usage.idleCommands > IDLE_COMMANDS
    ? close(counted, REPLY.tooManyIdleCommands)
    : { ...next, state: counted };
}
