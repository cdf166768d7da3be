/**
 * Writes a message as the octets that follow DATA (RFC 5321 §4.5.2): dots at the start of a line
 * doubled, the end of data added, everything else as it is.
 *
 * A message that fits the buffer goes out in one write together with its end of data; a longer
 * one in blocks, each waiting for the one before, so that a slow server slows the sender.
 *
 * @module
 */

const CR = 0x0d;
const LF = 0x0a;
const DOT = 0x2e;

/** Octets of a piece that are stuffed at once; with every third one doubled they fit the buffer. */
const SLICE_OCTETS = 32_768;

/** Size of the buffer that {@link DataWriter} needs: the largest block that is written. */
export const BLOCK_OCTETS = 65_536;

/** Takes a block; the buffer is the caller's again once the promise resolves. */
export type WriteBlock = (block: Uint8Array) => Promise<void>;

/** Writes one message. */
export class DataWriter {
  readonly #write: WriteBlock;
  readonly #buffer: Uint8Array;
  #used = 0;
  #octets = 0;
  #last = LF;
  #lineStart = true;

  /**
   * Writes through a buffer that may have served for other messages.
   *
   * @param write Where the blocks go.
   * @param buffer Of {@link BLOCK_OCTETS} octets.
   */
  constructor(write: WriteBlock, buffer: Uint8Array) {
    this.#write = write;
    this.#buffer = buffer;
  }

  /** Octets of the message so far, before stuffing. */
  get octets(): number {
    return this.#octets;
  }

  /** Adds the next piece. A promise comes back only when there was something to wait for. */
  add(piece: Uint8Array): Promise<void> | void {
    if (piece.length > SLICE_OCTETS || !this.#fits(piece.length)) return this.#addSlices(piece);
    this.#stuff(piece);
  }

  /** Writes what is left and the end of data, completing the last line when it lacks its CR LF. */
  async end(): Promise<void> {
    const mark = this.#lineStart ? ".\r\n" : "\r\n.\r\n";
    if (this.#buffer.length - this.#used < mark.length) await this.#flush();
    for (let index = 0; index < mark.length; index++) {
      this.#buffer[this.#used++] = mark.charCodeAt(index);
    }
    await this.#flush();
  }

  async #addSlices(piece: Uint8Array): Promise<void> {
    for (let at = 0; at < piece.length; at += SLICE_OCTETS) {
      const slice = piece.subarray(at, at + SLICE_OCTETS);
      if (!this.#fits(slice.length)) await this.#flush();
      this.#stuff(slice);
    }
  }

  /** Whether `octets` octets fit even if they are CR LF dot all over, and start with a dot. */
  #fits(octets: number): boolean {
    return this.#used + octets + Math.ceil(octets / 3) + 1 <= this.#buffer.length;
  }

  async #flush(): Promise<void> {
    const block = this.#buffer.subarray(0, this.#used);
    this.#used = 0;
    await this.#write(block);
  }

  /** Copies whole runs: only a dot at the start of a line interrupts one. */
  #stuff(slice: Uint8Array): void {
    if (slice.length === 0) return;
    this.#octets += slice.length;
    let from = 0;
    if (this.#lineStart && slice[0] === DOT) this.#buffer[this.#used++] = DOT;
    for (let end = slice.indexOf(LF); end >= 0; end = slice.indexOf(LF, end + 1)) {
      if (slice[end + 1] !== DOT || slice[end - 1] !== CR && (end > 0 || this.#last !== CR)) {
        continue;
      }
      this.#copy(slice.subarray(from, end + 1));
      this.#buffer[this.#used++] = DOT;
      from = end + 1;
    }
    this.#copy(from === 0 ? slice : slice.subarray(from));
    const beforeLast = slice.length > 1 ? slice[slice.length - 2] : this.#last;
    this.#last = slice[slice.length - 1] ?? LF;
    this.#lineStart = beforeLast === CR && this.#last === LF;
  }

  #copy(run: Uint8Array): void {
    this.#buffer.set(run, this.#used);
    this.#used += run.length;
  }
}
