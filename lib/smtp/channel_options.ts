/**
 * What a channel is made with.
 *
 * @module
 */

import type { Reply } from "../mail/reply.ts";
import type { Clock } from "./deadline.ts";
import type { Wire } from "./wire.ts";

/** Bounds of one channel. */
export interface ChannelOptions {
  /** Longest silence of the peer, in ms. */
  readonly idleMs: number;
  /** Longest line that must fit into the inbox, in octets. */
  readonly commandLineOctets: number;
  /** Where time comes from; the machine's clock when absent. */
  readonly clock?: Clock | undefined;
  /** Told when a limit is reached, before the peer is. */
  readonly onTimeout?: (reply: Reply) => void;
  /** Lets somebody see what is said, in clear also over TLS; absent: nobody. */
  readonly watch?: ((wire: Wire) => Wire) | undefined;
}
