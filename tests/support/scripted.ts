/** Destinations that do as a test says, and what they may say. @module */

import type { Delivery } from "../../lib/mail/delivery.ts";
import type { Envelope } from "../../lib/mail/envelope.ts";
import type { Mail } from "../../lib/mail/message.ts";
import type { Outcome } from "../../lib/mail/outcome.ts";
import type { Target } from "../../lib/queue/context.ts";
import { textOf } from "./mails.ts";

/** What happens to a mail: taken, … */
export const ok: Outcome = { kind: "delivered", detail: "250 ok" };
/** … put off by an answer about this mail, … */
export const later: Outcome = {
  kind: "deferred",
  reason: "busy",
  reply: { code: 450, status: "4.2.0", lines: ["busy"] },
};
/** … not reached at all, … */
export const away: Outcome = { kind: "deferred", reason: "cannot connect" };
/** … or refused. */
export const never: Outcome = {
  kind: "failed",
  reason: "no",
  reply: { code: 550, status: "5.1.1", lines: ["No such user"] },
};

/** … taken by a mail server that knows no DSN, though a report of success was asked for. */
export const handedOn: Outcome = {
  kind: "delivered",
  detail: "250 2.1.5 fine",
  reply: { code: 250, status: "2.1.5", lines: ["fine"] },
  relayed: "without-dsn",
};

/** Says what becomes of a recipient at an attempt, counted from 1. */
export type Script = (recipient: string, attempt: number) => Outcome | Promise<Outcome>;

/** A destination that answers as told, and counts who got what. */
export interface Scripted {
  /** The destination. */
  readonly target: Target;
  /** Who got it, in order. */
  readonly got: string[];
  /** The ids of the mails tried, in order. */
  readonly ids: string[];
  /** The message of each mail tried, as text. */
  readonly texts: string[];
  /** The envelope of each mail tried. */
  readonly envelopes: Envelope[];
}

/** Makes one. */
export function scripted(answers: Script): Scripted {
  const got: string[] = [];
  const ids: string[] = [];
  const texts: string[] = [];
  const envelopes: Envelope[] = [];
  const target: Target = {
    async deliver(mail: Mail, { recipients }: Delivery) {
      const attempt = ids.push(mail.queueId);
      envelopes.push(mail.envelope);
      texts.push(await textOf(mail));
      const outcomes = new Map<string, Outcome>();
      for (const recipient of recipients) {
        const outcome = await answers(recipient, attempt);
        if (outcome.kind === "delivered") got.push(recipient);
        outcomes.set(recipient, outcome);
      }
      return outcomes;
    },
  };
  return { target, got, ids, texts, envelopes };
}
