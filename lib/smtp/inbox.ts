/**
 * The octets that have come from a peer and are not used yet: one buffer that the line reader
 * and the data reader share, because a packet may hold the end of one thing and the start of
 * the next (RFC 2920).
 *
 * @module
 */

import { BufferPool } from "./buffers.ts";

/** The only thing the inbox needs from a connection. */
export interface OctetSource {
  /** Reads at least one and at most `buffer.length` octets; `null` at the end. */
  read(buffer: Uint8Array): Promise<number | null>;
}

/** Size while commands come, in octets: many idle sessions must be cheap. */
const SMALL_OCTETS = 4_096;

/** Size while a large message comes, in octets. */
const LARGE_OCTETS = 65_536;

const smallBuffers = new BufferPool(SMALL_OCTETS);
const NOTHING = new Uint8Array(0);

/** Octets that have been read and wait for use. */
export class Inbox {
  readonly #source: OctetSource;
  readonly #smallOctets: number;
  #buffer: Uint8Array<ArrayBuffer>;
  #reading = false;
  #start = 0;
  #end = 0;
  #filled = false;

  /**
   * Makes an empty inbox.
   *
   * @param source Where octets come from.
   * @param lineOctets The longest line that must fit in.
   */
  constructor(source: OctetSource, lineOctets: number) {
    this.#source = source;
    this.#smallOctets = Math.max(SMALL_OCTETS, lineOctets);
    this.#buffer = smallBuffers.take(this.#smallOctets);
  }

  /** Whether there are no octets. */
  get empty(): boolean {
    return this.#start === this.#end;
  }

  /** What has come and is not used: a view, valid until the next `fill`. */
  get octets(): Uint8Array {
    return this.#buffer.subarray(this.#start, this.#end);
  }

  /** Marks the first `count` octets as used. */
  use(count: number): void {
    this.#start = Math.min(this.#start + count, this.#end);
    if (this.#start === this.#end) this.#start = this.#end = 0;
  }

  /**
   * Waits for more octets. A full buffer must have been used in part before.
   *
   * @returns `false` when the peer is gone: nothing more will come.
   */
  async fill(): Promise<boolean> {
    if (this.#start > 0) {
      this.#buffer.copyWithin(0, this.#start, this.#end);
      this.#end -= this.#start;
      this.#start = 0;
    }
    this.#reading = true;
    const count = await this.#source.read(this.#buffer.subarray(this.#end));
    this.#reading = false;
    if (count === null) return false;
    this.#end += count;
    this.#filled = this.#end === this.#buffer.length;
    return true;
  }

  /** Makes room for a large message, if there seems to be one: the buffer was filled at once. */
  widen(): void {
    if (this.#filled && this.#buffer.length < LARGE_OCTETS) this.#resize(LARGE_OCTETS);
  }

  /** Gives back the room of a large message, unless more has come than would fit. */
  narrow(): void {
    if (this.#end - this.#start < this.#smallOctets) this.#resize(this.#smallOctets);
  }

  /** Forgets what has come; no read may be under way. */
  clear(): void {
    this.#start = this.#end = 0;
  }

  /** Gives the buffer back, unless a read is still under way; the inbox is empty from then on. */
  release(): void {
    if (this.#reading) return;
    smallBuffers.give(this.#buffer);
    this.#buffer = NOTHING;
    this.#start = this.#end = 0;
  }

  #resize(octets: number): void {
    if (this.#buffer.length === octets) return;
    const buffer = new Uint8Array(octets);
    buffer.set(this.octets);
    this.#end -= this.#start;
    this.#start = 0;
    this.#buffer = buffer;
  }
}
