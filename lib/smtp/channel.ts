/**
 * One connection as the dialogue sees it: replies go out, octets come in, and every wait has its
 * limit. It knows nothing of commands.
 *
 * INVARIANTS
 *
 * 1. Replies are collected and written in one go when more octets are needed (RFC 2920 §3.2), in
 *    the order they were said; a new write starts when the one before is complete.
 * 2. Every wait for the peer, reading and writing alike, ends: after `idleMs` without progress, or
 *    when the limit of {@link Channel.limit} is reached. Then the peer gets its last reply and is
 *    `over`; {@link Channel.close} must still be called.
 * 3. A last reply is not lost to a reset: after it, what still comes is read and dropped for a
 *    moment, because closing a socket with unread octets makes the kernel forget ours.
 *
 * @module
 */

import type { Reply } from "../mail/reply.ts";
import type { ChannelOptions } from "./channel_options.ts";
import { type Clock, Deadline, SYSTEM_CLOCK } from "./deadline.ts";
import { Inbox } from "./inbox.ts";
import { asciiOctets, formatReply, REPLY } from "./reply.ts";
import type { Handshake, TlsBegin, TlsServer } from "./tls/tls_server.ts";
import type { Wire } from "./wire.ts";

/** How long the greeting is held back to see whether the peer waits for it, in ms. */
const LISTEN_FIRST_MS = 1;

/** Longest TLS handshake, where the session has so long, in ms. */
const HANDSHAKE_MS = 30_000;

/** Longest wait for the peer to take its last reply and close, in ms. */
const LINGER_MS = 1_000;

/** Most octets dropped in that time. */
const LINGER_OCTETS = 1_048_576;

/** Replies are written early once they are this long: pipelined HELPs must not pile up. */
const OUTBOX_CHARACTERS = 16_384;

/** A wait that is not the peer's fault has its limit elsewhere; timers take 31 bits. */
const UNLIMITED_MS = 2 ** 31 - 1;

/** Replies out, octets in. */
export class Channel {
  /** What has come and is not used. */
  readonly inbox: Inbox;
  /** The peer's address; another one once a server in front of us has told it. */
  peer: string;
  /** The connection below what is watched. */
  #bare: Wire;
  #wire: Wire;
  readonly #options: ChannelOptions;
  readonly #clock: Clock;
  readonly #deadline: Deadline;
  readonly #ring = () => this.#expire();
  #outbox = "";
  /** Whether the peer has sent something since the last write, and so has acknowledged it. */
  #heard = true;
  #written: Promise<boolean> = Promise.resolve(true);
  #limit = { at: Infinity, reply: REPLY.idle as Reply };
  #over = false;
  /** Whether TLS is being put under the dialogue: nothing can be said until it is there. */
  #securing = false;

