/**
 * Octets of a TLS record sent before the peer has sent them, to make the kernel acknowledge.
 *
 * A small write waits until the one before is acknowledged (Nagle's algorithm), and between two ends
 * that take turns the kernel holds acknowledgements back for 40 ms. Deno cannot switch either off for
 * a connection that `Deno.listenTls` has accepted. With TLS 1.3 the server writes two tickets after
 * the handshake and the greeting behind them, and each waits for the one before: 80 ms. But an
 * acknowledgement also goes along with whatever is sent the other way; and in TLS 1.3 every record
 * after the handshake begins with the same three octets (RFC 8446 §5.2), so that they can be sent at
 * any time and left out when they come.
 *
 * Pure. INVARIANT: what `pass` gives and `next` gives, in the order of the calls, is the peer's stream.
 *
 * @module
 */

/** `application_data`, and the version that all records bear. */
const BEGINNING = [0x17, 0x03, 0x03] as const;

const HEADER_OCTETS = 5;

/** Follows the records of one peer. */
export class HeadStart {
  readonly #allowed: boolean;
  /** Octets of the header under way that have come. */
  #header = 0;
  /** Octets of that header that have gone on, come or not. */
  #sent = 0;
  /** First octet of the length. */
  #high = 0;
  /** Octets of the body still to come. */
  #body = 0;

  /** Follows from the first octet on; `allowed` only for TLS 1.3. */
  constructor(allowed: boolean) {
    this.#allowed = allowed;
  }

  /**
   * An octet that may go on now, before it has come; `null` in the middle of a record. To be asked
   * only when all records of the handshake have passed.
   */
  next(): Uint8Array | null {
    const octet = BEGINNING[this.#sent];
    if (!this.#allowed || this.#body > 0 || octet === undefined) return null;
    this.#sent++;
    return Uint8Array.of(octet);
  }

  /** What of the octets that have come must still go on; `null` when others have gone ahead. */
  pass(octets: Uint8Array): Uint8Array | null {
    const ahead = Math.min(this.#sent - this.#header, octets.length);
    for (let index = 0; index < ahead; index++) {
      if (octets[index] !== BEGINNING[this.#header + index]) return null;
    }
    this.#follow(octets);
    return octets.subarray(ahead);
  }

  #follow(octets: Uint8Array): void {
    for (let at = 0; at < octets.length;) {
      if (this.#body > 0) {
        const count = Math.min(this.#body, octets.length - at);
        this.#body -= count;
        at += count;
      } else this.#followHeader(octets[at++] ?? 0);
    }
  }

  #followHeader(octet: number): void {
    this.#header++;
    this.#sent = Math.max(this.#sent, this.#header);
    if (this.#header === HEADER_OCTETS - 1) this.#high = octet;
    if (this.#header < HEADER_OCTETS) return;
    this.#body = this.#high << 8 | octet;
    this.#header = this.#sent = 0;
  }
}
