/**
 * Whose word an outcome is: a mail server's, and which one's, or our own. Reports tell the sender
 * (RFC 3464 §2.3.5, §2.3.6). Pure.
 *
 * @module
 */

import type { Outcome } from "../mail/outcome.ts";
import type { SubmissionResult } from "../smtp/client/client.ts";
import { refusedHere } from "../smtp/client/submission.ts";

/** The server of a transaction. */
export interface Attributed {
  /** As reasons name it: `smtp.example.com:25`. */
  readonly peer: string;
  /** Its host name, where there are others that it is to be told from. */
  readonly host?: string;
}

/** Says of each outcome which server it is about, and which refusals are our own. */
export function attribute(result: SubmissionResult, server: Attributed): SubmissionResult {
  const { peer, host } = server;
  const outcomes = [...result.outcomes];
  // The usual case first: one server, and nothing that we refused.
  if (host === undefined && !outcomes.some(([, outcome]) => isOwn(peer, outcome))) return result;
  return {
    ...result,
    outcomes: new Map(outcomes.map(([recipient, outcome]) => [
      recipient,
      {
        ...outcome,
        ...host !== undefined && { server: host },
        ...isOwn(peer, outcome) && { ownReply: true as const },
      },
    ])),
  };
}

/** Whether we did not even ask: what the client says then, a server never does. */
function isOwn(peer: string, outcome: Outcome): boolean {
  if (outcome.kind !== "failed" || outcome.reply === undefined) return false;
  const own = refusedHere(peer, outcome.reply);
  return own.kind === "failed" && own.reason === outcome.reason;
}
