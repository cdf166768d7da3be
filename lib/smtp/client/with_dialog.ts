/**
 * The frame around every dialog with a mail server: it is connected, and cut when the talk fails
 * or its caller gives up.
 *
 * @module
 */

import { RelayError } from "../../errors.ts";
import type { Clock } from "../deadline.ts";
import { aborted, connectWire } from "./client_wire.ts";
import { BLOCK_OCTETS } from "./data_writer.ts";
import { type ClientLimits, DEFAULT_LIMITS, type Dialog } from "./dialog.ts";
import { NO_EXTENSIONS } from "./extensions.ts";
import { ReplyReader } from "./reply_reader.ts";
import type { Secrets } from "./secrets.ts";

/** Which server, how long to wait, and what its words must not show. */
export interface DialogOptions {
  /** Name, IPv4 or IPv6 address of the server. */
  readonly hostname: string;
  /** Its port, 1 to 65535. */
  readonly port: number;
  /** Longest waits; {@link DEFAULT_LIMITS} where nothing is said. */
  readonly limits?: Partial<ClientLimits>;
  /** Where time comes from. */
  readonly clock?: Clock;
  /** What readers hide. */
  readonly secrets: Secrets;
  /** Ends the talk. */
  readonly signal: AbortSignal;
}

/**
 * Connects and talks.
 *
 * @throws {RelayError} `connect-failed`, `timeout` or `aborted`, or as `talk`; nothing stays open
 * then.
 */
export async function withDialog<T>(
  options: DialogOptions,
  talk: (dialog: Dialog) => Promise<T>,
): Promise<T> {
  const { signal, secrets } = options;
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const wire = await connectWire({ ...options, connectMs: limits.connectMs });
  const onAbort = () => wire.cut(aborted(signal));
  signal.addEventListener("abort", onAbort);
  try {
    return await talk({
      peer: peerName(options),
      wire,
      reader: new ReplyReader(wire, secrets),
      extensions: NO_EXTENSIONS,
      secure: "no",
      limits,
      buffer: new Uint8Array(BLOCK_OCTETS),
    });
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
