/**
 * One answer of HTTP/1.1 (RFC 9112), read from a connection that is closed after it.
 *
 * Strict where servers agree: a length that is none, an unknown coding and a head over its bounds
 * are errors, for whoever reads them differently may be led to read something else.
 *
 * @module
 */

import { unlessAborted } from "./limits.ts";
import { OctetReader, type Readable } from "./octet_reader.ts";

/** Longest line of a head, in octets. */
const MAX_LINE_OCTETS = 16 * 1024;

/** Most header fields of an answer. */
const MAX_FIELDS = 200;

/** Answers before the one that counts: 100, 103. */
const MAX_INTERIM = 10;

/** A chunk of fewer octets is a small one; more of them than so many are an attack. */
const SMALL_OCTETS = 256;
const MAX_SMALL_CHUNKS = 10_000;

/** Chunks after which others have their turn: many of them may be at hand at once. */
const CHUNKS_A_TURN = 64;

const TOO_SMALL =
  `the answer comes in more than ${MAX_SMALL_CHUNKS} chunks of less than ${SMALL_OCTETS} octets`;

/** Longest piece of a body that is passed on, in octets. */
const PIECE_OCTETS = 64 * 1024;

/** Status line and header fields. */
interface Head {
  readonly status: number;
  readonly headers: Headers;
}

/** Gives the next piece of a body; `null` at its end. */
type Pieces = () => Promise<Uint8Array<ArrayBuffer> | null>;

/** The end of an answer. */
export interface End {
  /** Called when nothing more is to be read; may be called more than once. */
  readonly close: () => void;
  /** Ends the reading when it is aborted. */
  readonly signal: AbortSignal;
}

/**
 * Reads an answer to a GET.
 *
 * @param conn Where it comes from.
 * @param end How it ends.
 * @throws {Error} When it is no answer; its words hold nothing of the server's.
 */
export async function readAnswer(conn: Readable, end: End): Promise<Response> {
  const reader = new OctetReader(conn);
  let head = await readHead(reader);
  for (let interim = 0; head.status < 200; interim++) {
    if (interim === MAX_INTERIM || head.status === 101) throw notHttp();
    head = await readHead(reader);
  }
  const { status, headers } = head;
  if ([204, 205, 304].includes(status)) {
    end.close();
    return new Response(null, { status, headers });
  }
  const coding = headers.get("content-encoding") ?? "identity";
  if (!/^identity$/i.test(coding)) throw new Error("the answer is compressed, unasked");
  return new Response(bodyOf(piecesOf(reader, headers), end), { status, headers });
}

async function readHead(reader: OctetReader): Promise<Head> {
  const [, digits] = /^HTTP\/1\.[01] ([2-5]\d\d|10[0-3])(?: |$)/.exec(
    await reader.line(MAX_LINE_OCTETS),
  ) ?? [];
  if (digits === undefined) throw notHttp();
  const headers = new Headers();
  for (let count = 0;; count++) {
    const line = await reader.line(MAX_LINE_OCTETS);
    if (line === "") return { status: Number(digits), headers };
    const [, name, value = ""] = /^([!#$%&'*+\-.^_`|~\w]+):[ \t]*(.*)$/.exec(line) ?? [];
    if (name === undefined || value.includes("\0") || count === MAX_FIELDS) throw notHttp();
    headers.append(name, value);
  }
}

/** How long the body is (RFC 9112 §6.3): in chunks, so many octets, or all there is. */
function piecesOf(reader: OctetReader, headers: Headers): Pieces {
  const coding = headers.get("transfer-encoding");
  if (coding !== null) {
    if (!/^chunked$/i.test(coding)) throw notHttp();
    return chunks(reader);
  }
  const length = headers.get("content-length");
  if (length === null) return () => reader.some(PIECE_OCTETS);
  // The same length said twice is joined with a comma.
  const [said = "", ...again] = length.split(",").map((part) => part.trim());
  if (!/^\d{1,15}$/.test(said) || again.some((other) => other !== said)) throw notHttp();
  return counted(reader, Number(said));
}

function counted(reader: OctetReader, length: number): Pieces {
  let left = length;
  return async () => {
    if (left === 0) return null;
    const piece = await reader.some(Math.min(left, PIECE_OCTETS));
    if (piece === null) throw new Error("the connection ended within the answer");
    left -= piece.length;
    return piece;
  };
}

/** Trailer fields are not read: the connection ends with this answer. */
function chunks(reader: OctetReader): Pieces {
  let chunk: Pieces = () => Promise.resolve(null);
  let count = 0;
  let small = 0;
  return async () => {
    const piece = await chunk();
    if (piece !== null) return piece;
    if (count > 0 && await reader.line(2) !== "") throw notHttp();
    if (++count % CHUNKS_A_TURN === 0) await new Promise((resolve) => setTimeout(resolve));
    const [, size] = /^([\da-f]{1,8})[ \t]*(?:;.*)?$/i.exec(await reader.line(1_024)) ?? [];
    if (size === undefined) throw notHttp();
    const octets = parseInt(size, 16);
    if (octets < SMALL_OCTETS && ++small > MAX_SMALL_CHUNKS) throw new Error(TOO_SMALL);
    chunk = counted(reader, octets);
    return await chunk();
  };
}

function bodyOf(next: Pieces, { close, signal }: End): ReadableStream<Uint8Array<ArrayBuffer>> {
  return new ReadableStream({
    pull: async (body) => {
      try {
        const piece = await unlessAborted(next(), signal);
        if (piece !== null) return body.enqueue(piece);
        body.close();
      } catch (error) {
        body.error(error);
      }
      close();
    },
    cancel: close,
  }, { highWaterMark: 0 });
}

function notHttp(): Error {
  return new Error("the answer is not HTTP");
}
