/**
 * Why a message is refused before anybody is asked where it should go.
 *
 * @module
 */

import { RelayError } from "../errors.ts";
import type { Message } from "../mail/message.ts";
import { MAX_HOPS, readHops } from "../mail/received.ts";
import type { Reply } from "../mail/reply.ts";
import type { StoreHealth } from "../store/store.ts";
import type { RecentIds } from "./recent_ids.ts";

const FULL: Reply = {
  code: 452,
  status: "4.3.1",
  lines: ["Insufficient system storage, try again later"],
};
const BROKEN: Reply = {
  code: 451,
  status: "4.3.0",
  lines: ["Cannot store the message, try again later"],
};

/** 554 for a mail that goes round in circles (RFC 5321 §6.3). */
export function loopReply(message: Message, ids: RecentIds): Reply | null {
  const { count, queueIds } = readHops(message.fields);
  const ours = queueIds.find((id) => ids.has(id));
  if (ours !== undefined) {
    return {
      code: 554,
      status: "5.4.6",
      lines: [`Mail loop: this server passed this mail on before, as ${ours}`],
    };
  }
  if (count <= MAX_HOPS) return null;
  return {
    code: 554,
    status: "5.4.6",
    lines: [`Mail loop: ${count} Received fields, at most ${MAX_HOPS} are taken`],
  };
}

/** What the notifier is told when the message could not be held. */
export function notHeldReply(error: unknown): Reply {
  const code = error instanceof RelayError ? error.code : undefined;
  if (code === "store-full") return FULL;
  if (code === "header-too-large") {
    return {
      code: 554,
      status: "5.6.0",
      lines: ["Header section too large, at most 1 MiB is taken"],
    };
  }
  return BROKEN;
}

/** What the notifier is told when the store cannot take mail; `null` when it can. */
export function notReadyReply({ kind }: StoreHealth): Reply | null {
  if (kind === "ready") return null;
  return kind === "full" ? FULL : BROKEN;
}
