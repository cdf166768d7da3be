/**
 * What a notice to the sender is made from: all that is known of a mail that is late, given up, or
 * delivered with a report asked for.
 *
 * @module
 */

import type { NoticeAbout } from "./journal.ts";
import type { Mail } from "./message.ts";
import type { Reply } from "./reply.ts";

/** Everything that a notice tells. */
export interface NoticeFacts {
  /** What it tells. */
  readonly about: NoticeAbout;
  /** Our own name. */
  readonly hostname: string;
  /** The notice's own queue id. */
  readonly queueId: string;
  /** When the notice is made, by the wall clock, in milliseconds since the epoch. */
  readonly at: number;
  /** Whom it goes to: the reverse-path, or who else is to be told; at least one. */
  readonly to: readonly string[];
  /** The mail that it is about. */
  readonly mail: Mail;
  /** Who has not got it, or has; at least one. */
  readonly recipients: readonly NoticeRecipient[];
  /** Until when it is tried, by the wall clock, in milliseconds since the epoch; for `delayed`. */
  readonly giveUpAt?: number;
  /** All octets of the mail, where they are to go back rather than its header, and are at hand. */
  readonly whole?: Uint8Array;
}

/** Somebody who has not got the mail, or has. */
export interface NoticeRecipient {
  /** A forward-path, or the target's name of a destination that is no mail server. */
  readonly recipient: string;
  /** The destination through which it was tried. */
  readonly destination: string;
  /** What was said last, without secrets. */
  readonly reason: string;
  /** The same without the words for having given up because of its age, where it was. */
  readonly lastReason?: string;
  /** The reply of the mail server, where there is one. */
  readonly reply?: Reply;
  /** Whether the reply is our own: the server lacks what the mail needs, and was not asked. */
  readonly ownReply?: true;
  /** Whether it was given up because of its age. */
  readonly expired?: boolean;
  /** The mail server that was tried, by its host name or address, where that is known. */
  readonly remoteMta?: string;
}
