/**
 * The steps of a session before a mail: who the client is, and over what it speaks. Pure.
 *
 * @module
 */

import { MECHANISMS } from "./auth/sasl.ts";
import type { CommandOf } from "./command.ts";
import { REPLY } from "./reply.ts";
import { reset } from "./session_mail.ts";
import type { SessionOptions, SessionState, Step } from "./session_state.ts";

/** EHLO, HELO, or LHLO where LMTP is spoken (RFC 2033 §4.1). */
export function stepHello(
  state: SessionState,
  { verb, name }: CommandOf<"EHLO" | "HELO" | "LHLO">,
  options: SessionOptions,
): Step {
  if (options.protocol === "lmtp" && verb !== "LHLO") return { state, reply: REPLY.saysLmtp };
  if (options.protocol === "smtp" && verb === "LHLO") return { state, reply: REPLY.saysSmtp };
  const { usage, standing } = state;
  const client = { helo: name, extended: verb !== "HELO" };
  const ready: SessionState = { phase: "ready", usage, standing, client };
  if (verb === "HELO") return { state: ready, reply: { code: 250, lines: [options.hostname] } };
  const lines = [options.hostname, ...offers(state, options)] as const;
  return { state: ready, reply: { code: 250, lines } };
}

/** What a client may use from now on, one extension a line. */
function offers({ standing }: SessionState, options: SessionOptions): string[] {
  const { limits } = options;
  return [
    "PIPELINING",
    `SIZE ${limits.messageSizeOctets}`,
    "8BITMIME",
    "ENHANCEDSTATUSCODES",
    "SMTPUTF8",
    ...options.basic ? [] : ["CHUNKING", "BINARYMIME", "DSN"],
    ...options.tls !== "none" && !standing.secure ? ["STARTTLS"] : [],
    ...mayAuthenticate({ standing }, options) && standing.user === undefined
      ? [`AUTH ${MECHANISMS.join(" ")}`]
      : [],
    ...standing.secure ? ["REQUIRETLS"] : [],
    ...standing.mayXclient ? ["XCLIENT NAME ADDR PORT PROTO HELO LOGIN"] : [],
    `LIMITS RCPTMAX=${limits.recipients} MAILMAX=${limits.mailsPerConnection}`,
  ];
}

/** STARTTLS (RFC 3207). */
export function stepStartTls(state: SessionState, { tls }: SessionOptions): Step {
  if (state.standing.secure) return { state, reply: REPLY.secureAlready };
  if (tls === "none") return { state, reply: REPLY.notImplemented, quirk: "tls-not-offered" };
  if (state.phase !== "ready" && state.phase !== "mail") return { state, reply: REPLY.greetFirst };
  return { state: reset(state), reply: REPLY.beginTls, task: { kind: "tls" } };
}

/** AUTH (RFC 4954 §4). */
export function stepAuth(
  state: SessionState,
  { mechanism, initial }: CommandOf<"AUTH">,
  options: SessionOptions,
): Step {
  if (options.auth === "none") {
    return { state, reply: REPLY.notImplemented, quirk: "auth-not-offered" };
  }
  if (state.phase === "mail") return { state, reply: REPLY.authInMail };
  if (state.phase !== "ready") return { state, reply: REPLY.greetFirst };
  if (state.standing.user !== undefined) return { state, reply: REPLY.authAlready };
  if (!mayAuthenticate(state, options)) {
    return { state, reply: REPLY.authNeedsTls, quirk: "auth-before-tls" };
  }
  if (!MECHANISMS.some((name) => name === mechanism)) {
    return { state, reply: REPLY.authUnknown, quirk: "auth-mechanism" };
  }
  return {
    state,
    reply: REPLY.ok,
    task: { kind: "sasl", mechanism, ...initial !== undefined && { initial } },
  };
}

function mayAuthenticate(
  { standing }: Pick<SessionState, "standing">,
  { auth }: SessionOptions,
): boolean {
  return auth === "always" || auth === "with-tls" && standing.secure;
}

/** XCLIENT (Postfix' XCLIENT_README), from those who may. */
export function stepXclient(state: SessionState, { attributes }: CommandOf<"XCLIENT">): Step {
  if (!state.standing.mayXclient) return { state, reply: REPLY.notImplemented };
  if (state.phase === "mail") return { state, reply: REPLY.xclientInMail };
  return { state, reply: REPLY.ok, task: { kind: "xclient", attributes } };
}
