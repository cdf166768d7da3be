/**
 * Does what a step of the session asks for besides a reply: takes a message in, puts TLS under the
 * dialogue, lets the peer authenticate or say for whom it speaks.
 *
 * @module
 */

import { stackOf } from "../errors.ts";
import { log } from "../log.ts";
import type { Protocol } from "../mail/envelope.ts";
import type { Reply } from "../mail/reply.ts";
import { authenticate } from "./authenticate.ts";
import type { Channel } from "./channel.ts";
import { type ConnectionOptions, sessionOptions, type Welcome } from "./connection_options.ts";
import type { LineReader } from "./line_reader.ts";
import type { Oddities } from "./oddities.ts";
import { REPLY } from "./reply.ts";
import type { MessageSink } from "./service.ts";
import { authenticated, chunksRefused, greet, secured } from "./session.ts";
import type { MessageStart, SessionOptions, SessionState, Step, Task } from "./session_state.ts";
import { ChunkTaker, skipChunk } from "./take_chunks.ts";
import { type MessageLimits, takeMessage } from "./take_message.ts";
import type { TlsBegin } from "./tls/tls_server.ts";
import { realPeer } from "./real_peer.ts";

/** What the tasks of one session work with. */
export interface TaskContext {
  /** The dialogue. */
  readonly channel: Channel;
  /** What reads its lines. */
  readonly lines: LineReader;
  /** Who remembers what was odd. */
  readonly oddities: Oddities;
  /** What the session is served with. */
  readonly options: ConnectionOptions;
  /** How the peer was received. */
  readonly welcome: Welcome;
}

type Of<Kind extends Task["kind"]> = Extract<Task, { kind: Kind }>;

const logger = log("smtp");

/** Does the tasks of one session. */
export class Tasks {
  readonly #context: TaskContext;
  readonly #session: SessionOptions;
  #chunks: ChunkTaker | null = null;
  /** What a server in front of us said that the client calls itself. */
  #helo: string | undefined;

  /** Whether octets of a message are being read, or its reply is being waited for. */
  receiving = false;
  /** When the next message must have come, or the beginning of it, on the channel's clock. */
  #messageBy: number;

  /** Makes the tasks of a session that begins now. */
  constructor(context: TaskContext) {
    this.#context = context;
    this.#session = sessionOptions(context.options);
    this.#messageBy = this.#nextMessageBy;
  }

  /** When a message must have come, or one of which chunks have come got on, on the channel's clock. */
  get messageBy(): number {
    return this.#chunks?.endsAt ?? this.#messageBy;
  }

  /** Does the task of a step and says its reply, if the peer is there to hear it. */
  async perform({ state, reply }: Step, task: Task): Promise<SessionState> {
    switch (task.kind) {
      case "data":
        await this.#receiveData({ state, reply }, task);
        return state;
      case "chunk":
        return await this.#receiveChunk({ state, reply }, task);
      case "tls":
        this.#context.channel.say(reply);
        return await this.secure("starttls") ? secured(state) : state;
      case "sasl":
        return await this.#authenticate(state, task);
      case "xclient":
        return this.#become(state, task);
    }
  }

  /** Whether chunks of a message have come, and more are to follow. */
  get underWay(): boolean {
    return this.#chunks !== null;
  }

  /** Puts TLS under the dialogue; `false` when the peer is gone. */
  async secure(begin: TlsBegin): Promise<boolean> {
    const { channel, oddities, options: { tls } } = this.#context;
    const { peer } = channel;
    if (!tls) return false;
    const failure = await channel.secure(tls.server, begin);
    if (failure === null) return true;
    const { reason, quirk } = failure;
    logger.warning("TLS handshake failed", { peer, reason });
    if (quirk) oddities.note(quirk, { peer, tolerated: false });
    return false;
  }

  /** Gives up a message of which chunks have come, when the session has: RSET, EHLO, the end. */
  async abandon(): Promise<void> {
    const chunks = this.#chunks;
    this.#chunks = null;
    await chunks?.abandon();
  }

  async #receiveData({ state, reply }: Step, { message }: Of<"data">): Promise<void> {
    const { channel, oddities } = this.#context;
    const sink = this.#begin(state, message);
    if (!sink) return channel.say(REPLY.brokenService);
    channel.say(reply);
    this.receiving = true;
    const verdict = await takeMessage(channel, sink, this.#messageLimits);
    this.receiving = false;
    this.#messageBy = this.#nextMessageBy;
    // Some go away before the time for their real end is over.
    if (verdict === "bare-end") {
      oddities.note("bare-newline-end", { peer: channel.peer, tolerated: false });
    } else if (verdict) this.#sayVerdict(verdict, message);
  }

