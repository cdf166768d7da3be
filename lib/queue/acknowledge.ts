/**
 * What the notifier is told, given what became of the deliveries. Pure.
 *
 * The order of the answers is the promise of the program: as long as anything may still be
 * lost, the notifier is asked to come again; only then does a refusal count, and only when
 * every destination has accepted is the answer a 2xx.
 *
 * @module
 */

import type { Outcome } from "../mail/outcome.ts";
import type { Reply } from "../mail/reply.ts";

/** Longest text of a reply line we make: 512 octets less code, status and CR LF (RFC 5321 §4.5.3.1.5). */
const MAX_TEXT = 480;

/**
 * Makes the reply to the end of data (`ack: relayed`).
 *
 * @param queueId The mail's id, for the notifier's log.
 * @param outcomes One for each recipient of each delivery; none when there was nothing to deliver,
 * which is recorded, and so a success.
 */
export function acknowledge(queueId: string, outcomes: readonly Outcome[]): Reply {
  const deferred = outcomes.find(({ kind }) => kind === "deferred");
  if (deferred?.kind === "deferred") return comeAgain(queueId, deferred);
  const failed = outcomes.find(({ kind }) => kind === "failed");
  if (failed?.kind === "failed") {
    // Who announces ENHANCEDSTATUSCODES puts one in every reply (RFC 2034 §4), and we do.
    if (failed.reply) return { status: "5.0.0", ...failed.reply };
    return { code: 554, status: "5.0.0", lines: [cut(`${queueId}: ${failed.reason}`)] };
  }
  return { code: 250, status: "2.0.0", lines: [`Accepted as ${queueId}`] };
}

/** 451 with the destination's own status, so that the notifier's log shows the real cause. */
function comeAgain(queueId: string, outcome: Extract<Outcome, { kind: "deferred" }>): Reply {
  const status = outcome.reply?.status;
  return {
    code: 451,
    status: status?.startsWith("4.") ? status : "4.4.1",
    lines: [cut(`${queueId}: ${outcome.reason}`)],
  };
}

function cut(text: string): string {
  // deno-lint-ignore no-control-regex -- a reply line holds no control character, whoever wrote it
  return text.replace(/[\x00-\x1f\x7f]+/g, " ").slice(0, MAX_TEXT);
}
