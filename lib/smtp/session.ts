/**
 * The SMTP session as a pure state machine: no sockets, no clock, no disk.
 *
 *     greeted --EHLO/HELO--> ready --MAIL--> mail --RCPT--> mail --DATA--> ready
 *        |                     ^               |               (the message follows)
 *        |                     +-RSET/EHLO/HELO+
 *        +--QUIT, or a limit--> closed         refused: after the 554 greeting, only QUIT
 *
 * Every step first asks whether the command may come now, then what it does. The driver
 * (`connection.ts`) sends the reply, reads the message where the step asks for it, and closes
 * once the phase is `closed`.
 *
 * @module
 */

import type { Reply } from "../mail/reply.ts";
import type { Command } from "./command.ts";
import { REPLY } from "./reply.ts";
import {
  IDLE_COMMANDS,
  REFUSED_COMMANDS,
  type SessionOptions,
  type SessionState,
  type Step,
  type Usage,
} from "./session_state.ts";

const UNUSED: Usage = { mails: 0, errors: 0, idleCommands: 0 };

/** Begins a session: the greeting, which a peer outside `allow` gets as a refusal. */
export function greet(allowed: boolean, options: SessionOptions): Step {
  return allowed
    ? {
      state: { phase: "greeted", usage: UNUSED },
      reply: { code: 220, lines: [`${options.hostname} ESMTP`] },
    }
    : { state: { phase: "refused", usage: UNUSED }, reply: REPLY.peerNotAllowed };
}

/** Takes the session one command further. Pure: same state and command, same step. */
export function step(state: SessionState, command: Command, options: SessionOptions): Step {
  if (command.verb === "ABUSE") return close(state, command.reply);
  if (state.phase === "refused") return stepRefused(state, command);
  const next = proceed(state, command, options);
  if (isProtocolError(next.reply)) return countError(next, options);
  return isProgress(command, next.reply) ? next : countIdleCommand(next);
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
    case "MAIL":
      return stepMail(state, command, options);
    case "RCPT":
      return stepRecipient(state, command, options);
    case "DATA":
      return stepData(state);
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
    case "BDAT":
    case "AUTH":
    case "XCLIENT":
    case "STARTTLS":
      return { state, reply: REPLY.notImplemented };
    case "MALFORMED":
      return { state: command.recipient ? noteRefused(state) : state, reply: command.reply };
  }
}

type Of<Verb extends Command["verb"]> = Command & { verb: Verb };

function stepHello(
  state: SessionState,
  { verb, name }: Of<"EHLO" | "HELO" | "LHLO">,
  { hostname, limits }: SessionOptions,
): Step {
  const client = { helo: name, extended: verb !== "HELO" };
  const ready: SessionState = { phase: "ready", usage: state.usage, client };
  if (verb === "HELO") return { state: ready, reply: { code: 250, lines: [hostname] } };
  const lines = [
    hostname,
    "PIPELINING",
    `SIZE ${limits.messageSizeOctets}`,
    "8BITMIME",
    "ENHANCEDSTATUSCODES",
    "SMTPUTF8",
    `LIMITS RCPTMAX=${limits.recipients} MAILMAX=${limits.mailsPerConnection}`,
  ] as const;
  return { state: ready, reply: { code: 250, lines } };
}

function stepMail(state: SessionState, command: Of<"MAIL">, { limits }: SessionOptions): Step {
  const stay = (reply: Reply): Step => ({ state, reply });
  if (state.phase === "mail") return stay(REPLY.nestedMail);
  if (state.phase !== "ready") return stay(REPLY.greetFirst);
  if (state.usage.mails >= limits.mailsPerConnection) return close(state, REPLY.tooManyMails);
  if (command.extended && !state.client.extended) return stay(REPLY.parametersAfterHelo);
  const { sizeOctets, smtpUtf8, body } = command.parameters;
  if (command.wide && !smtpUtf8) return stay(REPLY.senderNeedsUtf8);
  if (sizeOctets > limits.messageSizeOctets) return stay(REPLY.messageTooBig);
  const transaction = { reversePath: command.reversePath, forwardPaths: [], smtpUtf8, body };
  const usage = { ...state.usage, mails: state.usage.mails + 1 };
  return {
    state: { phase: "mail", usage, client: state.client, transaction, someRefused: false },
    reply: REPLY.senderOk,
  };
}

