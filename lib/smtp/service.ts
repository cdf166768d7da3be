/**
 * What the protocol asks of the rest of the program. The server side of SMTP knows
 * nothing of rules, destinations and disks: it is given a {@link MailService}.
 *
 * @module
 */

import type { Envelope } from "../mail/envelope.ts";
import type { Reply } from "../mail/reply.ts";

/** Takes the mails that sessions bring. */
export interface MailService {
  /** Opens a place for the message of one mail transaction, once DATA is allowed. */
  begin(envelope: Envelope): MessageSink;
}

/** Where the message of one transaction goes. Exactly one of `accept` and `abort` ends it. */
export interface MessageSink {
  /**
   * Takes the next octets, CR LF throughout, dots unstuffed. The buffer is the caller's again
   * once the promise resolves. After a failure the sink swallows the rest, and `accept()` answers
   * with the 4xx that the failure deserves.
   */
  write(octets: Uint8Array): Promise<void> | void;
  /** The end of data has come: deliver, and say what the notifier is told. Never rejects. */
  accept(): Promise<Reply>;
  /** The peer went away or the message was refused: keep nothing. Never rejects. */
  abort(): Promise<void>;
}
