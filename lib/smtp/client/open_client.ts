/**
 * How a connection to a mail server begins: TCP, greeting, EHLO (RFC 5321 §3.1, §3.2), TLS and
 * EHLO again (RFC 3207 §4.2), AUTH (RFC 4954). What comes out of here is ready for mail, and as
 * safe as the configuration asks for.
 *
 * @module
 */

import type { SmarthostTlsConfig } from "../../config/types.ts";
import { RelayError } from "../../errors.ts";
import { log } from "../../log.ts";
import type { Reply } from "../../mail/reply.ts";
import { authenticate, type ClientAuth } from "./authenticate.ts";
import { SmtpClient } from "./client.ts";
import { type Clock, SYSTEM_CLOCK } from "../deadline.ts";
import {
  answer,
  type ClientLimits,
  type Dialog,
  PeerRefused,
  readReply,
  sendCommands,
} from "./dialog.ts";
import { parseExtensions } from "./extensions.ts";
import { Secrets } from "./secrets.ts";
import { askForTls, secureDialog, TlsFailed } from "./secure_dialog.ts";
import { peerName, withDialog } from "./with_dialog.ts";
import { explainHandshake } from "./explain_handshake.ts";

export { peerName } from "./with_dialog.ts";

/** Which server, and how to talk to it. */
export interface ClientOptions {
  /** Name, IPv4 or IPv6 address of the server. */
  readonly hostname: string;
  /** Its port, 1 to 65535. */
  readonly port: number;
  /** What we call ourselves in EHLO: a domain or an address literal (RFC 5321 §4.1.1.1). */
  readonly helloName: string;
  /** How the connection is protected; absent: not at all. */
  readonly tls?: SmarthostTlsConfig;
  /** Who we say we are; absent: nobody. */
  readonly auth?: ClientAuth;
  /** Whether a server on this machine may have credentials in clear; default true. */
  readonly trustLoopback?: boolean;
  /** Longest waits; {@link DEFAULT_LIMITS} where nothing is said. */
  readonly limits?: Partial<ClientLimits>;
  /** Where time comes from. */
  readonly clock?: Clock;
}

/** How long a server whose TLS does not work is talked to in clear, in ms (`opportunistic` only). */
const IN_CLEAR_MS = 600_000;

const NO_TLS: SmarthostTlsConfig = { mode: "none" };
const logger = log("smtp");

/**
 * Makes what opens connections to one server, and remembers for a while that its TLS does not
 * work, where the configuration allows to go on in clear (RFC 7435: better than nothing, but no
 * reason to keep the mail).
 */
export function clientOpener(options: ClientOptions): (signal: AbortSignal) => Promise<SmtpClient> {
  const clock = options.clock ?? SYSTEM_CLOCK;
  let inClearUntil = -Infinity;
  return async (signal) => {
    if (clock.now() < inClearUntil) return await open({ ...options, tls: NO_TLS }, signal);
    try {
      return await open(options, signal);
    } catch (error) {
      if (!(error instanceof TlsFailed)) throw error;
      warnInClear(options, error.message);
      inClearUntil = clock.now() + IN_CLEAR_MS;
      return await open({ ...options, tls: NO_TLS }, signal);
    }
  };
}

/**
 * Connects, waits for the greeting and says EHLO, or HELO to a server that knows no EHLO; then TLS
 * and AUTH as configured. Of an earlier connection nothing is known: see {@link clientOpener}.
 *
 * @throws {RelayError} `connect-failed`, `timeout`, `aborted`, `peer-closed`, `reply-invalid`,
 * `tls-unavailable`, `tls-failed`, `auth-unavailable`, whatever the source of tokens throws, or, as
 * {@link PeerRefused}, `peer-refused`, `tls-refused`, `auth-refused`; nothing stays open then.
 */
export function openClient(options: ClientOptions, signal: AbortSignal): Promise<SmtpClient> {
  return clientOpener(options)(signal);
}

