/**
 * An SMTP reply as a value. Both sides of the protocol speak in it, and an outcome
 * carries the one that the destination gave, so that it can go back to the notifier.
 *
 * @module
 */

/** What a server says back to one command (RFC 5321 §4.2). */
export interface Reply {
  /** Three digits, 200 to 599. The first one alone tells the client what to do next. */
  readonly code: number;
  /** Enhanced status code (RFC 3463). The greeting, 354 and EHLO replies carry none. */
  readonly status?: `${2 | 4 | 5}.${number}.${number}`;
  /** Text without CR or LF. More than one line makes a multi-line reply. */
  readonly lines: readonly [string, ...string[]];
}

/** A reply on one line, as logs and people read it: `550 5.1.1 No such user`. */
export function describeReply({ code, status, lines }: Reply): string {
  return `${code} ${status ? `${status} ` : ""}${lines.join(" ")}`.trim();
}
