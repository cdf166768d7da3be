/**
 * A mail in a file, as people save it: bare LF at the ends of lines, perhaps a line of the mailbox
 * before it.
 *
 * @module
 */

import { reasonOf, RelayError } from "../errors.ts";

/**
 * Reads a mail from a file.
 *
 * @param file Its path; `-` is stdin.
 * @param maxOctets Largest file taken; of more, no more is read.
 * @returns The message with the line ends of the wire.
 * @throws {RelayError} `usage` when it cannot be read or is larger.
 */
export async function readMailFile(file: string, maxOctets: number): Promise<Uint8Array> {
  const cannot = (why: string) => new RelayError("usage", `Cannot read the mail "${file}": ${why}`);
  try {
    const source = file === "-" ? Deno.stdin : await Deno.open(file);
    const octets = await readAtMost(source.readable, maxOctets);
    if (octets !== null) return withCrlf(withoutMboxLine(octets));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) throw cannot("there is no such file");
    throw cannot(reasonOf(error));
  }
  throw cannot(`it is larger than limits.message-size allows (over ${maxOctets} octets)`);
}

/** Everything, or `null` when that would be more than `maxOctets`. */
async function readAtMost(
  source: ReadableStream<Uint8Array<ArrayBuffer>>,
  maxOctets: number,
): Promise<Uint8Array | null> {
  const pieces: Uint8Array<ArrayBuffer>[] = [];
  let octets = 0;
  for await (const piece of source) {
    octets += piece.length;
    if (octets > maxOctets) return null;
    pieces.push(piece);
  }
  return new Uint8Array(await new Blob(pieces).arrayBuffer());
}

/** A mail saved from a mailbox file begins with a line that is none of its own (RFC 4155). */
function withoutMboxLine(octets: Uint8Array): Uint8Array {
  const mbox = new TextDecoder().decode(octets.subarray(0, 5)) === "From ";
  return mbox ? octets.subarray(octets.indexOf(0x0a) + 1) : octets;
}

/** Files have bare LF as line ends, the wire has CR LF. */
function withCrlf(octets: Uint8Array): Uint8Array {
  const LF = 0x0a;
  const CR = 0x0d;
  const bare = octets.reduce(
    (n, octet, at) => n + Number(octet === LF && octets[at - 1] !== CR),
    0,
  );
  const result = new Uint8Array(octets.length + bare);
  let to = 0;
  octets.forEach((octet, at) => {
    if (octet === LF && octets[at - 1] !== CR) result[to++] = CR;
    result[to++] = octet;
  });
  return result;
}
