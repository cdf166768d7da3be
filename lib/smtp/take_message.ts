/**
 * Reads the message of one mail transaction from the channel into its sink, and gets the reply.
 *
 * INVARIANT: the sink sees `accept()` once, after the whole message, or `abort()` once; never both.
 *
 * @module
 */

import type { Limits } from "../config/types.ts";
import { log } from "../log.ts";
import type { Reply } from "../mail/reply.ts";
import type { Channel } from "./channel.ts";
import { DataReader } from "./data_reader.ts";
import { REPLY } from "./reply.ts";
import type { MessageSink } from "./service.ts";

const logger = log("smtp");

/**
 * Takes in one message, after 354 was said.
 *
 * @returns The reply to the end of data; `null` when the peer went away or ran out of time.
 */
export async function takeMessage(
  channel: Channel,
  sink: MessageSink,
  limits: Pick<Limits, "messageSizeOctets" | "transactionMs">,
): Promise<Reply | null> {
  const reader = new DataReader(limits.messageSizeOctets);
  const taker = new Taker(channel, sink);
  channel.limit(limits.transactionMs, REPLY.slowMessage);
  while (!reader.ended) {
    if (channel.inbox.empty && !await channel.exchange()) break;
    const octets = reader.push(channel.inbox.octets);
    channel.inbox.use(reader.used);
    channel.inbox.widen();
    if (reader.oversize) await taker.refuse(REPLY.messageTooBig);
    else if (octets.length > 0) await taker.take(octets);
  }
  reader.release();
  channel.inbox.narrow();
  channel.limit(Infinity, REPLY.idle);
  const { peer } = channel;
  const details = { peer, octets: reader.octets };
  if (reader.mended > 0) logger.info("bare newlines mended", { ...details, count: reader.mended });
  if (!reader.ended || channel.over) {
    logger.info("message abandoned", details);
    await taker.refuse(REPLY.slowMessage);
    return null;
  }
  if (reader.oversize) logger.warning("message too big", details);
  return await taker.reply();
}

/** Keeps the sink's contract, and the session alive when the sink does not. */
class Taker {
  readonly #channel: Channel;
  readonly #sink: MessageSink;
  #refusal: Reply | undefined;

  constructor(channel: Channel, sink: MessageSink) {
    this.#channel = channel;
    this.#sink = sink;
  }

  /** Passes octets on; a slow disk is not the peer's silence. */
  async take(octets: Uint8Array): Promise<void> {
    if (this.#refusal) return;
    try {
      const written = this.#sink.write(octets);
      if (written) await this.#channel.whileOurs(written);
    } catch (error) {
      logger.error("sink failed to write", { error: describe(error) });
      await this.refuse(REPLY.brokenService);
    }
  }

  /** Decides that the message is not taken; the rest of it is swallowed. */
  async refuse(reply: Reply): Promise<void> {
    if (this.#refusal) return;
    this.#refusal = reply;
    try {
      await this.#channel.whileOurs(this.#sink.abort());
    } catch (error) {
      logger.error("sink failed to abort", { error: describe(error) });
    }
  }

  /** Hands the whole message over, and waits as long as it takes. */
  async reply(): Promise<Reply> {
    if (this.#refusal) return this.#refusal;
    // Replies before this one must not wait for the destinations; a failed write shows later.
    void this.#channel.flush();
    try {
      return await this.#channel.whileOurs(this.#sink.accept());
    } catch (error) {
      logger.error("sink failed to accept", { error: describe(error) });
      return REPLY.brokenService;
    }
  }
}

function describe(error: unknown): string {
  return error instanceof Error ? error.stack ?? error.message : String(error);
}
