/**
 * Pieces of a message that last exactly as long as the contract says (`Message.rest`), so that whoever
 * keeps one finds something else in it.
 *
 * @module
 */

const PIECE_OCTETS = 1_000;

/** Yields octets in pieces of one memory, which is spoilt as soon as the next one is asked for. */
export async function* fleeting(
  octets: Uint8Array,
  pieceOctets = PIECE_OCTETS,
): AsyncGenerator<Uint8Array> {
  const memory = new Uint8Array(Math.min(octets.length, pieceOctets));
  for (let at = 0; at < octets.length; at += pieceOctets) {
    const piece = octets.subarray(at, at + pieceOctets);
    memory.set(piece);
    // Where it is kept, reading takes a turn.
    await Promise.resolve();
    yield memory.subarray(0, piece.length);
    memory.fill(0x21);
  }
}
