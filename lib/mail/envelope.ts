/**
 * The envelope of a mail: what the SMTP dialogue said about it, apart from its octets.
 *
 * @module
 */

/** Reverse-path, forward-paths and the trace of the session (RFC 5321 §2.3.1). */
export interface Envelope {
  /** The MAIL FROM address without angle brackets; the empty string is the null reverse-path `<>`. */
  readonly reversePath: string;
  /** The RCPT TO addresses without angle brackets and source routes; at least one. */
  readonly forwardPaths: readonly string[];
  /** Whether the client asked for SMTPUTF8 (RFC 6531): addresses or header may be UTF-8. */
  readonly smtpUtf8: boolean;
  /** What the client declared the body to be (RFC 6152, RFC 3030); absent means 7BIT. */
  readonly body: "7BIT" | "8BITMIME" | "BINARYMIME";
  /** Whether the mail may go on over verified TLS only (RFC 8689). */
  readonly requireTls?: true;
  /** What the client asked for in the way of delivery status notifications (RFC 3461). */
  readonly dsn?: DsnRequest;
  /** Who sent it, and how. */
  readonly session: SessionTrace;
}

/** The parameters of RFC 3461; each is absent where the client did not say. */
export interface DsnRequest {
  /** How much of the message a notification returns (§4.3). */
  readonly ret?: "FULL" | "HDRS";
  /** The envelope identifier (§4.4), decoded: printable ASCII. */
  readonly envid?: string;
  /** What was asked for recipients, by forward-path. */
  readonly recipients?: Readonly<Record<string, RecipientDsn>>;
}

/** What a client asked for one recipient. */
export interface RecipientDsn {
  /** When to tell the reverse-path (§4.1); `NEVER` stands alone. Absent: `FAILURE` and `DELAY`. */
  readonly notify?: readonly DsnEvent[];
  /** The original recipient (§4.2), decoded: `rfc822;ops@example.org`. */
  readonly orcpt?: string;
}

/** When the reverse-path may be told. */
export type DsnEvent = "NEVER" | "SUCCESS" | "FAILURE" | "DELAY";

/** What the `Received` field and the log tell about the inbound session. */
export interface SessionTrace {
  /** Address of the peer, without port: `127.0.0.1` or `::1`; `unix` for a peer on a unix socket. */
  readonly peer: string;
  /** What the client called itself in EHLO or HELO; printable, no blanks; client-controlled. */
  readonly helo: string;
  /** The protocol, as the `with` clause of `Received` names it. */
  readonly protocol: Protocol;
  /** Who it is, where it has authenticated; never shown to recipients. */
  readonly user?: string;
}

/** `S` for TLS, `A` for authenticated (RFC 3848); UTF-8 has names of its own (RFC 6531 §4.3). */
export type Protocol =
  | "SMTP"
  | `${"ESMTP" | "LMTP" | "UTF8SMTP" | "UTF8LMTP"}${"" | "S"}${"" | "A"}`;
