/**
 * What a mail server says of us and not of the mail: that we are to log in, or to begin TLS, first.
 *
 * @module
 */

import type { Reply } from "../../mail/reply.ts";
import { answer, type Dialog, PeerRefused } from "./dialog.ts";

/**
 * 530 and 538 say that we are to log in or to begin TLS first (RFC 4954 §6, RFC 3207 §4): no word about
 * the mail, and the operator can mend it. Some say 530 of mailboxes, with a status for these.
 */
export function isAboutUs({ code, status }: Reply): boolean {
  return (code === 530 || code === 538) && (status === undefined || /^5\.[57]\./.test(status));
}

/** The refusal of us, with what the operator can do. */
export function unwelcome(
  command: string,
  reply: Reply,
  { secure }: Pick<Dialog, "secure">,
): PeerRefused {
  const remedy = secure === "no"
    ? "set tls or auth of remote-smtp"
    : "set auth of remote-smtp, or check the one that is set";
  return new PeerRefused(`${answer(command, reply)}: ${remedy}`, reply, "auth-refused");
}
