/**
 * How a connection to a mail server begins: TCP, greeting, EHLO (RFC 5321 §3.1, §3.2). TLS and
 * authentication belong at the end of it, once they are built.
 *
 * @module
 */

import { RelayError } from "../../errors.ts";
import type { Reply } from "../../mail/reply.ts";
import { SmtpClient } from "./client.ts";
import { aborted, connectWire } from "./client_wire.ts";
import { BLOCK_OCTETS } from "./data_writer.ts";
import type { Clock } from "../deadline.ts";
import {
  answer,
  type ClientLimits,
  DEFAULT_LIMITS,
  type Dialog,
  PeerRefused,
  readReply,
  sendCommands,
} from "./dialog.ts";
import { NO_EXTENSIONS, parseExtensions } from "./extensions.ts";
import { ReplyReader } from "./reply_reader.ts";

/** Which server, and how to talk to it. The place of TLS and credentials, once they are built. */
export interface ClientOptions {
  /** Name, IPv4 or IPv6 address of the server. */
  readonly hostname: string;
  /** Its port, 1 to 65535. */
  readonly port: number;
  /** What we call ourselves in EHLO: a domain or an address literal (RFC 5321 §4.1.1.1). */
  readonly helloName: string;
  /** Longest waits; {@link DEFAULT_LIMITS} where nothing is said. */
  readonly limits?: Partial<ClientLimits>;
  /** Where time comes from. */
  readonly clock?: Clock;
}

/**
 * Connects, waits for the greeting and says EHLO, or HELO to a server that knows no EHLO.
 *
 * @throws {RelayError} `connect-failed`, `timeout`, `aborted`, `peer-closed`, `reply-invalid` or, as
 * {@link PeerRefused}, `peer-refused`; nothing stays open then.
 */
export async function openClient(
  options: ClientOptions,
  signal: AbortSignal,
): Promise<SmtpClient> {
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const wire = await connectWire({ ...options, connectMs: limits.connectMs, signal });
  const onAbort = () => wire.cut(aborted(signal));
  signal.addEventListener("abort", onAbort);
  try {
    const dialog: Dialog = {
      peer: peerName(options),
      wire,
      reader: new ReplyReader(wire),
      extensions: NO_EXTENSIONS,
      secure: "no",
      limits,
      buffer: new Uint8Array(BLOCK_OCTETS),
    };
    return new SmtpClient(await greet(dialog, options.helloName));
  } catch (error) {
    wire.cut(error instanceof RelayError ? error : new RelayError("aborted", "client broke"));
    throw error;
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}

/** How a server is named in reasons and logs: `smtp.example.com:25`, `[::1]:25`. */
export function peerName({ hostname, port }: { hostname: string; port: number }): string {
  return hostname.includes(":") && !hostname.startsWith("[")
    ? `[${hostname}]:${port}`
    : `${hostname}:${port}`;
}

/** From the greeting to the extensions; STARTTLS and AUTH will find their place at its end. */
async function greet(dialog: Dialog, helloName: string): Promise<Dialog> {
  const { limits } = dialog;
  welcome("greeting", await readReply(dialog, "connection", limits.greetingMs));
  await sendCommands(dialog, `EHLO ${helloName}\r\n`);
  const reply = await readReply(dialog, "EHLO", limits.helloMs);
  if (reply.code < 500) return { ...dialog, extensions: parseExtensions(welcome("EHLO", reply)) };
  await sendCommands(dialog, `HELO ${helloName}\r\n`);
  welcome("HELO", await readReply(dialog, "HELO", limits.helloMs));
  return dialog;
}

function welcome(command: string, reply: Reply): Reply {
  if (reply.code < 300) return reply;
  throw new PeerRefused(answer(command, reply), reply);
}
