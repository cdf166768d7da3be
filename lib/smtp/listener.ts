/**
 * Listens on one address: admits or turns away whoever connects, and serves each in a session of its
 * own. `bind.ts` opens the socket, `accept_loop.ts` accepts from it.
 *
 * @module
 */

import { log } from "../log.ts";
import type { Reply } from "../mail/reply.ts";
import { AcceptLoop } from "./accept_loop.ts";
import type { Admission } from "./admission.ts";
import { type Bind, bindListener, type ListenAddress } from "./bind.ts";
import { bindUnix, type UnixAddress } from "./bind_unix.ts";
import { Connection, type ConnectionOptions } from "./connection.ts";
import { type Clock, Deadline, pause, SYSTEM_CLOCK } from "./deadline.ts";
import { throughProxy } from "./proxy_wire.ts";
import { asciiOctets, formatReply, REPLY } from "./reply.ts";
import { type Networks, type Treatments, treatments } from "./treatment.ts";
import { plainWire, type Wire } from "./wire.ts";

export type { ListenAddress } from "./bind.ts";

/** Where to listen, for whom, and what to do with their mail. */
export interface ListenOptions extends ConnectionOptions, Networks {
  /** Name or address to bind, without brackets, and port, where 0 takes a free one; or a file. */
  readonly address: ListenAddress | UnixAddress;
  /** The count of connections that all listeners share. */
  readonly admission: Admission;
  /** Whether another process of ours listens there and is about to hand over; default: nobody. */
  readonly beside?: boolean | undefined;
  /** Binds a TCP socket; `Deno.listen` unless a test says otherwise. */
  readonly bind?: Bind;
}

/** What may change while a listener is at work. */
export type ListenerSettings =
  & Networks
  & Pick<ConnectionOptions, "hostname" | "limits" | "tls" | "auth">;

/** A listener at work. */
export interface SmtpListener {
  /** What is really bound: an address, and a port that is not 0; port 0 for a unix socket. */
  readonly address: ListenAddress;
  /** The same in a word: `127.0.0.1:25`, `[::1]:25`, `unix:/run/mail2alert.sock`. */
  readonly name: string;
  /**
   * Serves whoever comes from now on by other settings; sessions that are open go on by theirs.
   *
   * @returns Resolves when all those sessions are gone. Never rejects.
   * @throws {RelayError} `config-invalid` for a bad network; nothing has changed then.
   */
  renew(settings: ListenerSettings): Promise<void>;
  /**
   * Stops accepting, for a successor that is bound beside: serves everybody who has come already and
   * refuses nobody. Sessions go on undisturbed. Never rejects; `close` is still to come.
   *
   * @returns Resolves when all sessions are gone; after `graceMs`, and a quarter of a second that
   * closing the socket may take, in any case.
   */
  handOver(graceMs: number): Promise<void>;
  /**
   * Stops accepting at once. Sessions between two commands get `421` and are closed; those with a
   * message under way get its reply first. What is left after `graceMs` is closed hard.
   *
   * @returns Resolves when all sessions are gone; about a second after `graceMs` at the latest.
   */
  close(graceMs: number): Promise<void>;
}

/**
 * Open connections up to which there is time to see whether a peer waits for its greeting. With
 * more, that millisecond would cost throughput, and other protocols still show in line 1.
 */
const FEW_CONNECTIONS = 4;

/** Longest wait for the header of a load balancer, in ms. */
const PROXY_MS = 5_000;

/** Longest wait for sessions whose connection has been closed hard, in ms. */
const UNWIND_MS = 1_000;

const logger = log("smtp");

/**
 * Binds an address and serves whoever connects.
 *
 * @throws {RelayError} `listen-failed` when the address cannot be bound, with what would help;
 * `config-invalid` for a bad network.
 */
export function listen(options: ListenOptions): SmtpListener {
  const rules = rulesOf(options);
  const { listener, address, name } = bound(options);
  const sessions: Sessions = new Map();
  const clock = options.clock ?? SYSTEM_CLOCK;
  const serving: Serving = { options, rules, sessions, clock };
  const serve = (conn: Deno.TcpConn | Deno.UnixConn) => serveOne(plainWire(conn), serving);
  const accepting = new AcceptLoop(listener, { serve, clock });
  logger.debug("listening", { address: name });
  return {
    address,
    name,
    renew: (settings) => {
      serving.rules = rulesOf(settings);
      const { tls: _, auth: __, ...fixed } = serving.options;
      serving.options = { ...fixed, ...settings };
      return Promise.all(sessions.values()).then(() => {});
    },
    handOver: async (graceMs) => {
      await accepting.handOver();
      await untilGone(sessions, graceMs, clock);
    },
    close: async (graceMs) => {
      await accepting.close();
      await endAll(sessions, graceMs, clock);
    },
  };
}

