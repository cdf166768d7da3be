/**
 * How long a message may take: a limit for the whole of it, one for those who drip it in, and a
 * short one for those who seem to have ended it with bare newlines and wait for an answer.
 *
 * @module
 */

import type { Limits } from "../config/types.ts";
import type { Channel } from "./channel.ts";
import { REPLY } from "./reply.ts";

/** In so many milliseconds … */
const WINDOW_MS = 300_000;

/** … so many octets must come, or the message ends. */
const WINDOW_OCTETS = 4_096;

/** Longest wait after what looks like the end of a message and is none, in ms. */
const BARE_END_MS = 5_000;

/** What bounds a message besides its size. */
export interface PaceLimits extends Pick<Limits, "transactionMs"> {
  /** When as much of it as a window asks for must have come, on the channel's clock. */
  readonly beginBy: number;
}

/** The limits of one message. */
export class Pace {
  readonly #channel: Channel;
  readonly #endAt: number;
  #windowAt: number;
  #windowOctets = 0;
  /** When who seems to have ended the message is told; absent: nobody seems to. */
  #bareEndAt: number | undefined;

  /**
   * Starts the clock. The time that a peer has had before the message counts: its first window is no
   * longer than what is left of that, else who drips would have both.
   */
  constructor(channel: Channel, { transactionMs, beginBy }: PaceLimits) {
    const { now } = channel;
    this.#channel = channel;
    this.#endAt = now + transactionMs;
    this.#windowAt = Math.min(now + WINDOW_MS, beginBy);
    channel.limit(this.endsAt - now, REPLY.slowMessage);
  }

  /** When the message ends unless more of it comes before, on the channel's clock. */
  get endsAt(): number {
    return Math.min(this.#endAt, this.#windowAt);
  }

  /**
   * Sets the limit of the next wait for the peer.
   *
   * @param octets What has come of the message so far.
   * @param bareEnd Whether that ends with a lone dot between bare newlines, or commands behind it.
   */
  limit(octets: number, bareEnd: boolean): void {
    const { now } = this.#channel;
    if (octets - this.#windowOctets >= WINDOW_OCTETS) {
      this.#windowOctets = octets;
      this.#windowAt = now + WINDOW_MS;
    }
    // Who goes on as if it were over waits all the same, from the first time on.
    this.#bareEndAt = bareEnd ? this.#bareEndAt ?? now + BARE_END_MS : undefined;
    const { endsAt } = this;
    if (this.#bareEndAt !== undefined && this.#bareEndAt < endsAt) {
      this.#channel.limit(this.#bareEndAt - now, REPLY.bareNewlineEnd);
    } else this.#channel.limit(endsAt - now, REPLY.slowMessage);
  }

  /** Takes the limits away. */
  end(): void {
    this.#channel.limit(Infinity, REPLY.idle);
  }
}
