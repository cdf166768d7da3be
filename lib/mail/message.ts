/**
 * The message as the program passes it around: header fields at hand, octets
 * wherever the store has put them.
 *
 * @module
 */

import type { Envelope } from "./envelope.ts";

/** The octets after DATA: header section and body (RFC 5321 §2.3.9), CR LF throughout. */
export interface Message {
  /** Size in octets as received: without dot-stuffing, without our `Received` field. */
  readonly octets: number;
  /** SHA-256 of the octets as received, in hexadecimal; tells a resent mail from a new one. */
  readonly digest: string;
  /** The header fields as received, each ending in CR LF, without the blank line; at most 1 MiB. */
  readonly fields: Uint8Array;
  /**
   * What follows the fields, in pieces, exactly as received: the blank line and the body.
   * Empty when the message is all header. May be called more than once, also at a time. A piece is
   * valid until the next one is asked for: its memory is used again.
   */
  rest(): AsyncIterable<Uint8Array>;
}

/** One mail: an envelope and a message, under a name of ours. */
export interface Mail {
  /** Our id (a ULID): in the reply, in every log line, in the `Received` field. */
  readonly queueId: string;
  /** What the dialogue said. */
  readonly envelope: Envelope;
  /** The octets. */
  readonly message: Message;
  /** When the end of data was read, in milliseconds since the epoch. */
  readonly receivedAt: number;
}
