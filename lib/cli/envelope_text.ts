/**
 * What an envelope tells beyond its paths, in words: who sent it and how, and what was asked for with
 * it.
 *
 * @module
 */

import type { DsnRequest, Envelope, RecipientDsn, SessionTrace } from "../mail/envelope.ts";
import { names } from "./journal_text.ts";
import { printable } from "./paint.ts";

/** Most different wishes about notifications that are named; a mail may have a thousand. */
const MOST_WISHES = 10;

/** Who it came from: its address, its own words for itself, the protocol, and who it proved to be. */
export function peerText({ peer, helo, protocol, user }: SessionTrace): string {
  const place = peer === "unix" ? "a unix socket" : printable(peer);
  const who = user === undefined ? "" : `, authenticated as ${printable(user)}`;
  return `${place}, called itself ${printable(helo)}, ${protocol}${who}`;
}

/** What was asked for with a mail, one wish a line; nothing for most mails. */
export function wishLines({ body, requireTls, dsn }: Envelope): string[] {
  return [
    ...body === "BINARYMIME" ? ["BODY=BINARYMIME: the message is binary, not lines"] : [],
    ...requireTls ? ["REQUIRETLS: verified TLS on all of its way"] : [],
    ...dsn === undefined ? [] : dsnLines(dsn),
  ];
}

function dsnLines({ ret, envid, recipients = {} }: DsnRequest): string[] {
  const wishes = [...Map.groupBy(Object.entries(recipients), ([, one]) => wishOf(one))]
    .filter(([wish]) => wish !== "");
  const more = wishes.length - MOST_WISHES;
  return [
    ...ret === undefined ? [] : [`RET=${ret}`],
    ...envid === undefined ? [] : [`ENVID=${printable(envid)}`],
    ...wishes.slice(0, MOST_WISHES).map(([wish, whom]) =>
      `${wish} for ${names(whom.map(([recipient]) => recipient))}`
    ),
    ...more > 0 ? [`and ${more} more for others`] : [],
  ];
}

function wishOf({ notify, orcpt }: RecipientDsn): string {
  return [
    ...notify === undefined ? [] : [`NOTIFY=${notify.join(",")}`],
    ...orcpt === undefined ? [] : [`ORCPT=${printable(orcpt)}`],
  ].join(" ");
}
