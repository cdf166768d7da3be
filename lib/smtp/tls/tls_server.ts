/**
 * TLS under a wire, on the side that is called: STARTTLS (RFC 3207) and TLS from the first octet
 * (RFC 8314). Sessions know only this contract.
 *
 * @module
 */

import type { Quirk } from "../quirks.ts";
import type { Wire } from "../wire.ts";

/** Makes wires secure. */
export interface TlsServer {
  /**
   * Runs the handshake over a wire in clear, from which nothing is being read. The wire is the
   * server's from then on, also when the handshake fails: then it is closed. Closing the wire
   * ends a handshake under way. Never rejects.
   *
   * @param begin `implicit`: a peer that begins with anything but a handshake is told so in clear.
   */
  secure(wire: Wire, begin: TlsBegin): Promise<Handshake>;
  /** Reads certificate and key again; the old ones stay in force where the new ones are no good. */
  reload(): Promise<void>;
  /** Lets go of everything; wires that are open stay so. Never rejects. */
  close(): Promise<void>;
}

/** How TLS begins: with the first octet (RFC 8314), or after STARTTLS (RFC 3207). */
export type TlsBegin = "implicit" | "starttls";

/** How a handshake ended. */
export type Handshake =
  | {
    readonly kind: "secure";
    /** What the session goes on with; closing it closes the wire below. */
    readonly wire: Wire;
  }
  | {
    readonly kind: "failed";
    /** Why, for the log: what the peer offered, and what would help. */
    readonly reason: string;
    /** What the peer did wrong, where that has a name. */
    readonly quirk?: Quirk;
  };