  async #receiveChunk({ state, reply }: Step, task: Of<"chunk">): Promise<SessionState> {
    const { channel } = this.#context;
    const chunks = task.message ? this.#chunks ?? this.#beginChunks(state, task.message) : null;
    this.#chunks = null;
    this.receiving = true;
    const verdict = chunks
      ? await chunks.take(task)
      : await skipChunk(channel, task.octets, this.#messageLimits)
      ? task.message ? REPLY.brokenService : reply
      : null;
    this.receiving = false;
    if (!verdict) return state;
    const going = chunks !== null && !task.last && verdict.code === 250;
    if (going) this.#chunks = chunks;
    else if (task.message) this.#messageBy = this.#nextMessageBy;
    if (task.message && task.last) this.#sayVerdict(verdict, task.message);
    else channel.say(verdict);
    return going || !task.message ? state : chunksRefused(state);
  }

  #beginChunks(state: SessionState, message: MessageStart): ChunkTaker | null {
    const sink = this.#begin(state, message);
    const binary = message.transaction.body === "BINARYMIME";
    return sink && new ChunkTaker(this.#context.channel, sink, { ...this.#messageLimits, binary });
  }

  get #messageLimits(): MessageLimits {
    const { messageSizeOctets, transactionMs } = this.#context.options.limits;
    return { messageSizeOctets, transactionMs, beginBy: this.#messageBy };
  }

  /** Two silences after the connection, or after the end of a message: a group may hold many ends. */
  get #nextMessageBy(): number {
    const { channel, options: { limits: { idleMs } } } = this.#context;
    return channel.now + 2 * idleMs;
  }

  /** LMTP answers for each recipient (RFC 2033 §4.2). */
  #sayVerdict(verdict: Reply, { transaction }: MessageStart): void {
    const times = this.#session.protocol === "lmtp" ? transaction.forwardPaths.length : 1;
    for (let said = 0; said < times; said++) this.#context.channel.say(verdict);
  }

  #begin({ standing }: SessionState, { transaction, client }: MessageStart): MessageSink | null {
    const { channel: { peer }, options } = this.#context;
    const { user, secure } = standing;
    const type = this.#session.protocol === "lmtp" ? "LMTP" as const : "SMTP" as const;
    const name = transaction.smtpUtf8
      ? `UTF8${type}` as const
      : type === "LMTP"
      ? type
      : "ESMTP" as const;
    const protocol: Protocol = client.extended || transaction.smtpUtf8
      ? `${name}${secure ? "S" : ""}${user === undefined ? "" : "A"}`
      : "SMTP";
    const helo = this.#helo ?? client.helo;
    const session = { peer, helo, protocol, ...user !== undefined && { user } };
    try {
      return options.service.begin({ ...transaction, session });
    } catch (error) {
      const stack = stackOf(error);
      logger.error("message could not be begun", { peer, error: stack });
      return null;
    }
  }

  async #authenticate(state: SessionState, task: Of<"sasl">): Promise<SessionState> {
    const { channel, lines, options: { auth } } = this.#context;
    if (!auth) return state;
    const { authenticator } = auth;
    const result = await authenticate(task, { channel, lines, authenticator });
    if (!result) return state;
    const step = authenticated(state, result, this.#session);
    channel.say(step.reply);
    return step.state;
  }

  /** From now on the peer is the one that the server in front of us speaks for. */
  #become({ usage, standing }: SessionState, { attributes }: Of<"xclient">): SessionState {
    const { channel, lines, welcome } = this.#context;
    const { peer, user, helo } = realPeer(attributes);
    if (peer !== undefined) channel.peer = peer;
    this.#helo = helo ?? this.#helo;
    const treatment = welcome.treatmentOf(channel.peer);
    const allowed = treatment.allowed || user !== undefined;
    if (!allowed) logger.warning("session refused", { peer: channel.peer, reason: "not in allow" });
    lines.lenient = treatment.standing.lenient;
    // Who is in for a login alone is out without it: TLS makes it forgotten.
    const mustAuthenticate = treatment.standing.mustAuthenticate || !treatment.allowed;
    const known = { ...treatment.standing, secure: standing.secure, mayXclient: true };
    const greeting = greet({
      allowed,
      standing: user === undefined ? known : { ...known, user, mustAuthenticate },
      usage,
    }, this.#session);
    channel.say(greeting.reply);
    return greeting.state;
  }
}