async function open(options: ClientOptions, signal: AbortSignal): Promise<SmtpClient> {
  const { auth, hostname, port, trustLoopback = true } = options;
  const secrets = new Secrets();
  if (auth?.kind === "password") secrets.add(auth.password);
  return await withDialog({ ...options, secrets, signal }, async (fresh) => {
    const strict = isStrict(options, fresh.wire.loopback);
    const dialog = await begin(fresh, { options, secrets, strict, signal });
    if (auth) {
      const server = { hostname, port };
      await authenticate(dialog, { auth, server, trustLoopback, secrets, signal });
    }
    return new SmtpClient(dialog);
  });
}

/** Whether TLS must be verified where there is any: always, where credentials are at stake. */
function isStrict({ tls = NO_TLS, auth, trustLoopback = true }: ClientOptions, loopback: boolean) {
  return tls.mode !== "opportunistic" || (auth !== undefined && !(loopback && trustLoopback));
}

/** A server that waits for the first octets of TLS says nothing. */
const MUTE = "where TLS comes first on this port, set tls: implicit";

/** What the beginning of a dialog needs. */
interface Beginning {
  readonly options: ClientOptions;
  readonly secrets: Secrets;
  readonly strict: boolean;
  readonly signal: AbortSignal;
}

/** From the first octet to the extensions that count. */
async function begin(fresh: Dialog, beginning: Beginning): Promise<Dialog> {
  const { helloName, tls = NO_TLS } = beginning.options;
  if (tls.mode === "implicit") {
    return await greet(await secure(fresh, beginning), helloName);
  }
  const dialog = await greet(fresh, helloName);
  if (tls.mode === "none" || !await agreedOnTls(dialog, beginning)) return dialog;
  return await hello(await secure(dialog, beginning), helloName);
}

/** Whether the server is ready for a handshake; in `opportunistic` it need not be. */
async function agreedOnTls(dialog: Dialog, { options, strict }: Beginning): Promise<boolean> {
  if (!dialog.extensions.startTls) {
    if (options.tls?.mode !== "required") return false;
    const text = "the server does not offer STARTTLS although tls is required; " +
      "somebody may be stripping it";
    throw new RelayError("tls-unavailable", text);
  }
  try {
    await askForTls(dialog);
    return true;
  } catch (error) {
    if (strict || !(error instanceof RelayError) || error.code !== "tls-refused") throw error;
    warnInClear(options, error.message);
    return false;
  }
}

async function secure(dialog: Dialog, { options, ...rest }: Beginning): Promise<Dialog> {
  const { tls = NO_TLS, hostname } = options;
  try {
    const context = { tls, hostname, verify: rest.strict, secrets: rest.secrets };
    return (await secureDialog(dialog, context)).dialog;
  } catch (error) {
    throw await explainHandshake(error, { options, ...rest });
  }
}

async function greet(dialog: Dialog, helloName: string): Promise<Dialog> {
  const { greetingMs } = dialog.limits;
  const greeting = await readReply(dialog, "connection", greetingMs).catch((error) => {
    throw dialog.secure === "no" && error instanceof RelayError && error.code === "timeout"
      ? new RelayError("timeout", `${error.message}; ${MUTE}`, { cause: error })
      : error;
  });
  welcome("greeting", greeting);
  return await hello(dialog, helloName);
}

/** Introduces us, and learns what the server can do; again under TLS, where all else is forgotten. */
async function hello(dialog: Dialog, helloName: string): Promise<Dialog> {
  const { limits } = dialog;
  await sendCommands(dialog, `EHLO ${helloName}\r\n`);
  const reply = await readReply(dialog, "EHLO", limits.helloMs, { asItCame: "250" });
  if (reply.code < 500) return { ...dialog, extensions: parseExtensions(welcome("EHLO", reply)) };
  await sendCommands(dialog, `HELO ${helloName}\r\n`);
  welcome("HELO", await readReply(dialog, "HELO", limits.helloMs));
  return dialog;
}

function welcome(command: string, reply: Reply): Reply {
  if (reply.code < 300) return reply;
  throw new PeerRefused(answer(command, reply), reply);
}

function warnInClear(options: ClientOptions, reason: string): void {
  logger.warning("mail goes in clear: TLS does not work", { server: peerName(options), reason });
}
