/**
 * Which of several mail servers an outcome is about: reports tell the sender (RFC 3464 §2.3.5). Pure.
 *
 * @module
 */

import type { SubmissionResult } from "../smtp/client/client.ts";

/**
 * Says of each outcome which server it is about.
 *
 * @param result What came of a transaction.
 * @param host The server's host name; absent where there are no others that it is to be told from.
 */
export function attribute(result: SubmissionResult, host: string | undefined): SubmissionResult {
  if (host === undefined) return result;
  const outcomes = [...result.outcomes].map(([recipient, outcome]) =>
    [recipient, { ...outcome, server: host }] as const
  );
  return { ...result, outcomes: new Map(outcomes) };
}
