/**
 * What the client asks of the next hop in the way of delivery status notifications: the
 * parameters of MAIL and RCPT that pass on what was asked of us (RFC 3461 §5.2.1). Pure.
 *
 * Only for servers that offer DSN; the others would refuse the mail for it.
 *
 * @module
 */

import type { DsnRequest, RecipientDsn } from "../../mail/envelope.ts";
import { hexPoint, isPlainAscii } from "../../mail/printable.ts";
import { encodeXtext, MAX_ENVID_CHARACTERS, MAX_ORCPT_CHARACTERS } from "../../mail/xtext.ts";

/** `RET` and `ENVID` of MAIL, each after a blank; empty when nothing was asked. */
export function mailDsn({ ret, envid }: DsnRequest): string {
  const id = envid === undefined ? "" : encodeXtext(envid);
  const fits = id !== "" && id.length <= MAX_ENVID_CHARACTERS;
  return `${ret ? ` RET=${ret}` : ""}${fits ? ` ENVID=${id}` : ""}`;
}

/** `NOTIFY` and `ORCPT` of RCPT, each after a blank; empty when nothing was asked for it. */
export function recipientDsn(dsn: DsnRequest | undefined, recipient: string): string {
  const { notify = [], orcpt } = askedFor(dsn, recipient) ?? {};
  const original = orcpt === undefined ? null : encodeOriginal(orcpt);
  const fits = original !== null && original.length <= MAX_ORCPT_CHARACTERS;
  return `${notify.length > 0 ? ` NOTIFY=${notify.join(",")}` : ""}${
    fits ? ` ORCPT=${original}` : ""
  }`;
}

/**
 * Names the original recipient where something was asked for one that the client did not name: it
 * is the forward-path that we got, and nobody who stands in for it (RFC 3461 §5.2.1).
 *
 * @param dsn What was asked for the recipients of a delivery.
 * @param forwardPaths The recipients as the client gave them.
 */
export function withOriginals(dsn: DsnRequest, forwardPaths: readonly string[]): DsnRequest {
  if (dsn.recipients === undefined) return dsn;
  const recipients = Object.entries(dsn.recipients).map(([recipient, asked]) => {
    const made = asked.orcpt === undefined && forwardPaths.includes(recipient);
    return [recipient, made ? { ...asked, orcpt: originalOf(recipient) } : asked] as const;
  });
  return { ...dsn, recipients: Object.fromEntries(recipients) };
}

/** Whether the reverse-path is to be told that this recipient has the mail. */
export function wantsSuccess(dsn: DsnRequest | undefined, recipient: string): boolean {
  return askedFor(dsn, recipient)?.notify?.includes("SUCCESS") ?? false;
}

function askedFor(dsn: DsnRequest | undefined, recipient: string): RecipientDsn | undefined {
  return dsn?.recipients?.[recipient];
}

/** The type of the address stands in clear, the address after it in xtext (RFC 3461 §4.2). */
function encodeOriginal(orcpt: string): string | null {
  const [, type, address] = /^([\w-]+);(.*)$/s.exec(orcpt) ?? [];
  return type === undefined || address === undefined ? null : `${type};${encodeXtext(address)}`;
}

/** An address with its type, not yet in xtext; UTF-8 as RFC 6533 §3 embeds it. */
function originalOf(recipient: string): string {
  if (isPlainAscii(recipient)) return `rfc822;${recipient}`;
  return `utf-8;${recipient.replace(/[^!-*,-<>-[\]-~]/gu, hexPoint)}`;
}
