/**
 * What a listener listens on: a host and a port, or a unix socket.
 *
 * @module
 */

import { type Endpoint, readEndpoint, readNetwork } from "./endpoint.ts";
import { problem, type Reading, VALUE, value } from "./reading.ts";

/** A host and a port, or the path of a unix socket. */
export type ListenPlace = Endpoint | { readonly unix: string };

/**
 * Most octets of a unix socket's path: 107 fit into the kernel's structure (unix(7)), and a socket
 * is made in a folder of its own beside the path, with six octets more (`smtp/bind_unix.ts`).
 */
const MAX_SOCKET_PATH_OCTETS = 101;

/** Reads `host:port` as {@link readEndpoint} does, or `unix:` and an absolute path. */
export function readListen(text: string): Reading<ListenPlace> {
  if (!isUnixSocket(text)) return readEndpoint(text, 0);
  const path = text.slice("unix:".length);
  const octets = new TextEncoder().encode(path).length;
  if (!path.startsWith("/") || /\/$|\/\.{0,2}\/|\/\.{1,2}$/.test(path)) {
    return problem(
      `${VALUE}: expected unix: and the full path of a file, such as ` +
        "unix:/run/mail2alert/smtp.sock",
    );
  }
  // deno-lint-ignore no-control-regex -- control characters are what is refused
  if (/[\x00-\x1f\x7f]/.test(path)) {
    return problem(`${VALUE}: a control character in the path: take it out`);
  }
  if (octets > MAX_SOCKET_PATH_OCTETS) {
    return problem(
      `${VALUE}: a path of ${octets} octets: a unix socket may have ${MAX_SOCKET_PATH_OCTETS}; ` +
        "take a shorter one",
    );
  }
  return value({ unix: path });
}

/** Whether a text names a unix socket. A host may be called `unix`: then a port follows. */
export function isUnixSocket(text: string): boolean {
  return text.startsWith("unix:") && !/^unix:\d+$/.test(text);
}

/** Reads the mode of a file as chmod(1) does: three or four octal digits. */
export function readMode(text: string): Reading<number> {
  if (/^0?[0-7]{3}$/.test(text)) return value(parseInt(text, 8));
  return problem(`${VALUE}: expected the mode of a file, such as 660 or 600`);
}

/** Reads a network whose peers are believed what they say of others; never that of everyone. */
export function readTrusted(text: string): Reading<string> {
  if (/\/0+$/.test(text) && readNetwork(text).kind === "value") {
    return problem(
      `${VALUE}: everyone: anybody could pretend to be anybody; name the addresses of those that ` +
        "you trust",
    );
  }
  return readNetwork(text);
}
