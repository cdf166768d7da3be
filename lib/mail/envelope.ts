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
  /** What the client declared the body to be (RFC 6152); absent means 7BIT. */
  readonly body: "7BIT" | "8BITMIME";
  /** Who sent it, and how. */
  readonly session: SessionTrace;
}

/** What the `Received` field and the log tell about the inbound session. */
export interface SessionTrace {
  /** Address of the peer, without port: `127.0.0.1` or `::1`. */
  readonly peer: string;
  /** What the client called itself in EHLO or HELO; printable, no blanks; client-controlled. */
  readonly helo: string;
  /** The protocol, as the `with` clause of `Received` names it (RFC 3848, RFC 6531 §4.3). */
  readonly protocol: "SMTP" | "ESMTP" | "UTF8SMTP";
}
