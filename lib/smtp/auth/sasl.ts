/**
 * The mechanisms by which a client authenticates (RFC 4954, RFC 4422), as the server sees them.
 * Pure: what comes in are lines, what comes out is what to say, or the credentials.
 *
 * @module
 */

import type { Reply } from "../../mail/reply.ts";
import type { Credentials } from "./authenticator.ts";

/** Mechanisms that are offered. */
export const MECHANISMS = ["PLAIN", "LOGIN"] as const;

/** What follows a line of the client. */
export type SaslStep =
  | {
    /** Ask for more: `334 challenge`. */
    readonly kind: "challenge";
    /** Base64; may be empty. */
    readonly challenge: string;
  }
  | { readonly kind: "credentials"; readonly credentials: Credentials }
  | {
    /** The exchange is over: cancelled (501), not base64 (501 5.5.2), too long (500 5.5.6). */
    readonly kind: "refused";
    readonly reply: Reply;
  };

/** One exchange. */
export interface SaslExchange {
  /** Begins; `initial` is the initial response as written, `=` for an empty one. */
  start(initial: string | undefined): SaslStep;
  /** Takes the next line of the client. */
  next(line: string): SaslStep;
}
