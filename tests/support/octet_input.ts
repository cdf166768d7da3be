/**
 * Reads a connection up to a mark, fast enough for load tests.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { nullWhenLost } from "./lost_peer.ts";

const FIRST_OCTETS = 16_384;

/** What comes over a connection. */
export class OctetInput {
  readonly #conn: Deno.Conn;
  #buffer = new Uint8Array(FIRST_OCTETS);
  #used = 0;

  /** Makes an input of which nothing is read yet. */
  constructor(conn: Deno.Conn) {
    this.#conn = conn;
  }

  /**
   * The octets before a mark; mark and octets are taken away. `null` when the peer closed or was
   * cut off before the mark came.
   */
  async readUntil(mark: Uint8Array): Promise<Uint8Array | null> {
    for (let from = 0;;) {
      const at = Buffer.from(this.#buffer.buffer, 0, this.#used).indexOf(mark, from);
      if (at >= 0) return this.#take(at, mark.length);
      from = Math.max(0, this.#used - mark.length);
      if (!await this.#more()) return null;
    }
  }

  #take(end: number, markLength: number): Uint8Array {
    const taken = this.#buffer.slice(0, end);
    this.#buffer.copyWithin(0, end + markLength, this.#used);
    this.#used -= end + markLength;
    return taken;
  }

  async #more(): Promise<boolean> {
    if (this.#used === this.#buffer.length) {
      const larger = new Uint8Array(this.#buffer.length * 2);
      larger.set(this.#buffer);
      this.#buffer = larger;
    }
    const count = await this.#conn.read(this.#buffer.subarray(this.#used)).catch(nullWhenLost);
    this.#used += count ?? 0;
    return count !== null;
  }
}

/** Writes all octets; `false` when the peer is gone. */
export async function writeAll(conn: Deno.Conn, octets: Uint8Array): Promise<boolean> {
  try {
    for (let sent = 0; sent < octets.length;) sent += await conn.write(octets.subarray(sent));
    return true;
  } catch (error) {
    nullWhenLost(error);
    return false;
  }
}
