/**
 * Binds the address of a listener, so that a successor may bind the same one beside it and take over
 * without a gap (`SO_REUSEPORT`).
 *
 * INVARIANT: two programs share a port only when one was told to stand in for the other. The kernel
 * would let any program of the same user in; so a start that is no replacement first looks whether
 * the port is free.
 *
 * @module
 */

import { reasonOf, RelayError } from "../errors.ts";
import { log } from "../log.ts";

/** An address to listen on. */
export interface ListenAddress {
  /** Name or address: `127.0.0.1`, `::1`, `localhost`, `0.0.0.0`. */
  readonly hostname: string;
  /** Port, 0 to 65535. */
  readonly port: number;
}

/** What a listener is bound with. */
export interface BindAddress extends ListenAddress {
  /** Whether others of the same user may bind it too. */
  readonly reusePort?: boolean;
}

/** Binds a socket; `Deno.listen`, or what a test puts in its place. */
export type Bind = (address: BindAddress) => Deno.TcpListener;

/** What to bind, and how. */
export interface BindOptions {
  /** Where; port 0 takes a free one. */
  readonly address: ListenAddress;
  /** Whether another process of ours listens there and is about to go. */
  readonly beside?: boolean | undefined;
  /** `Deno.listen` when absent. */
  readonly bind?: Bind | undefined;
}

const logger = log("smtp");

let warned = false;

/**
 * Binds an address.
 *
 * @throws {RelayError} `listen-failed`, with what would help.
 */
export function bindListener(
  { address, beside, bind = Deno.listen }: BindOptions,
): Deno.TcpListener {
  try {
    if (!mayShare()) return bind(address);
    if (!beside && address.port !== 0) bind(address).close();
    return bind({ ...address, reusePort: true });
  } catch (error) {
    const where = `${address.hostname} port ${address.port}`;
    throw new RelayError("listen-failed", `Cannot listen on ${where}: ${remedy(error)}`, {
      cause: error,
    });
  }
}

/** Asking for `reusePort` without the flag would end the process; what else it brings gives it away. */
function mayShare(): boolean {
  const may = "listenDatagram" in Deno;
  if (!may && !warned) {
    warned = true;
    logger.warning("ports are not shared: serve --replace needs deno run --unstable-net");
  }
  return may;
}

function remedy(error: unknown): string {
  if (error instanceof Deno.errors.AddrInUse) {
    return "another program listens there; stop it (ss -ltnp shows it) or take another port";
  }
  if (error instanceof Deno.errors.PermissionDenied) {
    return "ports below 1024 need root or CAP_NET_BIND_SERVICE; grant that or take a higher port";
  }
  if (error instanceof Deno.errors.AddrNotAvailable) {
    return "this host has no such address; ip addr lists those it has, 0.0.0.0 and :: mean all";
  }
  const reason = reasonOf(error);
  return `${reason}; name an address of this host, such as 127.0.0.1`;
}
