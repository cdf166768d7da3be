/**
 * What `mail.NAME` is, in conditions and templates alike.
 *
 * @module
 */

import type { AttachmentFacts, MailFacts, Scope } from "./scope.ts";
import { Doubt } from "./values.ts";

/** What the mail has, by its name. */
export type MailValue =
  | string
  | number
  | readonly string[]
  | ReadonlyMap<string, readonly string[]>
  | readonly AttachmentFacts[];

/** The names below `mail`. */
export const MAIL_VALUES: Readonly<Record<string, (mail: MailFacts) => MailValue>> = {
  id: (mail) => mail.id,
  // deno-lint-ignore camelcase -- names of conditions are written so
  reverse_path: (mail) => mail.reversePath,
  recipients: (mail) => mail.recipients,
  subject: (mail) => mail.subject,
  headers: (mail) => mail.headers,
  text: (mail) => mail.text,
  size: (mail) => mail.size,
  attachments: (mail) => mail.attachments,
};

/** The names for which the body of the mail must be read. */
export const OF_THE_BODY: ReadonlySet<string> = new Set(["text", "attachments"]);

/** What the mail has of a name; a doubt where it would stand in a body that cannot be read. */
export function mailValueOf(mail: MailFacts, name: string): MailValue | Doubt | undefined {
  const { bodyUnread } = mail;
  if (bodyUnread === undefined || !OF_THE_BODY.has(name)) return MAIL_VALUES[name]?.(mail);
  return new Doubt([], unreadBody(bodyUnread));
}

/** That the body cannot be read, in words. */
export function unreadBody(why: string): string {
  return `the body cannot be read: ${why}`;
}

/** The first header field of a name, in any case; empty without one. */
export function headerOf(mail: MailFacts, name: string): string {
  return mail.headers.get(name.toLowerCase())?.[0] ?? "";
}

/** A field; empty where the mail is silent. */
export function fieldOf(scope: Scope, name: string): string {
  return Object.hasOwn(scope.fields, name) ? scope.fields[name] ?? "" : "";
}