  /** Makes a channel on a fresh connection. */
  constructor(wire: Wire, options: ChannelOptions) {
    this.#bare = wire;
    this.#wire = options.watch?.(wire) ?? wire;
    this.peer = wire.peer;
    this.#options = options;
    this.#clock = options.clock ?? SYSTEM_CLOCK;
    this.#deadline = new Deadline(this.#clock);
    const source = { read: (buffer: Uint8Array) => this.#wire.read(buffer) };
    this.inbox = new Inbox(source, options.commandLineOctets);
  }

  /** Milliseconds on the clock of its limits. */
  get now(): number {
    return this.#clock.now();
  }

  /** Whether the peer has had its last reply: nothing that it sends counts any more. */
  get over(): boolean {
    return this.#over;
  }

  /**
   * Greets the peer and waits for its first octets. The first read starts before the greeting:
   * a mail client waits for it, a browser or a TLS client does not.
   *
   * @param greeting What to say.
   * @param listenFirst Whether to give early octets a moment to show. (Not less than that moment
   * will do: only a timer makes the runtime look at the socket before it goes on.)
   * @returns `early` when the peer did not wait; it has not been greeted then.
   */
  async open(greeting: Reply, listenFirst: boolean): Promise<"open" | "gone" | "early"> {
    let first: boolean | undefined;
    this.#wait();
    const filled = this.inbox.fill().then((more) => first = more);
    if (listenFirst) await new Promise((resolve) => setTimeout(resolve, LISTEN_FIRST_MS));
    if (this.#over) return "gone";
    if (first !== undefined) return first ? "early" : "gone";
    this.say(greeting);
    const written = this.flush();
    this.#heard = await filled;
    return this.#heard && !this.#over && await written ? "open" : "gone";
  }

  /**
   * Puts TLS under the dialogue. Whatever has come in clear is forgotten (RFC 3207 §4.2), and what
   * was said is written before.
   *
   * @returns Why there is no TLS: the peer is gone then; `null` when there is.
   */
  async secure(
    tls: TlsServer,
    begin: TlsBegin,
  ): Promise<Extract<Handshake, { kind: "failed" }> | null> {
    this.#securing = true;
    if (!await this.flush() || this.#over) return { kind: "failed", reason: "the peer is gone" };
    this.inbox.clear();
    this.#deadline.set(Math.min(HANDSHAKE_MS, this.#limit.at - this.now), () => this.#bare.close());
    const handshake = await tls.secure(this.#bare, begin);
    this.#deadline.stop();
    this.#securing = false;
    if (handshake.kind === "failed") {
      this.#over = true;
      return handshake;
    }
    this.#bare = handshake.wire;
    this.#wire = this.#options.watch?.(handshake.wire) ?? handshake.wire;
    this.#heard = true;
    if (this.#over) this.destroy();
    return null;
  }

  /** Says something; it is written with the next {@link exchange} or {@link flush}. */
  say(reply: Reply): void {
    this.#outbox += formatReply(reply);
  }

  /** Whether so much was said that it should be written before more is. */
  get full(): boolean {
    return this.#outbox.length > OUTBOX_CHARACTERS;
  }

  /** Writes what was said; `false` when the peer is gone. */
  flush(): Promise<boolean> {
    if (this.#outbox !== "") {
      const octets = asciiOctets(this.#outbox);
      this.#outbox = "";
      // A client that waits for each reply acknowledges it with its next command; most do.
      if (!this.#heard) this.#wire.hurry();
      this.#heard = false;
      this.#written = this.#written.then((alive) => alive && this.#wire.write(octets));
    }
    return this.#written;
  }

  /** Writes what was said and waits for more octets; `false` when none will come or count. */
  async exchange(): Promise<boolean> {
    if (this.#over) return false;
    this.#wait();
    const written = this.flush();
    this.#heard = await this.inbox.fill();
    return this.#heard && !this.#over && await written;
  }

  /**
   * Sets a limit that progress does not move: for a whole message, for a refused peer.
   *
   * @param delayMs Milliseconds from now; `Infinity` takes the limit away.
   * @param reply What the peer is told then.
   */
  limit(delayMs: number, reply: Reply): void {
    this.#limit = { at: this.#clock.now() + delayMs, reply };
  }

  /**
   * Waits for something of ours: the peer's silence does not count, the limit does. What is written
   * afterwards is the peer's to take again.
   */
  async whileOurs<T>(work: Promise<T>): Promise<T> {
    const restMs = Math.min(this.#limit.at - this.#clock.now(), UNLIMITED_MS);
    if (!this.#over) this.#deadline.set(restMs, this.#ring);
    try {
      return await work;
    } finally {
      if (!this.#over) this.#wait();
    }
  }

  /**
   * Tells the peer its last reply from outside the dialogue, which then finds itself over. Between
   * STARTTLS and the end of the handshake it says nothing: in clear that would be no reply.
   */
  dismiss(reply: Reply): void {
    if (this.#over) return;
    this.#over = true;
    this.#deadline.set(LINGER_MS, () => this.destroy());
    if (this.#securing) return;
    this.say(reply);
    // Neither rejects: a wire that fails is a peer that is gone.
    void this.flush().then((alive) => alive ? this.#wire.closeWrite() : undefined);
  }

  /** Closes at once; nothing more is said. */
  destroy(): void {
    this.#over = true;
    this.#wire.close();
  }

  /**
   * Writes what was said and closes.
   *
   * @param linger Whether the peer may still be sending: {@link dismiss} and refusals; not QUIT.
   */
  async close(linger: boolean): Promise<void> {
    this.#deadline.set(LINGER_MS, () => this.destroy());
    // A peer that has closed its side may still read: what was said goes out in any case.
    if (await this.flush() && (linger || this.#over)) {
      await this.#wire.closeWrite();
      await this.#drain();
    }
    this.#deadline.stop();
    this.destroy();
  }

  async #drain(): Promise<void> {
    for (let dropped = 0; dropped < LINGER_OCTETS;) {
      dropped += this.inbox.octets.length;
      this.inbox.use(this.inbox.octets.length);
      if (!await this.inbox.fill()) return;
    }
  }

  #wait(): void {
    const idleAt = this.now + this.#options.idleMs;
    this.#deadline.setAt(Math.min(idleAt, this.#limit.at), this.#ring);
  }

  #expire(): void {
    const reply = this.#clock.now() >= this.#limit.at ? this.#limit.reply : REPLY.idle;
    this.#options.onTimeout?.(reply);
    this.dismiss(reply);
  }
}
