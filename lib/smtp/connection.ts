/**
 * Drives one session over one connection: reads a line, parses it, steps the state machine, says
 * the reply, and has done what else the step asks for (`tasks.ts`).
 *
 * @module
 */

import { stackOf } from "../errors.ts";
import { log } from "../log.ts";
import type { Reply } from "../mail/reply.ts";
import { Channel } from "./channel.ts";
import { type Command, foreignCommand, unreadable } from "./command.ts";
import { type ConnectionOptions, sessionOptions, type Welcome } from "./connection_options.ts";
import { foreignOpening, isForeignStart } from "./foreign.ts";
import { LineReader } from "./line_reader.ts";
import { Oddities } from "./oddities.ts";
import { REPLY } from "./reply.ts";
import { greet, step } from "./session.ts";
import type { SessionOptions, SessionState, Step, Task } from "./session_state.ts";
import { Tasks } from "./tasks.ts";
import type { Wire } from "./wire.ts";

export type { ConnectionOptions, Welcome } from "./connection_options.ts";

/** Longest session of a peer outside `allow`, in ms. */
const REFUSED_MS = 5_000;

const logger = log("smtp");

/** One session. */
export class Connection {
  readonly #options: ConnectionOptions;
  readonly #session: SessionOptions;
  readonly #welcome: Welcome;
  readonly #channel: Channel;
  readonly #lines: LineReader;
  readonly #oddities: Oddities;
  readonly #tasks: Tasks;
  #state: SessionState;
  #begun = false;
  #stopping = false;

  /**
   * Makes a session that has not begun.
   *
   * @param welcome What to make of the peer before it has said anything.
   */
  constructor(wire: Wire, options: ConnectionOptions, welcome: Welcome) {
    const { limits: { idleMs, commandLineOctets }, clock, watch } = options;
    const { standing: { lenient } } = welcome;
    const onTimeout = (reply: Reply) => this.#noteTimeout(reply);
    this.#options = options;
    this.#session = sessionOptions(options);
    this.#welcome = welcome;
    this.#channel = new Channel(wire, { idleMs, commandLineOctets, clock, watch, onTimeout });
    this.#lines = new LineReader(this.#channel.inbox, commandLineOctets, { lenient });
    this.#oddities = new Oddities(options);
    this.#tasks = new Tasks({
      channel: this.#channel,
      lines: this.#lines,
      oddities: this.#oddities,
      options,
      welcome,
    });
    this.#state = greet(welcome, this.#session).state;
  }

  /** Serves the peer until it quits, goes away, or is closed. Never rejects. */
  async serve(): Promise<void> {
    const { peer } = this.#channel;
    logger.debug("session opened", { peer });
    let quit = false;
    try {
      quit = await this.#converse();
    } catch (error) {
      const stack = stackOf(error);
      logger.error("session failed", { peer, error: stack });
      this.#channel.destroy();
    }
    await this.#tasks.abandon();
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
    if (!this.#tasks.receiving) this.#channel.dismiss(REPLY.shuttingDown);
  }

  /** Closes the connection at once. */
  destroy(): void {
    this.#channel.destroy();
  }

  /** @returns Whether the peer took its leave, so that nothing more will come from it. */
  async #converse(): Promise<boolean> {
    this.#limitSilence();
    if (this.#options.tls?.mode === "implicit") {
      if (!await this.#tasks.secure("implicit")) return false;
      const { standing } = this.#state;
      this.#state = { ...this.#state, standing: { ...standing, secure: true } };
    }
    const { allowed, listenFirst } = this.#welcome;
    const { reply } = greet(this.#welcome, this.#session);
    if (!allowed) this.#channel.limit(REFUSED_MS, REPLY.idle);
    const opened = await this.#channel.open(reply, listenFirst);
    let more = opened === "open" || opened === "early" && this.#greetEarly(reply);
    for (; more; more = await this.#channel.exchange()) {
      const before = this.#state;
      const last = await this.#answer();
      if (last) return last === "QUIT";
      if (allowed && this.#state !== before) this.#limitSilence();
    }
    return false;
  }

  /** A peer that does not wait is a browser, or a hurried device, which a lenient session greets. */
  #greetEarly(greeting: Reply): boolean {
    const { peer } = this.#channel;
    const greets = this.#state.standing.lenient && this.#state.phase === "greeted";
    const foreign = foreignOpening(this.#channel.inbox.octets);
    this.#oddities.note(foreign ?? "talks-early", { peer, tolerated: greets && foreign === null });
    this.#channel.say(greets ? greeting : REPLY.talksEarly);
    return greets;
  }

  /**
   * A command must be whole within the longest silence, however it drips in; and within twice that
   * time a message must have come, or the beginning of a long one: then it has the time of a message.
   */
  #limitSilence(): void {
    const { idleMs } = this.#options.limits;
    const restMs = this.#tasks.messageBy - this.#channel.now;
    this.#channel.limit(Math.min(idleMs, restMs), REPLY.idle);
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
      // Most commands are answered at once: waiting for nothing costs throughput, too.
      const obeyed = this.#obey(command);
      if (obeyed) await obeyed;
      if (this.#state.phase === "closed") return command.verb;
      if (this.#channel.over) return null;
      if (this.#channel.full && !await this.#channel.flush()) return null;
    }
  }

  /** Does what a command asks for; a promise comes back only when there is something to wait for. */
  #obey(command: Command): Promise<void> | undefined {
    const next = step(this.#state, command, this.#session);
    this.#oddities.noteAll(command, next, this.#channel.peer);
    this.#state = next.state;
    if (next.task) return this.#perform(next, next.task);
    this.#channel.say(next.reply);
    if (this.#state.phase === "closed" && command.verb !== "QUIT") this.#noteDismissal(next.reply);
    return this.#tidy();
  }

  /** RSET, EHLO and their like give up a message of which chunks have come. */
  #tidy(): Promise<void> | undefined {
    const chunking = this.#state.phase === "mail" && this.#state.chunking;
    return chunking || !this.#tasks.underWay ? undefined : this.#tasks.abandon();
  }

  #noteDismissal({ code, lines: [reason] }: Reply): void {
    logger.warning("peer dismissed", { peer: this.#channel.peer, code, reason });
  }

  async #perform(next: Step, task: Task): Promise<void> {
    this.#state = await this.#tasks.perform(next, task);
    await this.#tidy();
    // What took octets has ended with a limit of its own; a login in the same group waits for more.
    this.#limitSilence();
    // What follows the handshake may be another protocol again.
    if (task.kind === "tls") this.#begun = false;
    if (!this.#stopping || this.#channel.over) return;
    this.#channel.say(REPLY.shuttingDown);
    const { usage, standing } = this.#state;
    this.#state = { phase: "closed", usage, standing };
  }

  #next(): Command | null {
    if (!this.#begun && !this.#lines.midLine) {
      const { octets } = this.#channel.inbox;
      if (isForeignStart(octets)) return foreignCommand(foreignOpening(octets));
    }
    const line = this.#lines.next();
    if (!line) return null;
    this.#begun = true;
    if (line.kind !== "line") return unreadable(line);
    return this.#oddities.parse(line, this.#state.standing.lenient);
  }

  #noteTimeout(reply: Reply): void {
    const { peer } = this.#channel;
    if (reply === REPLY.bareNewlineEnd) {
      return this.#oddities.note("bare-newline-end", { peer, tolerated: false });
    }
    logger.info("session timed out", { peer, reason: reply.lines[0] });
  }
}
