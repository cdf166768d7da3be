/**
 * How a dialog comes under TLS: STARTTLS (RFC 3207) or at once (RFC 8314).
 *
 * Invariants: nothing that came in clear survives: neither octets that wait to be read nor what
 * the server has offered. Octets in clear after the server's reply to STARTTLS end the dialog.
 *
 * @module
 */

import type { SmarthostTlsConfig } from "../../config/types.ts";
import { RelayError } from "../../errors.ts";
import { answer, type Dialog, PeerRefused, readReply, sendCommands, unexpected } from "./dialog.ts";
import { NO_EXTENSIONS } from "./extensions.ts";
import { ReplyReader } from "./reply_reader.ts";
import type { Secrets } from "./secrets.ts";
import { readTlsFiles } from "./tls_files.ts";
import { type HandshakeFailed, INJECTION } from "./tls_reason.ts";
import { beginTls, type SecureStream } from "./tls_stream.ts";

/** What TLS needs besides the dialog. */
export interface SecureContext {
  /** The configuration of the server. */
  readonly tls: SmarthostTlsConfig;
  /** The name or address of the server. */
  readonly hostname: string;
  /** Whether its certificate has to be good. */
  readonly verify: boolean;
  /** What readers hide. */
  readonly secrets: Secrets;
}

/** A handshake that came to nothing, and whether the server is likely to do better in clear. */
export class TlsFailed extends RelayError {
  /** Names the reason; `failure` is absent when the handshake took too long. */
  constructor(message: string, readonly failure?: HandshakeFailed) {
    super("tls-failed", message, { cause: failure });
  }
}

/**
 * Asks for TLS.
 *
 * @throws {RelayError} `tls-refused`, as {@link PeerRefused}: the dialog can go on in clear;
 * `tls-failed` when more than a reply came; and as the dialog.
 */
export async function askForTls(dialog: Dialog): Promise<void> {
  await sendCommands(dialog, "STARTTLS\r\n");
  const reply = await readReply(dialog, "STARTTLS", dialog.limits.helloMs);
  if (reply.code >= 400) throw new PeerRefused(answer("STARTTLS", reply), reply, "tls-refused");
  if (reply.code !== 220) throw unexpected("STARTTLS", reply);
  // CVE-2021-38371: it would be taken for the server's first words under TLS.
  if (dialog.reader.hasMore) throw new RelayError("tls-failed", INJECTION);
}

/**
 * Shakes hands; EHLO is to follow.
 *
 * @throws {HandshakeFailed} When the handshake fails.
 * @throws {RelayError} `tls-failed` when a file cannot be read, {@link TlsFailed} when it takes too
 * long; and as the wire.
 */
export async function secureDialog(
  dialog: Dialog,
  { tls, hostname, verify, secrets }: SecureContext,
): Promise<{ readonly dialog: Dialog; readonly stream: SecureStream }> {
  const { wire, limits } = dialog;
  const serverName = serverNameOf({ tls, hostname });
  const wishes = { ...await readTlsFiles(tls), verify, serverName };
  wire.idle(limits.handshakeMs, () => {
    wire.cut(new TlsFailed(`TLS handshake not finished within ${limits.handshakeMs} ms`));
  });
  const stream = await wire.upgrade((below) => beginTls(below, wishes));
  const secured: Dialog = {
    ...dialog,
    reader: new ReplyReader(wire, secrets),
    extensions: NO_EXTENSIONS,
    secure: verify ? "verified" : "unverified",
    ...stream.certificate && { certificate: stream.certificate },
  };
  return { dialog: secured, stream };
}

/** The name or address that the certificate must be for, without brackets or a last dot. */
export function serverNameOf(
  { tls, hostname }: { readonly tls: SmarthostTlsConfig; readonly hostname: string },
): string {
  return (tls.serverName ?? hostname).replace(/^\[(.*)\]$/, "$1").replace(/\.$/, "");
}
