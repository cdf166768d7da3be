/**
 * Reads a message that comes in chunks of announced length (RFC 3030): counts their octets, mends
 * newlines where the message is text.
 *
 * INVARIANTS
 *
 * 1. Exactly as many octets are used as were announced, whatever they are: nothing in a chunk can
 *    end it or become a command. Dots mean nothing.
 * 2. Unless the message is binary, what comes out holds CR and LF only as pairs: a bare one becomes
 *    CR LF, also where a chunk ends. Binary octets come out as they came in.
 * 3. What comes out depends on the octets alone, not on how they were cut into packets or chunks.
 * 4. Past the size limit it goes on reading, so that the dialogue stays in step, and yields nothing.
 *
 * @module
 */

import { BufferPool } from "./buffers.ts";

const CR = 0x0d;
const LF = 0x0a;

const NOTHING = new Uint8Array(0);
const NEWLINE = Uint8Array.of(CR, LF);

/** Enough for what a session's inbox usually holds; chunks are rarer than DATA. */
const outputs = new BufferPool(2 * 4_096 + 2, 16);

/** Reads one message. */
export class ChunkReader {
  readonly #maxOctets: number;
  readonly #binary: boolean;
  #output: Uint8Array<ArrayBuffer> = NOTHING;
  /** Octets of the chunk that are still to come. */
  #left = 0;
  #octets = 0;
  #mended = 0;
  #used = 0;
  #oversize = false;
  /** Whether the last octet was a CR that waits for its LF. */
  #crSeen = false;
  /** Whether a line has begun and not ended. */
  #inLine = false;

  /**
   * Makes a reader for one message.
   *
   * @param maxOctets Most octets of the message.
   * @param kind Whether the message is BODY=BINARYMIME, and its newlines its own business.
   */
  constructor(maxOctets: number, { binary }: { readonly binary: boolean }) {
    this.#maxOctets = maxOctets;
    this.#binary = binary;
  }

  /** Octets of the message so far, newlines mended; a CR counts once it is known what follows. */
  get octets(): number {
    return this.#octets;
  }

  /** Newlines that were a bare CR or LF and have become CR LF. */
  get mended(): number {
    return this.#mended;
  }

  /** Whether all octets of the chunk have come. */
  get chunkEnded(): boolean {
    return this.#left === 0;
  }

  /** Whether the message is larger than allowed; nothing comes out from then on. */
  get oversize(): boolean {
    return this.#oversize;
  }

  /** How many octets of the last input belonged to the chunk. */
  get used(): number {
    return this.#used;
  }

  /** A chunk of so many octets follows; the one before has ended. */
  begin(octets: number): void {
    this.#left = octets;
  }

  /**
   * Takes octets from the wire, up to the end of the chunk if that is among them.
   *
   * @returns What they add to the message: a view, valid until the next call, and only as long as
   * the input stays as it is.
   */
  push(input: Uint8Array): Uint8Array {
    const piece = input.subarray(0, this.#left);
    this.#used = piece.length;
    this.#left -= piece.length;
    const output = this.#binary ? piece : this.#mend(piece);
    this.#octets += output.length;
    this.#oversize = this.#octets > this.#maxOctets;
    return this.#oversize ? NOTHING : output;
  }

  /**
   * The message ends. As text it consists of lines, and the next server may get it by DATA, which
   * knows no other end: a last line without CR LF gets one. That makes no message too large.
   *
   * @returns What that adds to the message, not to be written to.
   */
  end(): Uint8Array {
    if (this.#binary || this.#oversize || !this.#inLine) return NOTHING;
    this.#octets += NEWLINE.length;
    if (this.#crSeen) this.#mended++;
    this.#crSeen = this.#inLine = false;
    return NEWLINE;
  }

  /** Gives the output buffer back; nothing that `push` returned may be used any more. */
  release(): void {
    outputs.give(this.#output);
    this.#output = NOTHING;
  }

  #mend(piece: Uint8Array): Uint8Array {
    const output = this.#room(piece.length);
    let crSeen = this.#crSeen;
    let to = 0;
    for (const octet of piece) {
      if (octet !== LF && octet !== CR && !crSeen) {
        output[to++] = octet;
        continue;
      }
      // What follows a CR, or is a LF, ends a line; anything but both together is mended.
      if (crSeen || octet === LF) {
        if (!crSeen || octet !== LF) this.#mended++;
        output[to++] = CR;
        output[to++] = LF;
      }
      crSeen = octet === CR;
      if (octet !== CR && octet !== LF) output[to++] = octet;
    }
    if (piece.length > 0) this.#inLine = output[to - 1] !== LF || crSeen;
    this.#crSeen = crSeen;
    return output.subarray(0, to);
  }

  /** A buffer that holds the output even if every octet is a bare newline, and a CR waits. */
  #room(inputOctets: number): Uint8Array {
    const needed = 2 * inputOctets + 2;
    if (this.#output.length < needed) {
      outputs.give(this.#output);
      this.#output = outputs.take(needed);
    }
    return this.#output;
  }
}
