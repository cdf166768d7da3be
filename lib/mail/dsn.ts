/**
 * What a notifier asked for in the way of delivery status notifications (RFC 3461), for each
 * recipient of a delivery. Pure.
 *
 * Routing may hand a mail to others than its forward-paths: they stand in for these. What all
 * forward-paths say alike holds for a stand-in too; where they differ nobody can tell whom it stands
 * in for, and the default holds. An original recipient (`ORCPT`) is never made up: a stand-in has one
 * only where the mail had a single forward-path, which can then be no other (§5.2.7).
 *
 * @module
 */

import { addressKey } from "./address.ts";
import type { DsnEvent, DsnRequest, Envelope, RecipientDsn } from "./envelope.ts";

/** What the reverse-path may be told of. */
export type Told = Exclude<DsnEvent, "NEVER">;

/** What is told where `NOTIFY` was not given (RFC 3461 §4.1): no successes. */
const DEFAULT: readonly DsnEvent[] = ["FAILURE", "DELAY"];

const NOTHING: RecipientDsn = {};

/** Whether the reverse-path is to be told when this comes to a recipient of a delivery. */
export function isWanted({ dsn, forwardPaths }: Asked, recipient: string, event: Told): boolean {
  if (dsn?.recipients === undefined) return DEFAULT.includes(event);
  const { notify = DEFAULT } = recipientDsn({ dsn, forwardPaths }, recipient);
  return notify.includes(event) && !notify.includes("NEVER");
}

/** The part of an envelope that tells what was asked for, and for whom. */
export type Asked = Pick<Envelope, "dsn" | "forwardPaths">;

/** What was asked for a recipient of a delivery, be it a forward-path or one that stands in. */
export function recipientDsn({ dsn, forwardPaths }: Asked, recipient: string): RecipientDsn {
  const { recipients } = dsn ?? {};
  if (recipients === undefined) return NOTHING;
  const of = (path: string) => Object.hasOwn(recipients, path) ? recipients[path] : undefined;
  const own = forwardPaths.includes(recipient)
    ? recipient
    : forwardPaths.find((path) => addressKey(path) === addressKey(recipient));
  if (own !== undefined) return of(own) ?? NOTHING;
  const [first = NOTHING, ...others] = forwardPaths.map((path) => of(path) ?? NOTHING);
  if (others.length === 0) return first;
  const same = others.every((other) => notifyKey(other) === notifyKey(first));
  return same && first.notify ? { notify: first.notify } : NOTHING;
}

/**
 * What to ask the next server for, with an entry for each recipient that anything was asked for;
 * absent: nothing was asked for.
 */
export function dsnFor(asked: Asked, recipients: readonly string[]): DsnRequest | undefined {
  const { dsn } = asked;
  if (dsn?.recipients === undefined) return dsn;
  const entries = recipients.map((recipient) =>
    [recipient, recipientDsn(asked, recipient)] as const
  )
    .filter(([, { notify, orcpt }]) => notify !== undefined || orcpt !== undefined);
  return { ...dsn, recipients: Object.fromEntries(entries) };
}

/** The same text for the same requests, in whatever order they were made; empty for none. */
export function dsnKey({ dsn }: Pick<Envelope, "dsn">): string {
  if (dsn === undefined) return "";
  const recipients = Object.entries(dsn.recipients ?? {})
    .map(([path, one]) => [path, notifyKey(one), one.orcpt ?? null])
    .sort(([a], [b]) => `${a}` < `${b}` ? -1 : 1);
  return JSON.stringify([dsn.ret ?? null, dsn.envid ?? null, recipients]);
}

function notifyKey({ notify = DEFAULT }: RecipientDsn): string {
  return [...new Set(notify)].sort().join();
}
