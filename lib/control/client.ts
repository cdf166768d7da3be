/**
 * Asks the program that holds a store. Used by `serve` (is it well? give me your place) and `queue`.
 *
 * DIAGNOSTICS. `control-failed`: nobody listens, no answer in time, an answer that is none, or one
 * that says why not.
 *
 * @module
 */

import { reasonOf, RelayError } from "../errors.ts";
import { closeQuietly, pathProblem, readLine, writeLine } from "./line.ts";
import { type ControlReplies, type ControlRequest, parseReply } from "./protocol.ts";

/** Longest reply: the ids of some hundred thousand mails, in octets. */
const REPLY_OCTETS = 8_388_608;

/** How long to wait. */
export interface AskOptions {
  /** For the whole exchange, in ms. */
  readonly timeoutMs: number;
}

/**
 * Sends one request and gives its reply.
 *
 * @param path The socket, `control.sock` in the store's folder.
 * @throws {RelayError} `control-failed`.
 */
export async function askControl<Request extends ControlRequest>(
  path: string,
  request: Request,
  { timeoutMs }: AskOptions,
): Promise<ControlReplies[Request["command"]]> {
  const failure = (reason: string, cause?: unknown) =>
    new RelayError("control-failed", `Cannot ask the program at ${path}: ${reason}`, { cause });
  const late = Promise.withResolvers<null>();
  const timer = setTimeout(() => late.resolve(null), timeoutMs);
  const exchange = new Exchange(path);
  try {
    const line = await Promise.race([exchange.run(request), late.promise]);
    if (line === null) throw failure(`no answer within ${timeoutMs} ms`);
    return parseReply<Request["command"]>(request.command, line);
  } catch (error) {
    if (error instanceof RelayError) throw error;
    throw failure(pathProblem(path) ?? whyNot(error), error);
  } finally {
    clearTimeout(timer);
    await exchange.end();
  }
}

/** One connection, which may be ended at any point. */
class Exchange {
  readonly #path: string;
  #conn: Deno.Conn | undefined;
  #running: Promise<unknown> = Promise.resolve();
  #over = false;

  constructor(path: string) {
    this.#path = path;
  }

  run(request: ControlRequest): Promise<string> {
    const answer = this.#exchange(request);
    // The caller hears of a failure; here it only matters that nothing runs any more.
    this.#running = answer.catch(() => null);
    return answer;
  }

  async #exchange(request: ControlRequest): Promise<string> {
    this.#conn = await Deno.connect({ transport: "unix", path: this.#path });
    if (this.#over) throw new Error("too late");
    await writeLine(this.#conn, request);
    const line = await readLine(this.#conn, REPLY_OCTETS);
    if (line === null) throw new Error("it closed the connection without an answer");
    return line;
  }

  /** Connecting to a local socket never waits, so neither does this. */
  async end(): Promise<void> {
    this.#over = true;
    if (this.#conn) closeQuietly(this.#conn);
    await this.#running;
    if (this.#conn) closeQuietly(this.#conn);
  }
}

function whyNot(error: unknown): string {
  const nobody = error instanceof Deno.errors.NotFound ||
    error instanceof Deno.errors.ConnectionRefused;
  return nobody ? "nobody listens there" : reasonOf(error);
}
