/**
 * Lets other processes of the same user ask a running relay: a unix socket in the store's folder,
 * one request a connection.
 *
 * INVARIANTS
 *
 * 1. Whoever starts it holds the store's lock, so a socket that is there already is a dead one's.
 * 2. The socket's file is gone before the lock is: `retire()` or `close()` come before the lock is
 *    let go, or they would remove the file of the next holder.
 * 3. A peer costs at most one of few connections, a bounded line, and a bounded time.
 *
 * DIAGNOSTICS. `control-failed`: the socket cannot be opened; the relay works without it.
 *
 * @module
 */

import { reasonOf, RelayError } from "../errors.ts";
import { log } from "../log.ts";
import { closeQuietly, pathProblem, readLine, writeLine } from "./line.ts";
import { type ControlReplies, type ControlRequest, parseRequest } from "./protocol.ts";

/** What is done on request; what rejects is told to whoever asked. */
export interface ControlHandlers {
  /** Says how the relay is. */
  status(): Promise<ControlReplies["status"]> | ControlReplies["status"];
  /** Lets go of queue and store; must await `retire()` before it lets go of the lock. */
  drain(): Promise<void>;
  /** Makes one mail due, or every mail. */
  retry(queueId?: string): Promise<ControlReplies["retry"]>;
  /** Drops a mail. */
  drop(queueId: string): Promise<ControlReplies["drop"]>;
}

/** A control socket at work. */
export interface ControlServer {
  /** Connections that are open now. */
  readonly open: number;
  /**
   * Takes no more requests and removes the file; replies under way are still given. Never rejects,
   * and is quick.
   */
  retire(): Promise<void>;
  /**
   * Retires, waits a moment for replies under way, cuts off the rest. Never rejects. A handler must
   * not wait for it: it would wait for itself.
   */
  close(): Promise<void>;
}

/** Bounds on what others may do. */
export interface ControlLimits {
  /** Longest request, in octets. */
  readonly requestOctets: number;
  /** For a request to come, and for its reply to be taken, each in ms. */
  readonly peerMs: number;
  /** For the answer to be found, in ms. */
  readonly answerMs: number;
  /** Open connections. */
  readonly connections: number;
  /** For replies under way when it closes, in ms. */
  readonly closeMs: number;
}

const LIMITS: ControlLimits = {
  requestOctets: 65_536,
  peerMs: 5_000,
  answerMs: 30_000,
  connections: 10,
  closeMs: 1_000,
};

/** Pause after a failure to accept, in ms. */
const BACKOFF_MS = 100;

const records = log("control");

/**
 * Opens the socket, in place of one that a dead process left.
 *
 * @param path The socket's path.
 * @throws {RelayError} `control-failed`: why not, and what to do.
 */
export async function startControl(
  path: string,
  handlers: ControlHandlers,
  limits: Partial<ControlLimits> = {},
): Promise<ControlServer> {
  try {
    await removeStale(path);
    return new Server(listenAt(path), handlers, { ...LIMITS, ...limits }).start();
  } catch (error) {
    const reason = pathProblem(path) ?? (reasonOf(error));
    throw new RelayError("control-failed", `Cannot open the control socket ${path}: ${reason}`, {
      cause: error,
    });
  }
}

async function removeStale(path: string): Promise<void> {
  const { isSocket } = await Deno.lstat(path).catch((error) => {
    if (error instanceof Deno.errors.NotFound) return { isSocket: null };
    throw error;
  });
  if (isSocket === false) throw new Error("there is a file of that name which is no socket");
  if (isSocket) await Deno.remove(path);
}

/** For its owner only, before anybody has been accepted. */
function listenAt(path: string): Deno.UnixListener {
  const listener = Deno.listen({ transport: "unix", path });
  try {
    Deno.chmodSync(path, 0o600);
    return listener;
  } catch (error) {
    listener.close();
    throw error;
  }
}

class Server implements ControlServer {
  readonly #listener: Deno.UnixListener;
  readonly #handlers: ControlHandlers;
  readonly #limits: ControlLimits;
  readonly #conns = new Map<Deno.Conn, Promise<void>>();
  #retired = false;
  #accepting: Promise<void> = Promise.resolve();

  constructor(listener: Deno.UnixListener, handlers: ControlHandlers, limits: ControlLimits) {
    this.#listener = listener;
    this.#handlers = handlers;
    this.#limits = limits;
  }

  get open(): number {
    return this.#conns.size;
  }

  start(): this {
    this.#accepting = this.#accept();
    return this;
  }

  async retire(): Promise<void> {
    this.#retired = true;
    closeQuietly(this.#listener);
    // The runtime removes the file, but not before the last accept has ended.
    await this.#accepting;
  }

  async close(): Promise<void> {
    await this.retire();
    await limited(Promise.all(this.#conns.values()), this.#limits.closeMs);
    for (const conn of this.#conns.keys()) closeQuietly(conn);
  }

  async #accept(): Promise<void> {
    while (!this.#retired) {
      try {
        const conn = await this.#listener.accept();
        this.#conns.set(conn, this.#serve(conn).finally(() => this.#conns.delete(conn)));
      } catch (error) {
        if (this.#retired) return;
        records.warning("control connection not accepted", { reason: reasonOf(error) });
        await limited(new Promise(() => {}), BACKOFF_MS);
      }
    }
  }

  /** Never rejects: what becomes of one peer concerns no other. */
  async #serve(conn: Deno.Conn): Promise<void> {
    const { requestOctets, peerMs, connections } = this.#limits;
    try {
      if (this.#conns.size >= connections) {
        await limited(writeLine(conn, { error: "too many connections at once" }), peerMs);
        return;
      }
      const line = await limited(readLine(conn, requestOctets), peerMs);
      if (line === undefined || line === null) return;
      await limited(writeLine(conn, await this.#answer(line)), peerMs);
    } catch (error) {
      // The peer has gone away.
      records.debug("control connection ended early", { reason: reasonOf(error) });
    } finally {
      closeQuietly(conn);
    }
  }

  async #answer(line: string): Promise<unknown> {
    const request = parseRequest(line);
    if (request === null) return { error: "no request that this version knows" };
    try {
      const reply = await limited(this.#perform(request), this.#limits.answerMs);
      return reply ? { reply } : { error: `no answer within ${this.#limits.answerMs} ms` };
    } catch (error) {
      records.warning("request failed", { command: request.command, reason: reasonOf(error) });
      return { error: reasonOf(error) };
    }
  }

  async #perform(request: ControlRequest): Promise<ControlReplies[keyof ControlReplies]> {
    switch (request.command) {
      case "status":
        return await this.#handlers.status();
      case "drain":
        await this.#handlers.drain();
        return {};
      case "retry":
        return await this.#handlers.retry(request.queueId);
      case "drop":
        return await this.#handlers.drop(request.queueId);
    }
  }
}

/** What a promise comes to, or `undefined` after `limitMs`; then nobody hears of it any more. */
async function limited<T>(promise: Promise<T>, limitMs: number): Promise<T | undefined> {
  const late = Promise.withResolvers<undefined>();
  const timer = setTimeout(() => late.resolve(undefined), limitMs);
  // Too late to tell anybody: without this it would end the program.
  promise.catch(() => null);
  try {
    return await Promise.race([promise, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
