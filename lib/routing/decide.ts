/**
 * From verdicts to deliveries: what one manager sends to whom, and why. Pure.
 *
 * INVARIANTS
 *
 * 1. No recipient is served twice, whatever rules name it: the first action that does counts.
 * 2. A mail is not sent only for a reason that the trace names.
 * 3. What could not be decided errs on the side of sending, unless the operator said
 *    `otherwise: []`.
 *
 * @module
 */

import type { ManagerConfig } from "../config/types.ts";
import { addressKey } from "../mail/address.ts";
import type { Delivery, HeaderRewrite } from "../mail/delivery.ts";
import type { Envelope } from "../mail/envelope.ts";
import type { NotSent } from "../mail/not_sent.ts";
import type { Prepared } from "./actions.ts";
import type { Choice } from "./choice.ts";
import { onceEach } from "./claim.ts";
import { reasonOf } from "./reason.ts";
import type { Decision, RuleTrace } from "./trace.ts";

/** What the verdicts of one manager come to. */
export interface Decided {
  /** Where the mail goes. */
  readonly deliveries: readonly Delivery[];
  /** Each rule with the actions that were taken. */
  readonly rules: readonly RuleTrace[];
  /** In one word. */
  readonly decision: Decision;
  /** In one sentence. */
  readonly reason: string;
  /** Why nobody gets it from this manager; absent when somebody does. */
  readonly notSent?: NotSent;
}

/** The delivery of a mail that no manager wanted: unchanged, to everyone it was for. */
export function passThrough({ forwardPaths }: Envelope): readonly Delivery[] {
  return [{ destination: "smarthost", recipients: onceEach(forwardPaths) }];
}

/**
 * Makes deliveries of the actions that count.
 *
 * @param prepared The actions of the choice, filled in, in its order.
 */
export function decide(
  { manager, envelope }: { readonly manager: ManagerConfig; readonly envelope: Envelope },
  choice: Choice,
  prepared: readonly Prepared[],
): Decided {
  const deliveries = deliveriesOf(manager, envelope, prepared);
  const notSent = notSentOf(manager, choice, { prepared, deliveries });
  return {
    deliveries,
    rules: choice.verdicts.map((verdict) => choice.taken.has(verdict) ? verdict.taken() : verdict),
    decision: choice.decision,
    reason: reasonOf(manager, choice, prepared),
    ...notSent !== null && { notSent },
  };
}

/** Those who get the same words. */
interface Group {
  readonly words: HeaderRewrite;
  readonly recipients: string[];
}

/** One delivery to the smarthost for all who get the same words; or one to nowhere, on purpose. */
function deliveriesOf(
  manager: ManagerConfig,
  { reversePath }: Envelope,
  prepared: readonly Prepared[],
): readonly Delivery[] {
  const served = new Set<string>();
  const groups = new Map<string, Group>();
  for (const action of prepared) {
    if (action.kind !== "mailto") continue;
    const { subject, body } = action;
    const words = {
      ...subject !== undefined && { subject },
      ...body !== undefined && { text: body },
    };
    const key = JSON.stringify(words);
    const group: Group = groups.get(key) ?? { words, recipients: [] };
    for (const address of action.addresses) {
      if (served.has(addressKey(address))) continue;
      served.add(addressKey(address));
      group.recipients.push(address);
      groups.set(key, group);
    }
  }
  if (groups.size === 0) {
    const has = (word: Prepared["kind"]) => prepared.some(({ kind }) => kind === word);
    // Who should have had it and cannot be named is no reason to discard it.
    return has("discard") && !has("unfit")
      ? [{ destination: "discard", recipients: ["discard"] }]
      : [];
  }
  return [...groups.values()].map(({ words, recipients }): Delivery => {
    const rewrite: HeaderRewrite = manager.rewriteHeaders
      ? { to: recipients, ...reversePath !== "" && { from: reversePath }, ...words }
      : words;
    const delivery = { destination: "smarthost", recipients };
    return Object.keys(rewrite).length > 0 ? { ...delivery, rewrite } : delivery;
  });
}

function notSentOf(
  { otherwise }: ManagerConfig,
  { verdicts, decision }: Choice,
  { prepared, deliveries }: {
    readonly prepared: readonly Prepared[];
    readonly deliveries: readonly Delivery[];
  },
): NotSent | null {
  if (deliveries.some(({ destination }) => destination !== "discard")) return null;
  if (deliveries.length > 0) return "discarded";
  if (prepared.some(({ kind }) => kind === "unfit")) return "no-address";
  if (decision === "muted") return "muted";
  if (otherwise === undefined) return "no-rule-matched";
  return verdicts.some(({ verdict }) => verdict === "undecided") ? "undecided" : "otherwise-empty";
}
