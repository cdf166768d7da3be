/**
 * The steps of a mail transaction: MAIL, RCPT, DATA, BDAT. Pure.
 *
 * @module
 */

import type { DsnRequest } from "../mail/envelope.ts";
import type { Reply } from "../mail/reply.ts";
import type { CommandOf } from "./command.ts";
import type { Quirk } from "./quirks.ts";
import { REPLY } from "./reply.ts";
import type {
  Client,
  MailState,
  MessageStart,
  Recipients,
  SessionOptions,
  SessionState,
  Step,
  Transaction,
} from "./session_state.ts";

/** What a client is called that has not said so, which only a lenient session takes. */
const SILENT: Client = { helo: "unknown", extended: false };

/** MAIL (RFC 5321 §4.1.1.2). */
export function stepMail(
  before: SessionState,
  command: CommandOf<"MAIL">,
  options: SessionOptions,
): Step {
  const { state, quirk, refusal } = prepareMail(before, command, options);
  const noted = quirk ? { quirk } : {};
  if (refusal) return { state, reply: refusal, ...noted };
  const { limits } = options;
  const { usage, standing } = state;
  if (usage.mails >= limits.mailsPerConnection) {
    return { state: { phase: "closed", usage, standing }, reply: REPLY.tooManyMails };
  }
  const unwanted = refusalOfSender(command, options, state);
  if (unwanted) return { state, reply: unwanted, ...noted };
  return {
    state: {
      phase: "mail",
      usage: { ...usage, mails: usage.mails + 1 },
      standing,
      client: state.phase === "ready" ? state.client : SILENT,
      transaction: transactionOf(command),
      recipients: null,
      someRefused: false,
      chunking: false,
    },
    reply: REPLY.senderOk,
    ...noted,
  };
}

interface Prepared {
  readonly state: SessionState;
  readonly quirk?: Quirk;
  readonly refusal?: Reply;
}

/** Whether a mail may begin now; a lenient session makes it so. */
function prepareMail(
  state: SessionState,
  command: CommandOf<"MAIL">,
  options: SessionOptions,
): Prepared {
  const { secure, lenient, mustAuthenticate, user } = state.standing;
  if (state.phase === "mail") {
    if (!lenient || state.chunking) {
      return { state, quirk: "second-mail", refusal: REPLY.nestedMail };
    }
    return { ...prepareMail(reset(state), command, options), quirk: "second-mail" };
  }
  if (options.tls === "required" && !secure) {
    return { state, quirk: "no-tls", refusal: REPLY.tlsFirst };
  }
  if (mustAuthenticate && user === undefined) {
    return { state, quirk: "no-login", refusal: REPLY.authenticateFirst };
  }
  if (state.phase !== "ready") {
    const silent = lenient && options.protocol === "smtp";
    return { state, quirk: "no-hello", ...!silent && { refusal: REPLY.greetFirst } };
  }
  if (!command.extended || state.client.extended) return { state };
  return {
    state,
    quirk: "parameters-after-helo",
    ...!lenient && { refusal: REPLY.parametersAfterHelo },
  };
}

function refusalOfSender(
  { parameters, wide }: CommandOf<"MAIL">,
  { limits }: SessionOptions,
  { standing }: SessionState,
): Reply | null {
  if (parameters.requireTls && !standing.secure) return REPLY.requireTlsNeedsTls;
  if (wide && !parameters.smtpUtf8) return REPLY.senderNeedsUtf8;
  return parameters.sizeOctets > limits.messageSizeOctets ? REPLY.messageTooBig : null;
}

function transactionOf({ reversePath, parameters }: CommandOf<"MAIL">): Transaction {
  const { smtpUtf8, body, requireTls, ret, envid } = parameters;
  const dsn: DsnRequest = { ...ret && { ret }, ...envid !== undefined && { envid } };
  return {
    reversePath,
    forwardPaths: [],
    smtpUtf8,
    body,
    ...requireTls && { requireTls },
    ...Object.keys(dsn).length > 0 && { dsn },
  };
}

