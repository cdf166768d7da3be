/**
 * Reads the message of one mail transaction from the channel into its sink, and gets the reply.
 *
 * @module
 */

import type { Limits } from "../config/types.ts";
import { log } from "../log.ts";
import type { Reply } from "../mail/reply.ts";
import type { Channel } from "./channel.ts";
import { DataReader } from "./data_reader.ts";
import { Pace, type PaceLimits } from "./pace.ts";
import { REPLY } from "./reply.ts";
import type { MessageSink } from "./service.ts";
import { Taker } from "./taker.ts";

/** The bounds of one message. */
export type MessageLimits = Pick<Limits, "messageSizeOctets"> & PaceLimits;

const logger = log("smtp");

/**
 * Takes in one message, after 354 was said.
 *
 * @returns The reply to the end of data; `null` when the peer went away or ran out of time, and
 * `bare-end` when it did so after what it may have taken for the end: LF . LF.
 */
export async function takeMessage(
  channel: Channel,
  sink: MessageSink,
  limits: MessageLimits,
): Promise<Reply | "bare-end" | null> {
  const reader = new DataReader(limits.messageSizeOctets);
  const taker = new Taker(channel, sink);
  const pace = new Pace(channel, limits);
  await readOn(channel, reader, { taker, pace });
  reader.release();
  channel.inbox.narrow();
  pace.end();
  const { peer } = channel;
  const details = { peer, octets: reader.octets };
  if (reader.mended > 0) logger.info("bare newlines mended", { ...details, count: reader.mended });
  if (!reader.ended || channel.over) {
    logger.info("message abandoned", details);
    await taker.refuse(REPLY.slowMessage);
    return reader.endsWithBareDot ? "bare-end" : null;
  }
  if (reader.oversize) logger.warning("message too big", details);
  return await taker.reply();
}

/** Reads until the message ends, or the peer does. */
async function readOn(
  channel: Channel,
  reader: DataReader,
  { taker, pace }: { readonly taker: Taker; readonly pace: Pace },
): Promise<void> {
  while (!reader.ended) {
    if (channel.inbox.empty) {
      pace.limit(reader.octets, reader.endsWithBareDot);
      if (!await channel.exchange()) return;
    }
    const octets = reader.push(channel.inbox.octets);
    channel.inbox.use(reader.used);
    channel.inbox.widen();
    if (reader.oversize) await taker.refuse(REPLY.messageTooBig);
    else if (octets.length > 0) await taker.take(octets);
  }
}
