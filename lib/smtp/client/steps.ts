/**
 * The commands of one mail transaction, and how many of them go out at a time. Pure.
 *
 * @module
 */

import { recipientDsn } from "./dsn_parameters.ts";
import type { Plan } from "./submission.ts";

/** Most octets of commands in flight: less than any socket buffer, so that no side waits for the other. */
const GROUP_OCTETS = 8_192;

/** One command of the transaction. */
export interface Step {
  /** What it is. */
  readonly verb: "RSET" | "MAIL" | "RCPT" | "DATA";
  /** As it goes out, CR LF included. */
  readonly line: string;
  /** The forward-path of a RCPT. */
  readonly recipient?: string;
}

/**
 * The commands up to DATA. There is no BDAT among them: its octets follow at once, and must not be
 * sent before somebody is known to get them.
 *
 * @param plan What this server is asked.
 * @param reset Whether to begin with RSET.
 */
export function stepsOf({ mailCommand, recipients, dsn, framing }: Plan, reset: boolean): Step[] {
  return [
    ...(reset ? [{ verb: "RSET", line: "RSET\r\n" } as const] : []),
    { verb: "MAIL", line: `${mailCommand}\r\n` },
    ...recipients.map((recipient) => ({
      verb: "RCPT",
      line: `RCPT TO:<${recipient}>${recipientDsn(dsn, recipient)}\r\n`,
      recipient,
    } as const)),
    ...(framing === "data" ? [{ verb: "DATA", line: "DATA\r\n" } as const] : []),
  ];
}

/** What goes out in one write: one command, or with PIPELINING as many as no buffer is too small for. */
export function groupsOf(steps: readonly Step[], pipelining: boolean): Step[][] {
  if (!pipelining) return steps.map((step) => [step]);
  const groups: Step[][] = [];
  let octets = Infinity;
  for (const step of steps) {
    octets += step.line.length;
    if (octets > GROUP_OCTETS) {
      groups.push([]);
      octets = step.line.length;
    }
    groups.at(-1)?.push(step);
  }
  return groups;
}
