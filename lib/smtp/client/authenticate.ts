/**
 * AUTH as the client says it (RFC 4954).
 *
 * Invariants: credentials go out only over TLS with a verified certificate, or to a server on this
 * machine. What the server says from then on is read with the secrets hidden. Nothing of a mail is
 * sent before this has succeeded.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { RelayError } from "../../errors.ts";
import { answer, type Dialog, PeerRefused, readReply, sendCommands, unexpected } from "./dialog.ts";
import {
  challengeOf,
  type Mechanism,
  PASSWORD_MECHANISMS,
  passwordMechanism,
  TOKEN_MECHANISMS,
  tokenMechanism,
} from "./mechanisms.ts";
import type { Secrets } from "./secrets.ts";

/** Who we say we are, and how to prove it. */
export type ClientAuth =
  | {
    readonly kind: "password";
    /** The user. */
    readonly user: string;
    /** The password. */
    readonly password: string;
    /** The mechanism to use; absent: the best that is offered. */
    readonly mechanism?: typeof PASSWORD_MECHANISMS[number];
  }
  | {
    readonly kind: "oauth";
    /** The user. */
    readonly user: string;
    /** The mechanism to use; absent: the one that is offered. */
    readonly mechanism?: typeof TOKEN_MECHANISMS[number];
    /**
     * Gives an access token; `fresh`: not the one given before, which the server has refused.
     * Ends when the signal says so.
     */
    token(options: { readonly fresh: boolean }, signal: AbortSignal): Promise<string>;
  };

/** What authentication needs besides the dialog. */
export interface AuthContext {
  /** Who we are. */
  readonly auth: ClientAuth;
  /** The server, as access tokens name it. */
  readonly server: { readonly hostname: string; readonly port: number };
  /** Whether a server on this machine may have credentials in clear. */
  readonly trustLoopback: boolean;
  /** What the reader of the dialog hides. */
  readonly secrets: Secrets;
  /** Ends the wait for an access token. */
  readonly signal: AbortSignal;
}

/** Longest command line with an initial response, CR LF included (RFC 4954 §4, RFC 5321 §4.5.3.1.4). */
const MAX_LINE = 512;

/**
 * Authenticates.
 *
 * @throws {RelayError} `auth-unavailable`; `auth-refused` with the server's words, as
 * {@link PeerRefused}; whatever the source of tokens throws; and as the dialog.
 */
export async function authenticate(dialog: Dialog, context: AuthContext): Promise<void> {
  const { auth, trustLoopback } = context;
  if (dialog.secure !== "verified" && !(dialog.wire.loopback && trustLoopback)) {
    const text = "no verified TLS, and credentials are never sent without (tls: required)";
    throw new RelayError("auth-unavailable", text);
  }
  if (auth.kind === "oauth") return await sayToken(dialog, { ...context, auth });
  const best = dialog.secure === "no" ? PASSWORD_MECHANISMS.toReversed() : PASSWORD_MECHANISMS;
  const name = choose(dialog, auth.mechanism ? [auth.mechanism] : best, context);
  context.secrets.add(auth.password);
  await run(dialog, passwordMechanism(name, auth), context);
}

type TokenContext = AuthContext & { readonly auth: ClientAuth & { kind: "oauth" } };

async function sayToken(dialog: Dialog, context: TokenContext): Promise<void> {
  const { auth, server } = context;
  const name = choose(dialog, auth.mechanism ? [auth.mechanism] : TOKEN_MECHANISMS, context);
  const mechanism = async (fresh: boolean) => {
    const token = await tokenOf(dialog, { ...context, fresh });
    return tokenMechanism(name, { user: auth.user, token, ...server });
  };
  const first = await mechanism(false);
  try {
    await run(dialog, first, context);
  } catch (error) {
    if (!(error instanceof PeerRefused && error.reply.code === 535)) throw error;
    // A token may be taken back before its time is over.
    const second = await mechanism(true);
    // The one there is: to say it again would only count as another failure against us.
    if (second.initial === first.initial) throw error;
    await run(dialog, second, context).catch((again) => {
      // Some servers hang up on the second try: then what they said to the first one counts.
      throw again instanceof RelayError && again.code === "peer-closed" ? error : again;
    });
  }
}

function choose<Name extends string>(
  { extensions: { auth: offered } }: Dialog,
  usable: readonly Name[],
  { secrets }: AuthContext,
): Name {
  const name = usable.find((candidate) => offered.includes(candidate));
  if (name !== undefined) return name;
  const offers = offered.length > 0
    ? `only ${secrets.hide(offered.join(", "))}`
    : "no authentication";
  const text = `authentication expects ${usable.join(" or ")}, but the server offers ${offers}`;
  throw new RelayError("auth-unavailable", text);
}

async function tokenOf(
  { wire, limits }: Dialog,
  { auth, fresh, signal, secrets }: TokenContext & { readonly fresh: boolean },
): Promise<string> {
  const late = new AbortController();
  wire.idle(limits.authMs, () => {
    const reason = new RelayError("token-failed", `no access token within ${limits.authMs} ms`);
    late.abort(reason);
    wire.cut(reason);
  });
  const token = await auth.token({ fresh }, AbortSignal.any([signal, late.signal]));
  secrets.add(token);
  return token;
}

/** Says AUTH and answers what is asked. */
async function run(dialog: Dialog, mechanism: Mechanism, { secrets }: AuthContext): Promise<void> {
  const { name, initial } = mechanism;
  const answers = [...mechanism.answers];
  const command = `AUTH ${name}`;
  const say = (text: string) => {
    const line = encode(text);
    secrets.add(line);
    return line;
  };
  let line = command;
  if (initial !== undefined) {
    line = `${command} ${say(initial)}`;
    if (line.length + 2 > MAX_LINE) {
      line = command;
      answers.unshift(() => initial);
    }
  }
  for (;;) {
    await sendCommands(dialog, `${line}\r\n`);
    const reply = await readReply(dialog, command, dialog.limits.authMs, { asItCame: "334" });
    if (reply.code === 235) return;
    if (reply.code >= 400) {
      throw new PeerRefused(answer(command, reply), reply, "auth-refused");
    }
    if (reply.code !== 334) throw unexpected(command, reply);
    const next = answers.shift();
    const challenge = challengeOf(reply.lines.join(""));
    if (next === undefined || challenge === null) throw senseless(command, challenge);
    line = secret(next(challenge), secrets, say);
  }
}

/** What CRAM-MD5 answers must not come back either: its digest is as good as a password guess. */
function secret(text: string, secrets: Secrets, say: (text: string) => string): string {
  const digest = / ([0-9a-f]{32})$/.exec(text)?.[1];
  if (digest !== undefined) secrets.add(digest);
  return say(text);
}

/** The challenge is not shown: it may be what we have sent. */
function senseless(command: string, challenge: Uint8Array | null): RelayError {
  const what = challenge === null ? "a challenge that is not base64" : "one challenge too many";
  return new RelayError("reply-invalid", `${command} answered with ${what}`);
}

function encode(text: string): string {
  return Buffer.from(text).toString("base64");
}
