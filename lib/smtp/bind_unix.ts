/**
 * Binds the unix socket of a listener, so that a successor may take its place without a gap: the
 * path leads to the old socket until it leads to the new one.
 *
 * INVARIANTS
 *
 * 1. The file never exists with wider rights than asked for: it is made in a folder of its own,
 *    which only its owner may enter, and moved once its mode is right.
 * 2. Nothing but a socket is ever replaced, and on closing only our own file is removed.
 * 3. A socket that answers is replaced only by a process that was told to: whoever is not begins
 *    with {@link refuseIfAlive}. (The runtime cannot connect without waiting, so that is a step apart.)
 *
 * @module
 */

import { dirname } from "node:path";
import { reasonOf, RelayError } from "../errors.ts";

/** Where to listen: a file. */
export interface UnixAddress {
  /** The path; its folder must exist. */
  readonly path: string;
  /** The file's mode, such as `0o660`; whoever may write to it may connect. */
  readonly mode: number;
}

/** What the runtime's listeners have in common; closing it removes the file. */
export type UnixSocket = Pick<Deno.UnixListener, "addr" | "accept" | "close">;

/** Longest path of a socket, in octets: `sockaddr_un` has 108 with the final zero. */
const PATH_OCTETS = 107;

/** Appended to the path: where the socket is made. Always the same, because permissions name it. */
const NURSERY = ".new";

/** Most octets of a path to which that can be appended. */
const LONGEST_OCTETS = PATH_OCTETS - `${NURSERY}/s`.length;

/**
 * The file that a socket is bound as before it is moved; the permission `net` must name it besides
 * the path itself, as `unix:…`.
 */
export function temporaryPath(path: string): string {
  return `${path}${NURSERY}/s`;
}

/**
 * Looks whether somebody listens on a unix socket.
 *
 * @throws {RelayError} `listen-failed` when somebody does, or when that cannot be told.
 */
export async function refuseIfAlive(path: string): Promise<void> {
  try {
    (await Deno.connect({ transport: "unix", path })).close();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return;
    if (error instanceof Deno.errors.ConnectionRefused) return; // A dead process left it.
    throw failure(path, `cannot tell whether another program listens there: ${reasonOf(error)}`);
  }
  throw failure(
    path,
    "another program listens there; stop it (ss -lxp shows it) or take another path",
  );
}

/**
 * Binds a unix socket, in place of the socket that is there.
 *
 * @throws {RelayError} `listen-failed`, with what would help.
 */
export function bindUnix({ address }: { readonly address: UnixAddress }): UnixSocket {
  const { path } = address;
  const { length } = new TextEncoder().encode(path);
  if (length > LONGEST_OCTETS) {
    throw failure(path, `the path has ${length} octets and may have ${LONGEST_OCTETS}`);
  }
  try {
    const there = fileAt(path);
    if (there && !there.isSocket) throw new Error("there is a file of that name, and no socket");
    return bindAndMove(address);
  } catch (error) {
    throw failure(path, remedy(error, path), error);
  }
}

function bindAndMove({ path, mode }: UnixAddress): UnixSocket {
  const nursery = `${path}${NURSERY}`;
  const born = temporaryPath(path);
  clear(nursery, born); // A process that died in the middle of this left it.
  Deno.mkdirSync(nursery, { mode: 0o700 });
  let listener: Deno.UnixListener | undefined;
  try {
    listener = Deno.listen({ transport: "unix", path: born });
    Deno.chmodSync(born, mode);
    const file = fileAt(born);
    Deno.renameSync(born, path);
    return removedAtEnd(listener, { path, file });
  } catch (error) {
    listener?.close();
    throw error;
  } finally {
    clear(nursery, born);
  }
}

/** Removes the file before it closes the socket: until then nobody else can have its number. */
function removedAtEnd(
  listener: Deno.UnixListener,
  { path, file }: { readonly path: string; readonly file: Deno.FileInfo | null },
): UnixSocket {
  return {
    addr: listener.addr,
    accept: () => listener.accept(),
    close: () => {
      try {
        const there = fileAt(path);
        if (there && there.dev === file?.dev && there.ino === file?.ino) Deno.removeSync(path);
      } catch {
        // A file that is left over hurts nobody: whoever binds next replaces it.
      }
      listener.close();
    },
  };
}

function clear(nursery: string, born: string): void {
  if (!fileAt(nursery)) return;
  if (fileAt(born)) Deno.removeSync(born);
  Deno.removeSync(nursery);
}

function fileAt(path: string): Deno.FileInfo | null {
  try {
    return Deno.lstatSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}

function remedy(error: unknown, path: string): string {
  if (error instanceof Deno.errors.NotFound) {
    return `there is no folder ${
      dirname(path)
    }; make it, owned by the user that mail2alert runs as`;
  }
  if (error instanceof Deno.errors.PermissionDenied) {
    return `files cannot be made in ${
      dirname(path)
    }; let the user write there that mail2alert runs as`;
  }
  return reasonOf(error);
}

function failure(path: string, reason: string, cause?: unknown): RelayError {
  return new RelayError("listen-failed", `Cannot listen on unix:${path}: ${reason}`, { cause });
}
