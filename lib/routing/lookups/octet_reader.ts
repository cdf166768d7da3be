/**
 * Reads a connection in the pieces that HTTP/1.1 is made of: lines, and so many octets.
 *
 * @module
 */

/** The reading side of a connection. */
export type Readable = Pick<Deno.Conn, "read">;

/** What is read from the connection at once, in octets. */
const PIECE_OCTETS = 16 * 1024;

const LF = 0x0a;

/** The octets of a connection, one after another. */
export class OctetReader {
  readonly #conn: Readable;
  #ahead: Uint8Array<ArrayBuffer> = new Uint8Array(0);

  /** Takes over the reading side; nobody else may read. */
  constructor(conn: Readable) {
    this.#conn = conn;
  }

  /**
   * Reads one line, without its line end; CR LF or LF alone (RFC 9112 §2.2). Octets as Latin-1.
   *
   * @param maxOctets Longest line.
   * @throws {Error} When it is longer, or the connection ends before it does.
   */
  async line(maxOctets: number): Promise<string> {
    for (let scanned = 0;;) {
      const end = this.#ahead.indexOf(LF, scanned);
      if (end > maxOctets || (end < 0 && this.#ahead.length > maxOctets)) {
        throw new Error("the head of the answer is too long");
      }
      if (end >= 0) return this.#take(end + 1).reduce(toLatin1, "").replace(/\r?\n$/, "");
      scanned = this.#ahead.length;
      const piece = await this.#read();
      if (piece === null) throw new Error("the connection ended within the answer");
      const joined = new Uint8Array(scanned + piece.length);
      joined.set(this.#ahead);
      joined.set(piece, scanned);
      this.#ahead = joined;
    }
  }

  /** Reads at least one and at most so many octets; `null` at the end of the connection. */
  async some(maxOctets: number): Promise<Uint8Array<ArrayBuffer> | null> {
    if (this.#ahead.length > 0) return this.#take(maxOctets);
    this.#ahead = await this.#read() ?? this.#ahead;
    return this.#ahead.length > 0 ? this.#take(maxOctets) : null;
  }

  #take(octets: number): Uint8Array<ArrayBuffer> {
    const taken = this.#ahead.subarray(0, octets);
    this.#ahead = this.#ahead.subarray(octets);
    return taken;
  }

  async #read(): Promise<Uint8Array<ArrayBuffer> | null> {
    const buffer = new Uint8Array(PIECE_OCTETS);
    const count = await this.#conn.read(buffer);
    return count === null ? null : buffer.subarray(0, count);
  }
}

function toLatin1(text: string, octet: number): string {
  return text + String.fromCharCode(octet);
}
