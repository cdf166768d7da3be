/**
 * Keeps the contract of a {@link MessageSink}, and the session alive when the sink does not.
 *
 * INVARIANT: the sink sees `accept()` once, after the whole message, or `abort()` once; never both.
 *
 * @module
 */

import { stackOf } from "../errors.ts";
import { log } from "../log.ts";
import type { Reply } from "../mail/reply.ts";
import type { Channel } from "./channel.ts";
import { REPLY } from "./reply.ts";
import type { MessageSink } from "./service.ts";

const logger = log("smtp");

/** Passes one message to its sink. */
export class Taker {
  readonly #channel: Channel;
  readonly #sink: MessageSink;
  #refusal: Reply | undefined;

  /** Takes over a sink that nothing has been written to. */
  constructor(channel: Channel, sink: MessageSink) {
    this.#channel = channel;
    this.#sink = sink;
  }

  /** Why the message is not taken; absent while it is. */
  get refusal(): Reply | undefined {
    return this.#refusal;
  }

  /** Passes octets on; a slow disk is not the peer's silence. */
  async take(octets: Uint8Array): Promise<void> {
    if (this.#refusal) return;
    try {
      const written = this.#sink.write(octets);
      if (written) await this.#channel.whileOurs(written);
    } catch (error) {
      logger.error("sink failed to write", { error: stackOf(error) });
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
      logger.error("sink failed to abort", { error: stackOf(error) });
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
      logger.error("sink failed to accept", { error: stackOf(error) });
      return REPLY.brokenService;
    }
  }
}
