/**
 * Reads a message that comes in chunks (RFC 3030), with commands between them, into its sink.
 *
 * INVARIANT: a chunk is read to its last octet whatever becomes of the message: its octets are never
 * taken for commands.
 *
 * @module
 */

import { log } from "../log.ts";
import type { Reply } from "../mail/reply.ts";
import type { Channel } from "./channel.ts";
import { ChunkReader } from "./chunk_reader.ts";
import { Pace } from "./pace.ts";
import { REPLY } from "./reply.ts";
import type { MessageSink } from "./service.ts";
import type { MessageLimits } from "./take_message.ts";
import { Taker } from "./taker.ts";

/** One chunk, as BDAT announces it. */
export interface Chunk {
  /** Its octets. */
  readonly octets: number;
  /** Whether the message ends with it. */
  readonly last: boolean;
}

const logger = log("smtp");

/** Takes in one message. */
export class ChunkTaker {
  readonly #channel: Channel;
  /** Of the whole message, whatever its chunks. */
  readonly #pace: Pace;
  readonly #reader: ChunkReader;
  readonly #taker: Taker;

  /** Takes over a sink; `binary` for BODY=BINARYMIME. */
  constructor(
    channel: Channel,
    sink: MessageSink,
    { binary, ...limits }: MessageLimits & { readonly binary: boolean },
  ) {
    this.#channel = channel;
    this.#pace = new Pace(channel, limits);
    this.#reader = new ChunkReader(limits.messageSizeOctets, { binary });
    this.#taker = new Taker(channel, sink);
  }

  /** When the message must have come or got on, on the channel's clock. */
  get endsAt(): number {
    return this.#pace.endsAt;
  }

  /**
   * Takes in the next chunk.
   *
   * @returns The reply to it, and to the message where it is the last or the message is refused;
   * `null` when the peer went away or ran out of time.
   */
  async take({ octets, last }: Chunk): Promise<Reply | null> {
    if (!await this.#read(octets)) {
      await this.abandon();
      return null;
    }
    if (this.#taker.refusal) return this.#taker.refusal;
    if (!last) return REPLY.chunkTaken;
    const rest = this.#reader.end();
    if (rest.length > 0) await this.#taker.take(rest);
    this.#reader.release();
    return await this.#taker.reply();
  }

  /** The message is given up: RSET, a new session, or the end of the connection. */
  async abandon(): Promise<void> {
    this.#reader.release();
    if (this.#taker.refusal) return;
    logger.info("message abandoned", { peer: this.#channel.peer, octets: this.#reader.octets });
    await this.#taker.refuse(REPLY.slowMessage);
  }

  /** @returns Whether all of it has come. */
  async #read(octets: number): Promise<boolean> {
    const { inbox } = this.#channel;
    const reader = this.#reader;
    const pace = this.#pace;
    reader.begin(octets);
    while (!reader.chunkEnded) {
      if (inbox.empty) {
        pace.limit(reader.octets, false);
        if (!await this.#channel.exchange()) break;
      }
      const piece = reader.push(inbox.octets);
      inbox.use(reader.used);
      inbox.widen();
      if (reader.oversize) await this.#refuseSize();
      else if (piece.length > 0) await this.#taker.take(piece);
    }
    inbox.narrow();
    pace.limit(reader.octets, false);
    pace.end();
    return reader.chunkEnded && !this.#channel.over;
  }

  async #refuseSize(): Promise<void> {
    if (this.#taker.refusal) return;
    logger.warning("message too big", { peer: this.#channel.peer, octets: this.#reader.octets });
    await this.#taker.refuse(REPLY.messageTooBig);
  }
}

/** Reads a chunk that nobody wants; `false` when the peer went away or ran out of time. */
export async function skipChunk(
  channel: Channel,
  octets: number,
  limits: MessageLimits,
): Promise<boolean> {
  const pace = new Pace(channel, limits);
  const { inbox } = channel;
  for (let left = octets; left > 0;) {
    if (inbox.empty) {
      pace.limit(octets - left, false);
      if (!await channel.exchange()) return false;
    }
    const count = Math.min(left, inbox.octets.length);
    inbox.use(count);
    left -= count;
  }
  pace.end();
  return !channel.over;
}