function rulesOf({ auth, ...networks }: Networks & Pick<ListenOptions, "auth">): Treatments {
  return treatments(networks, {
    offered: auth !== undefined,
    required: auth?.required ?? false,
  });
}

function bound(options: ListenOptions) {
  const { address } = options;
  if ("path" in address) {
    const name = `unix:${address.path}`;
    return {
      listener: bindUnix({ ...options, address }),
      address: { hostname: name, port: 0 },
      name,
    };
  }
  const listener = bindListener({ ...options, address });
  const { hostname, port } = listener.addr;
  const name = `${hostname.includes(":") ? `[${hostname}]` : hostname}:${port}`;
  return { listener, address: { hostname, port }, name };
}

/** A peer that is being served. */
interface Guest {
  /** See {@link Connection.shutDown}. */
  shutDown(): void;
  /** Closes the connection at once. */
  destroy(): void;
}

type Sessions = Map<Guest, Promise<void>>;

interface Serving {
  options: ListenOptions;
  rules: Treatments;
  readonly sessions: Sessions;
  readonly clock: Clock;
}

function serveOne(wire: Wire, serving: Serving): void {
  if (serving.rules.isProxy(wire.peer)) serveProxied(wire, serving);
  else void admit(wire, serving);
}

/** The header says who is really calling: that is the peer to be counted and judged. */
function serveProxied(wire: Wire, serving: Serving): void {
  const { options, sessions, clock } = serving;
  const guest = { shutDown: () => wire.close(), destroy: () => wire.close() };
  const deadline = new Deadline(clock);
  deadline.set(PROXY_MS, () => wire.close());
  const served = throughProxy(wire).then(async (proxied) => {
    deadline.stop();
    sessions.delete(guest);
    // Who waits for this guest to go waits for its session, too.
    if ("read" in proxied) return await admit(proxied, serving);
    await turnAway(wire, { reply: REPLY.badProxyHeader, reason: proxied.reason, options });
  });
  sessions.set(guest, served);
}

/** Serves the peer if it may come in. @returns Resolves when it is gone. Never rejects. */
function admit(wire: Wire, { options, rules, sessions }: Serving): Promise<void> {
  const { peer } = wire;
  const refusal = options.admission.admit(peer);
  if (refusal) return turnAway(wire, { reply: refusal, reason: refusal.lines[0], options });
  const treatment = rules.of(peer);
  if (!treatment.allowed) logger.warning("session refused", { peer, reason: "not in allow" });
  const connection = new Connection(wire, options, {
    ...treatment,
    listenFirst: options.admission.open <= FEW_CONNECTIONS,
    treatmentOf: rules.of,
  });
  const served = connection.serve().finally(() => {
    sessions.delete(connection);
    options.admission.release(peer);
  });
  sessions.set(connection, served);
  return served;
}

/**
 * A fresh connection has room for one line: this cannot wait for the peer. Where TLS comes first
 * nothing is said in clear, and a handshake is more than somebody deserves who is over a limit.
 */
async function turnAway(
  wire: Wire,
  { reply, reason, options }: {
    readonly reply: Reply;
    readonly reason: string;
    readonly options: ListenOptions;
  },
): Promise<void> {
  logger.warning("session refused", { peer: wire.peer, reason });
  if (options.tls?.mode !== "implicit") await wire.write(asciiOctets(formatReply(reply)));
  wire.close();
}

async function endAll(
  sessions: Sessions,
  graceMs: number,
  clock: Clock,
): Promise<void> {
  for (const guest of sessions.keys()) guest.shutDown();
  if (graceMs > 0) await untilGone(sessions, graceMs, clock);
  if (sessions.size > 0) logger.warning("sessions cut off", { count: sessions.size });
  for (const guest of sessions.keys()) guest.destroy();
  await untilGone(sessions, UNWIND_MS, clock);
}

async function untilGone(sessions: Sessions, limitMs: number, clock: Clock): Promise<void> {
  const gone = new AbortController();
  const ended = Promise.all(sessions.values()).finally(() => gone.abort());
  await Promise.race([ended, pause(limitMs, clock, gone.signal)]);
}
