/**
 * From a handshake that failed to the error that says why.
 *
 * A TLS library that refuses a certificate does not show it. Whether it has expired or comes from
 * an unknown authority is worth a second connection, which looks at it and says nothing.
 *
 * @module
 */

import type { SmarthostTlsConfig } from "../../config/types.ts";
import { RelayError } from "../../errors.ts";
import type { Clock } from "../deadline.ts";
import { readReply, sendCommands } from "./dialog.ts";
import type { Secrets } from "./secrets.ts";
import { askForTls, secureDialog, serverNameOf, TlsFailed } from "./secure_dialog.ts";
import {
  HandshakeFailed,
  handshakeReason,
  INJECTION,
  isAboutCertificate,
  type ShownCertificate,
} from "./tls_reason.ts";
import { withDialog } from "./with_dialog.ts";

/** What the explanation needs. */
export interface ExplainContext {
  /** The server, and how to talk to it. */
  readonly options: {
    readonly hostname: string;
    readonly port: number;
    readonly helloName: string;
    readonly tls?: SmarthostTlsConfig;
    readonly clock?: Clock;
  };
  /** What reasons must not show. */
  readonly secrets: Secrets;
  /** Whether the dialog must not go on in clear. */
  readonly strict: boolean;
  /** Ends the second look. */
  readonly signal: AbortSignal;
}

/** Longest time for each step of the second look, in ms: it only serves a better reason. */
const LOOK_MS = 3_000;

/**
 * Explains a failure.
 *
 * @returns A {@link TlsFailed} where the dialog may be tried again in clear; else a `RelayError`
 * with `tls-failed`; or the error itself when it is of another kind.
 */
export async function explainHandshake(error: unknown, context: ExplainContext): Promise<unknown> {
  const { options, strict, secrets } = context;
  if (error instanceof TlsFailed) return strict ? inTheEnd(error.message, error) : error;
  if (!(error instanceof HandshakeFailed)) return error;
  const { tls = { mode: "none" }, hostname } = options;
  const failure = await withCertificate(error, context);
  const reason = secrets.hide(handshakeReason(failure, {
    serverName: serverNameOf({ tls, hostname }),
    implicit: tls.mode === "implicit",
    caFile: tls.caFile,
    now: Date.now(),
  }));
  // Who injects is no server whose TLS is merely out of order.
  return strict || reason === INJECTION ? inTheEnd(reason, error) : new TlsFailed(reason, error);
}

function inTheEnd(reason: string, cause: Error): RelayError {
  return new RelayError("tls-failed", reason, { cause });
}

async function withCertificate(
  failure: HandshakeFailed,
  context: ExplainContext,
): Promise<HandshakeFailed> {
  const text = failure.cause instanceof Error ? failure.cause.message : "";
  const known = failure.certificate !== undefined || /^invalid peer certificate/.test(text);
  if (known || !isAboutCertificate(failure)) return failure;
  const certificate = await lookAtCertificate(context);
  return new HandshakeFailed(failure.cause, certificate, failure.firstOctet);
}

/** The server's certificate, whoever it is; nothing is sent but what leads to TLS. */
async function lookAtCertificate(
  { options, secrets, signal }: ExplainContext,
): Promise<ShownCertificate | undefined> {
  const { hostname, helloName, tls = { mode: "none" } } = options;
  const limits = { connectMs: LOOK_MS, greetingMs: LOOK_MS, helloMs: LOOK_MS, blockMs: LOOK_MS };
  try {
    return await withDialog({ ...options, limits, secrets, signal }, async (dialog) => {
      if (tls.mode !== "implicit") {
        await readReply(dialog, "connection", LOOK_MS);
        await sendCommands(dialog, `EHLO ${helloName}\r\n`);
        await readReply(dialog, "EHLO", LOOK_MS);
        await askForTls(dialog);
      }
      // Our own certificate is for those whom we trust.
      const shy = { mode: tls.mode };
      const look = { ...dialog, limits: { ...dialog.limits, handshakeMs: LOOK_MS } };
      const context = { tls: shy, hostname: tls.serverName ?? hostname, verify: false, secrets };
      const { stream } = await secureDialog(look, context);
      dialog.wire.cut(new RelayError("aborted", "looked at the certificate"));
      return stream.certificate;
    });
  } catch (error) {
    if (!(error instanceof RelayError || error instanceof HandshakeFailed)) throw error;
    // The reason says less then.
    return undefined;
  }
}
