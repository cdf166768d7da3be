/**
 * The exchange in which a client authenticates (RFC 4954 §4): its lines are responses, not commands.
 *
 * @module
 */

import { log } from "../log.ts";
import type { Reply } from "../mail/reply.ts";
import type { Authenticator, Credentials } from "./auth/authenticator.ts";
import { AUTH_REPLY } from "./auth/replies.ts";
import { MAX_AUTH_LINE_OCTETS, saslExchange, type SaslStep } from "./auth/sasl.ts";
import type { Channel } from "./channel.ts";
import type { Line, LineReader } from "./line_reader.ts";
import { REPLY } from "./reply.ts";
import type { Task } from "./session_state.ts";

/** What an exchange came to. */
export type AuthResult = { readonly user: string } | { readonly reply: Reply };

/** What an exchange is led with. */
export interface Exchanging {
  /** The dialogue. */
  readonly channel: Channel;
  /** What reads its lines. */
  readonly lines: LineReader;
  /** Who decides. */
  readonly authenticator: Authenticator;
}

const logger = log("smtp");

/** Leads one exchange; `null` when the peer went away. Never tells the log what the peer said. */
export async function authenticate(
  { mechanism, initial }: Extract<Task, { kind: "sasl" }>,
  context: Exchanging,
): Promise<AuthResult | null> {
  const { channel, authenticator } = context;
  if (authenticator.paused(channel.peer)) return paused(channel.peer);
  const exchange = saslExchange(mechanism);
  if (!exchange) return { reply: REPLY.authUnknown };
  let step: SaslStep = exchange.start(initial);
  while (step.kind === "challenge") {
    channel.say({ code: 334, lines: [step.challenge] });
    const line = await response(context);
    if (line === null) return null;
    if (typeof line !== "string") return { reply: line };
    step = exchange.next(line);
  }
  if (step.kind === "refused") return { reply: step.reply };
  return await verify(step.credentials, context);
}

/** The next line of the client, or the reply to one that cannot be read. */
async function response({ channel, lines }: Exchanging): Promise<string | Reply | null> {
  for (;;) {
    const line = lines.next(MAX_AUTH_LINE_OCTETS);
    if (line?.kind === "line") return line.text;
    if (line) return refusalOf(line.kind);
    if (!await channel.exchange()) return null;
  }
}

function refusalOf(kind: Exclude<Line["kind"], "line">): Reply {
  switch (kind) {
    case "bare-newline":
      return REPLY.bareNewline;
    case "not-utf8":
      return AUTH_REPLY.notBase64;
    case "too-long":
    case "auth-too-long":
      return AUTH_REPLY.lineTooLong;
    case "endless":
      return REPLY.endlessLine;
  }
}

async function verify(
  credentials: Credentials,
  { channel, authenticator }: Exchanging,
): Promise<AuthResult> {
  const { peer } = channel;
  const verdict = await channel.whileOurs(authenticator.verify(credentials, peer));
  switch (verdict) {
    case "accepted":
      logger.info("peer authenticated", { peer, user: credentials.user });
      return { user: credentials.user };
    case "refused":
      // Without the name: whoever types the password there should not find it in a log.
      logger.warning("login failed", { peer });
      return { reply: REPLY.loginFailed };
    case "paused":
      return paused(peer);
  }
}

function paused(peer: string): AuthResult {
  logger.warning("peer dismissed", { peer, reason: "too many failed logins" });
  return { reply: REPLY.tooManyLogins };
}