function stepRecipient(state: SessionState, command: Of<"RCPT">, { limits }: SessionOptions): Step {
  if (state.phase !== "mail") return { state, reply: outOfTransaction(state) };
  const { transaction } = state;
  const refuse = (reply: Reply): Step => ({ state: noteRefused(state), reply });
  if (transaction.forwardPaths.length >= limits.recipients) return refuse(REPLY.tooManyRecipients);
  if (command.wide && !transaction.smtpUtf8) return refuse(REPLY.recipientNeedsUtf8);
  const forwardPaths = [...transaction.forwardPaths, command.forwardPath];
  return {
    state: { ...state, transaction: { ...transaction, forwardPaths } },
    reply: REPLY.recipientOk,
  };
}

function stepData(state: SessionState): Step {
  if (state.phase !== "mail") return { state, reply: outOfTransaction(state) };
  const { transaction, client } = state;
  if (transaction.forwardPaths.length === 0) {
    return { state, reply: state.someRefused ? REPLY.noRecipients : REPLY.recipientFirst };
  }
  // The end of data ends the transaction, whatever becomes of the mail (RFC 5321 §4.1.1.4).
  const usage = { ...state.usage, idleCommands: 0 };
  return {
    state: { phase: "ready", usage, client },
    reply: REPLY.startMessage,
    message: { transaction, client },
  };
}

function stepRefused(state: SessionState, command: Command): Step {
  if (command.verb === "QUIT") return close(state, REPLY.bye);
  const errors = state.usage.errors + 1;
  const phase = errors >= REFUSED_COMMANDS ? "closed" : "refused";
  return { state: { phase, usage: { ...state.usage, errors } }, reply: REPLY.onlyQuit };
}

/** What the client has to say before RCPT or DATA make sense. */
function outOfTransaction(state: SessionState): Reply {
  return state.phase === "ready" ? REPLY.mailFirst : REPLY.greetFirst;
}

function noteRefused(state: SessionState): SessionState {
  return state.phase === "mail" ? { ...state, someRefused: true } : state;
}

/** Drops an open transaction and keeps the rest of the session. */
function reset(state: SessionState): SessionState {
  if (state.phase !== "mail") return state;
  return { phase: "ready", usage: state.usage, client: state.client };
}

function close({ usage }: SessionState, reply: Reply): Step {
  return { state: { phase: "closed", usage }, reply };
}

/** Replies that a client gets only for breaking the protocol; not those about a mail. */
function isProtocolError({ code }: Reply): boolean {
  return (code >= 500 && code <= 504) || code === 555;
}

/** Whether a mail has come a step further; a refusal brings it none, however often it is repeated. */
function isProgress({ verb }: Command, { code }: Reply): boolean {
  return (verb === "MAIL" || verb === "RCPT" || verb === "DATA") && code < 400;
}

function countError({ state, reply }: Step, { limits }: SessionOptions): Step {
  const usage = { ...state.usage, errors: state.usage.errors + 1 };
  const counted = { ...state, usage };
  return usage.errors >= limits.errors
    ? close(counted, REPLY.tooManyErrors)
    : { state: counted, reply };
}

function countIdleCommand({ state, reply }: Step): Step {
  if (state.phase === "closed") return { state, reply };
  const usage = { ...state.usage, idleCommands: state.usage.idleCommands + 1 };
  const counted = { ...state, usage };
  return usage.idleCommands > IDLE_COMMANDS
    ? close(counted, REPLY.tooManyIdleCommands)
    : { state: counted, reply };
}
