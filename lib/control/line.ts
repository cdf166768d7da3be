/**
 * One line over a local socket, within limits of size and time.
 *
 * @module
 */

const LF = 0x0a;

/** A path longer than this, in octets, fits into no `sockaddr_un` (108 with its final zero). */
const PATH_OCTETS = 107;

/** What a unix socket may not be called, to follow "Cannot …:"; `null` when the path will do. */
export function pathProblem(path: string): string | null {
  const { length } = new TextEncoder().encode(path);
  return length <= PATH_OCTETS ? null : `the path ${path} has ${length} octets, a unix socket's ` +
    `may have ${PATH_OCTETS}; take a shorter folder for the store (store.path)`;
}

/** What is read from: a connection. */
export type LineSource = Pick<Deno.Conn, "read">;

/**
 * Reads up to the first line feed; what follows is lost.
 *
 * @param maxOctets Longest line, without its end.
 * @returns `null` when the peer closed before the line was whole, or sent more.
 */
export async function readLine(source: LineSource, maxOctets: number): Promise<string | null> {
  const decoder = new TextDecoder();
  const buffer = new Uint8Array(16_384);
  let text = "";
  for (let octets = 0;;) {
    const count = await source.read(buffer);
    if (count === null) return null;
    const end = buffer.subarray(0, count).indexOf(LF);
    octets += end < 0 ? count : end;
    if (octets > maxOctets) return null;
    text += decoder.decode(buffer.subarray(0, end < 0 ? count : end), { stream: end < 0 });
    if (end >= 0) return text;
  }
}

/** Writes a value as one line of JSON. */
export async function writeLine(conn: Deno.Conn, value: unknown): Promise<void> {
  const octets = new TextEncoder().encode(`${JSON.stringify(value)}\n`);
  for (let sent = 0; sent < octets.length;) sent += await conn.write(octets.subarray(sent));
}

/** Closes what may be closed already. */
export function closeQuietly(resource: { close(): void }): void {
  try {
    resource.close();
  } catch (error) {
    if (!(error instanceof Deno.errors.BadResource)) throw error;
  }
}
