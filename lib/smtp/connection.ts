/**
 * Drives one session over one connection: reads a line, parses it, steps the state machine, says
 * the reply, takes the message in where the step asks for it.
 *
 * @module
 */

import type { Limits } from "../config/types.ts";
import { log } from "../log.ts";
import type { SessionTrace } from "../mail/envelope.ts";
import type { Reply } from "../mail/reply.ts";
import { Channel } from "./channel.ts";
import { type Command, parseCommand, unreadable } from "./command.ts";
import type { Clock } from "./deadline.ts";
import { takeMessage } from "./take_message.ts";
import { LineReader } from "./line_reader.ts";
import { REPLY } from "./reply.ts";
import type { MailService, MessageSink } from "./service.ts";
import { greet, step } from "./session.ts";
import type { SessionState, Step } from "./session_state.ts";
import type { Wire } from "./wire.ts";

/** What all sessions of a listener have in common. */
export interface ConnectionOptions {
  /** Our name in the greeting and in the reply to EHLO. */
  readonly hostname: string;
  /** Bounds on what the peer may do. */
  readonly limits: Limits;
  /** Takes the mails. */
  readonly service: MailService;
  /** Where time comes from; the machine's clock when absent. */
  readonly clock?: Clock | undefined;
}

/** How a peer is received. */
export interface Welcome {
  /** Whether the peer may send mail; if not, it is told so and may only QUIT. */
  readonly allowed: boolean;
  /** Whether there is time to see that it waits for the greeting. */
  readonly listenFirst: boolean;
}

/** Longest session of a peer outside `allow`, in ms. */
const REFUSED_MS = 5_000;

/** First octet of a TLS record that begins a handshake (RFC 8446 §5.1). */
const TLS_HANDSHAKE = 0x16;

const logger = log("smtp");

/** One session. */
export class Connection {
  readonly #options: ConnectionOptions;
  readonly #channel: Channel;
  readonly #lines: LineReader;
  #state: SessionState;
  #receiving = false;
  #stopping = false;

  /** Makes a session that has not begun. */
  constructor(wire: Wire, options: ConnectionOptions) {
    const { limits: { idleMs, commandLineOctets }, clock } = options;
    const onTimeout = ({ lines: [reason] }: Reply) =>
      logger.info("session timed out", { peer: wire.peer, reason });
    this.#options = options;
    this.#channel = new Channel(wire, { idleMs, commandLineOctets, clock, onTimeout });
    this.#lines = new LineReader(this.#channel.inbox, commandLineOctets);
    this.#state = greet(true, options).state;
  }

  /**
   * Serves the peer until it quits, goes away, or is closed. Never rejects.
   *
   * @param welcome What to make of the peer before it has said anything.
   */
  async serve(welcome: Welcome): Promise<void> {
    const { peer } = this.#channel;
    logger.debug("session opened", { peer });
    let quit = false;
    try {
      quit = await this.#converse(welcome);
    } catch (error) {
      const stack = error instanceof Error ? error.stack : String(error);
      logger.error("session failed", { peer, error: stack });
      this.#channel.destroy();
    }
    await this.#channel.close(!quit);
    this.#channel.inbox.release();
    logger.debug("session closed", { peer, mails: this.#state.usage.mails });
  }

  /**
   * Ends the session as soon as that loses nothing: at once between two commands, after its reply
   * while a message is under way.
   */
  shutDown(): void {
    this.#stopping = true;
    if (!this.#receiving) this.#channel.dismiss(REPLY.shuttingDown);
  }

  /** Closes the connection at once. */
  destroy(): void {
    this.#channel.destroy();
  }

  /** @returns Whether the peer took its leave, so that nothing more will come from it. */
  async #converse({ allowed, listenFirst }: Welcome): Promise<boolean> {
    const greeting = greet(allowed, this.#options);
    this.#state = greeting.state;
    if (!allowed) this.#channel.limit(REFUSED_MS, REPLY.idle);
    const opened = await this.#channel.open(greeting.reply, listenFirst);
    if (opened === "early") {
      logger.warning("peer dismissed", { peer: this.#channel.peer, reason: "talks early" });
      this.#channel.say(REPLY.talksEarly);
    }
    for (let more = opened === "open"; more; more = await this.#channel.exchange()) {
      const last = await this.#answer();
      if (last) return last === "QUIT";
    }
    return false;
  }

  /**
   * Answers all commands that have come.
   *
   * @returns The verb that closed the session, if one did.
   */
  async #answer(): Promise<Command["verb"] | null> {
    for (;;) {
      const command = this.#next();
      if (!command) return null;
      const next = step(this.#state, command, this.#options);
      this.#state = next.state;
      if (next.message) await this.#receive(next, next.message);
      else this.#channel.say(next.reply);
      if (this.#state.phase === "closed") {
        this.#logClosing(command, next);
        return command.verb;
      }
      if (this.#channel.over) return null;
      if (this.#channel.full && !await this.#channel.flush()) return null;
    }
  }

  #next(): Command | null {
    const { inbox } = this.#channel;
    if (inbox.octets[0] === TLS_HANDSHAKE) return { verb: "ABUSE", reply: REPLY.otherProtocol };
    const line = this.#lines.next();
    if (!line) return null;
    return line.kind === "line" ? parseCommand(line.text) : unreadable(line.kind);
  }

  async #receive({ reply }: Step, message: NonNullable<Step["message"]>): Promise<void> {
    const sink = this.#begin(message);
    if (!sink) return this.#channel.say(REPLY.brokenService);
    this.#receiving = true;
    this.#channel.say(reply);
    const verdict = await takeMessage(this.#channel, sink, this.#options.limits);
    this.#receiving = false;
    if (verdict) this.#channel.say(verdict);
    if (verdict && this.#stopping) {
      this.#channel.say(REPLY.shuttingDown);
      this.#state = { phase: "closed", usage: this.#state.usage };
    }
  }

  #begin({ transaction, client }: NonNullable<Step["message"]>): MessageSink | null {
    const { peer } = this.#channel;
    const protocol: SessionTrace["protocol"] = transaction.smtpUtf8
      ? "UTF8SMTP"
      : client.extended
      ? "ESMTP"
      : "SMTP";
    const session = { peer, helo: client.helo, protocol };
    try {
      return this.#options.service.begin({ ...transaction, session });
    } catch (error) {
      const stack = error instanceof Error ? error.stack : String(error);
      logger.error("message could not be begun", { peer, error: stack });
      return null;
    }
  }

  #logClosing(command: Command, { reply }: Step): void {
    if (command.verb === "QUIT" || this.#stopping) return;
    const { peer } = this.#channel;
    logger.warning("peer dismissed", { peer, code: reply.code, reason: reply.lines[0] });
  }
}
