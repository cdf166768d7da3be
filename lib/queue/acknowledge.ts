/**
 * What the notifier is told. Pure.
 *
 * The promise of the program is kept here: a 2xx only for a mail whose every delivery has been
 * accepted by its destination or is safe on disk.
 *
 * @module
 */

import type { Outcome } from "../mail/outcome.ts";
import type { Reply } from "../mail/reply.ts";

/** Longest text of a reply line we make: 512 octets less code, status and CR LF (RFC 5321 §4.5.3.1.5). */
const MAX_TEXT = 480;

/** Every destination has accepted it, or it goes nowhere for a reason that is recorded. */
export function acceptedReply(queueId: string): Reply {
  return { code: 250, status: "2.0.0", lines: [`Accepted as ${queueId}`] };
}

/** Everything that is not yet delivered is on disk. */
export function queuedReply(queueId: string): Reply {
  return { code: 250, status: "2.0.0", lines: [`queued as ${queueId}`] };
}

/** Nobody had it, and nobody will: the destination's own refusal, where it speaks SMTP. */
export function refusedReply(
  queueId: string,
  outcome: Extract<Outcome, { kind: "failed" }>,
): Reply {
  // Who announces ENHANCEDSTATUSCODES puts one in every reply (RFC 2034 §4), and we do.
  if (outcome.reply) return { status: "5.0.0", ...outcome.reply };
  return { code: 554, status: "5.0.0", lines: [cut(`${queueId}: ${outcome.reason}`)] };
}

function cut(text: string): string {
  // deno-lint-ignore no-control-regex -- a reply line holds no control character, whoever wrote it
  return text.replace(/[\x00-\x1f\x7f]+/g, " ").slice(0, MAX_TEXT);
}
