/**
 * From verdicts to deliveries: what is sent to whom, and why. Pure.
 *
 * INVARIANTS
 *
 * 1. No recipient is served twice, whatever rules name it.
 * 2. A mail is not sent only for a reason that the trace names.
 * 3. What could not be decided errs on the side of sending, unless the operator said
 *    `otherwise: []`.
 *
 * @module
 */

import type { Action, ManagerConfig } from "../config/types.ts";
import type { Delivery, HeaderRewrite } from "../mail/delivery.ts";
import type { Envelope } from "../mail/envelope.ts";
import { onceEach } from "./claim.ts";
import type { RuleVerdict } from "./rules.ts";
import type { Decision, RuleTrace } from "./trace.ts";

/** What the verdicts come to. */
export interface Decided {
  /** Where the mail goes. */
  readonly deliveries: readonly Delivery[];
  /** Each rule with the actions that were taken. */
  readonly rules: readonly RuleTrace[];
  /** In one word. */
  readonly decision: Decision;
  /** In one sentence. */
  readonly reason: string;
}

/** The delivery of a mail that no manager wanted: unchanged, to everyone it was for. */
export function passThrough({ forwardPaths }: Envelope): readonly Delivery[] {
  return [{ destination: "smarthost", recipients: onceEach(forwardPaths) }];
}

/** Makes deliveries of the rules' verdicts. */
export function decide(
  manager: ManagerConfig,
  envelope: Envelope,
  verdicts: readonly RuleVerdict[],
): Decided {
  const held = verdicts.filter(({ verdict }) => verdict === "matched");
  const undecided = verdicts.filter(({ verdict }) => verdict === "undecided");
  const openly = undecided.length > 0 && manager.otherwise === undefined;
  const taken = new Set(openly ? [...held, ...undecided] : held);
  const fallBack = held.length === 0 || undecided.length > 0 ? manager.otherwise ?? [] : [];
  const actions = [...verdicts.filter((verdict) => taken.has(verdict)), {
    rule: { actions: fallBack },
  }]
    .flatMap(({ rule }) => rule.actions);
  const deliveries = deliveriesOf(manager, envelope, actions);
  const decision = decisionOf(held.length > 0, openly, fallBack.length > 0);
  return {
    deliveries,
    rules: verdicts.map((verdict) => ({
      rule: verdict.rule.name,
      verdict: verdict.verdict,
      reason: verdict.reason,
      actions: taken.has(verdict) ? verdict.rule.actions.map(({ text }) => text) : [],
    })),
    decision,
    reason: reasonOf(manager, held, undecided, actions),
  };
}

function decisionOf(held: boolean, openly: boolean, fallBack: boolean): Decision {
  if (held) return "matched";
  if (openly) return "undecided";
  return fallBack ? "otherwise" : "no-rule-matched";
}

/** One delivery to the smarthost with every recipient; or one to nowhere, on purpose. */
function deliveriesOf(
  { rewriteHeaders }: ManagerConfig,
  { reversePath }: Envelope,
  actions: readonly Action[],
): readonly Delivery[] {
  const addresses = actions.flatMap((action) => action.kind === "mailto" ? [action.address] : []);
  if (addresses.length > 0) {
    const recipients = onceEach(addresses);
    const rewrite: HeaderRewrite = reversePath === ""
      ? { to: recipients }
      : { to: recipients, from: reversePath };
    const delivery = { destination: "smarthost", recipients };
    return [rewriteHeaders ? { ...delivery, rewrite } : delivery];
  }
  const discarded = actions.some(({ kind }) => kind === "discard");
  return discarded ? [{ destination: "discard", recipients: ["discard"] }] : [];
}

function reasonOf(
  { otherwise }: ManagerConfig,
  held: readonly RuleVerdict[],
  undecided: readonly RuleVerdict[],
  actions: readonly Action[],
): string {
  const sentences = [
    held.length > 0 ? `${nameRules(held)} held` : "no rule held",
    ...undecided.length > 0 ? [`${nameRules(undecided)} could not be decided`] : [],
  ];
  if (undecided.length > 0 && otherwise === undefined) {
    sentences.push("without otherwise, what could not be decided is sent");
  } else if (held.length === 0 || undecided.length > 0) {
    sentences.push(describeOtherwise(otherwise));
  }
  const kinds = new Set(actions.map(({ kind }) => kind));
  if (kinds.size > 1) sentences.push("discard gives way to mailto");
  else if (kinds.has("discard")) sentences.push("discarded on purpose");
  else if (kinds.size === 0) sentences.push("not sent");
  return sentences.join("; ");
}

function describeOtherwise(otherwise: readonly Action[] | undefined): string {
  if (otherwise === undefined) return "otherwise is not configured";
  if (otherwise.length === 0) return "otherwise is empty";
  return `otherwise: ${otherwise.map(({ text }) => text).join(", ")}`;
}

/** `"a", "b"`; of many rules the first five. */
function nameRules(verdicts: readonly RuleVerdict[]): string {
  const names = verdicts.slice(0, 5).map(({ rule }) => `"${rule.name}"`).join(", ");
  return verdicts.length > 5 ? `${names} and ${verdicts.length - 5} more` : names;
}
