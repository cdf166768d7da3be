/**
 * An intake whose destination does as a test says.
 *
 * @module
 */

import type { Delivery } from "../../lib/mail/delivery.ts";
import type { Mail } from "../../lib/mail/message.ts";
import type { Outcome } from "../../lib/mail/outcome.ts";
import { describeReply } from "../../lib/mail/reply.ts";
import type { Target } from "../../lib/queue/attempts.ts";
import { createIntake, type IntakeOptions } from "../../lib/queue/intake.ts";
import { MessageSpool } from "../../lib/store/spool.ts";
import { envelopeOf, octetsOf } from "./mails.ts";

/** A small message. */
export const TEXT = "Subject: x\r\n\r\nbody\r\n";
/** What happens to a mail: taken, … */
export const ok: Outcome = { kind: "delivered", detail: "250 ok" };
/** … put off, … */
export const later: Outcome = { kind: "deferred", reason: "busy" };
/** … or refused. */
export const never: Outcome = {
  kind: "failed",
  reason: "no",
  reply: { code: 550, status: "5.1.1", lines: ["No such user"] },
};

/** A destination that answers as told, and counts who got what. */
export function scripted(
  answers: (recipient: string, attempt: number) => Outcome | Promise<Outcome>,
): { readonly target: Target; readonly got: string[]; readonly ids: string[] } {
  const got: string[] = [];
  const ids: string[] = [];
  let attempts = 0;
  const target: Target = {
    async deliver(mail: Mail, { recipients }: Delivery) {
      attempts++;
      ids.push(mail.queueId);
      const outcomes = new Map<string, Outcome>();
      for (const recipient of recipients) {
        const outcome = await answers(recipient, attempts);
        if (outcome.kind === "delivered") got.push(recipient);
        outcomes.set(recipient, outcome);
      }
      return outcomes;
    },
  };
  return { target, got, ids };
}

/** An intake with this one destination. */
export function intake(
  target: Target,
  options: Partial<IntakeOptions> = {},
): ReturnType<typeof createIntake> {
  const spool = new MessageSpool("/nowhere");
  return createIntake({
    open: (name) => spool.open(name),
    route: ({ envelope }) =>
      Promise.resolve({
        deliveries: [{ destination: "smarthost", recipients: envelope.forwardPaths }],
        why: {},
      }),
    targets: new Map([["smarthost", target]]),
    budgetMs: 5_000,
    ...options,
  });
}

/** Sends a mail; gives its reply as one line. */
export async function send(
  to: ReturnType<typeof intake>,
  forwardPaths: readonly string[],
  text = TEXT,
): Promise<string> {
  const sink = to.begin(envelopeOf({ forwardPaths }));
  await sink.write(octetsOf(text));
  return describeReply(await sink.accept());
}