/** RCPT (RFC 5321 §4.1.1.3). */
export function stepRecipient(
  state: SessionState,
  command: CommandOf<"RCPT">,
  { limits }: SessionOptions,
): Step {
  if (state.phase !== "mail") return { state, reply: outOfTransaction(state) };
  if (state.chunking) return { state, reply: REPLY.chunksUnderWay };
  const { transaction, recipients: before } = state;
  const refuse = (reply: Reply): Step => ({ state: noteRefused(state), reply });
  const count = (before?.count ?? 0) + 1;
  if (count > limits.recipients) return refuse(REPLY.tooManyRecipients);
  if (command.wide && !transaction.smtpUtf8) return refuse(REPLY.recipientNeedsUtf8);
  const { forwardPath, dsn } = command;
  return {
    state: { ...state, recipients: { forwardPath, ...dsn && { dsn }, before, count } },
    reply: REPLY.recipientOk,
  };
}

/** The transaction with its recipients, of which there is one at least. */
function complete({ transaction, recipients, chunking }: MailState): Transaction {
  if (chunking) return transaction;
  const all: Recipients[] = [];
  for (let at = recipients; at !== null; at = at.before) all.push(at);
  all.reverse();
  const asked = all.flatMap(({ forwardPath, dsn }) => dsn ? [[forwardPath, dsn] as const] : []);
  const forwardPaths = all.map(({ forwardPath }) => forwardPath);
  if (asked.length === 0) return { ...transaction, forwardPaths };
  const dsn = { ...transaction.dsn, recipients: Object.fromEntries(asked) };
  return { ...transaction, forwardPaths, dsn };
}

/** DATA (RFC 5321 §4.1.1.4). */
export function stepData(state: SessionState): Step {
  if (state.phase !== "mail") return { state, reply: outOfTransaction(state) };
  if (state.chunking) return { state, reply: REPLY.chunksUnderWay };
  if (state.transaction.body === "BINARYMIME") return { state, reply: REPLY.binaryNeedsChunks };
  if (state.recipients === null) return { state, reply: nobody(state) };
  // The end of data ends the transaction, whatever becomes of the mail (RFC 5321 §4.1.1.4).
  return {
    state: delivered(state),
    reply: REPLY.startMessage,
    task: { kind: "data", message: messageOf(state) },
  };
}

/** BDAT (RFC 3030 §2). A chunk that cannot be taken is read all the same: it is no command. */
export function stepChunk(state: SessionState, { octets, last }: CommandOf<"BDAT">): Step {
  const unwanted = { kind: "chunk", octets, last } as const;
  if (state.phase !== "mail") return { state, reply: outOfTransaction(state), task: unwanted };
  if (state.recipients === null) return { state, reply: nobody(state), task: unwanted };
  const message = messageOf(state);
  const { transaction } = message;
  return {
    state: last ? delivered(state) : { ...state, transaction, chunking: true },
    reply: REPLY.chunkTaken,
    task: { ...unwanted, message },
  };
}

function messageOf(state: MailState): MessageStart {
  return { transaction: complete(state), client: state.client };
}

function delivered({ usage, standing, client }: MailState): SessionState {
  return { phase: "ready", usage: { ...usage, idleCommands: 0 }, standing, client };
}

function nobody({ someRefused }: MailState): Reply {
  return someRefused ? REPLY.noRecipients : REPLY.recipientFirst;
}

/** What the client has to say before RCPT, DATA or BDAT make sense. */
function outOfTransaction(state: SessionState): Reply {
  return state.phase === "ready" ? REPLY.mailFirst : REPLY.greetFirst;
}

/** Remembers that a recipient was refused. */
export function noteRefused(state: SessionState): SessionState {
  return state.phase === "mail" ? { ...state, someRefused: true } : state;
}

/** Drops an open transaction and keeps the rest of the session. */
export function reset(state: SessionState): SessionState {
  if (state.phase !== "mail") return state;
  const { usage, standing, client } = state;
  return { phase: "ready", usage, standing, client };
}
