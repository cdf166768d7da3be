/**
 * The trace: why a mail went where it went. Made while routing, logged with the mail,
 * printed by `explain` and `demo`. Data first, words last: nothing here is parsed again.
 *
 * @module
 */

import type { Delivery } from "../mail/delivery.ts";
import type { NotSent } from "../mail/not_sent.ts";

/** What routing decided about one mail, and every step that led there. */
export interface Routing {
  /** Where it goes; empty when it goes nowhere, for the reason in the trace. */
  readonly deliveries: readonly Delivery[];
  /** How that came about; untraced (`RouteWishes.traced`) it may lack what packs read in the mail. */
  readonly trace: RouteTrace;
  /** The trace with that, read now: the mail must still be readable. Absent: nothing is lacking. */
  readonly inFull?: () => Promise<RouteTrace>;
}

/** Every step of one routing, in the order they were taken. */
export interface RouteTrace extends ManagerSteps {
  /** Each manager that was asked, up to and including the last one that claimed the mail. */
  readonly claims: readonly ClaimTrace[];
  /** The first manager that claimed the mail; absent: none did, and it passed through unchanged. */
  readonly manager?: string;
  /** What the other managers did that claimed it too; absent when there is none. */
  readonly further?: readonly (ManagerSteps & { readonly manager: string })[];
  /** Addresses it is also for whose manager was not asked, for want of `also`; absent: none. */
  readonly unasked?: readonly string[];
  /** Why nobody gets it; absent when somebody does. */
  readonly notSent?: NotSent;
}

/** What one manager did with a mail. */
export interface ManagerSteps {
  /** The pack that recognised the mail; absent in journals of earlier versions. */
  readonly pack?: string;
  /** What the manager's pack read in the mail: `subject`, `pipeline`, `stage`, `event`, … */
  readonly fields: Readonly<Record<string, string>>;
  /** Remarks of the pack, such as a reported event replaced by the one that history expects. */
  readonly notes: readonly string[];
  /** Who had our announcement of the same run, and does not get GoCD's late mail; absent: nobody. */
  readonly alerted?: readonly string[];
  /** Actions that could not be taken for want of an address, each with the reason; absent: none. */
  readonly unfit?: readonly string[];
  /** Each REST query whose answer was used, or missed. */
  readonly lookups: readonly LookupTrace[];
  /** Each rule of the manager, in the order of the configuration. */
  readonly rules: readonly RuleTrace[];
  /** Those that are not among them, because the journal would grow too large; absent: none. */
  readonly rulesLeft?: RulesLeft;
  /** What it came to. */
  readonly decision: Decision;
  /** The decision in one sentence, for people. */
  readonly reason: string;
}

/**
 * What routing came to. `passed-through`: no manager wanted the mail. `matched`: at least one
 * rule held. `otherwise`: no rule held (or none could be decided), and `otherwise` names actions.
 * `undecided`: a lookup had no answer and `otherwise` is not configured, so every rule that only
 * lacked that answer was taken as holding. `muted`: rules held, or counted as holding, all of them
 * muted at this hour.
 * `already-alerted`: this run has been told of. `no-rule-matched`: nothing to send, recorded as such.
 */
export type Decision =
  | "passed-through"
  | "matched"
  | "otherwise"
  | "undecided"
  | "muted"
  | "already-alerted"
  | "no-rule-matched";

/** Whether one manager wanted the mail. */
export interface ClaimTrace {
  /** The manager's name. */
  readonly manager: string;
  /** What it wants, as configured: `to mail2alert@example.com`. */
  readonly wants: string;
  /** Whether the envelope has that. */
  readonly claimed: boolean;
}

/** One REST query, or the use of an earlier answer. */
export interface LookupTrace {
  /** What was asked for: `pipeline groups`. */
  readonly name: string;
  /** URL without credentials and query. */
  readonly url: string;
  /** Where the answer came from; `none`: there is no answer, and never was one. */
  readonly source: "fresh" | "cached" | "stale" | "none";
  /** How old the answer is, in milliseconds; absent without an answer. */
  readonly ageMs?: number;
  /** How long the mail waited for it, in milliseconds. */
  readonly tookMs: number;
  /** What it said, or what went wrong: `12 groups, 340 pipelines`, `HTTP 403: …`. */
  readonly detail: string;
  /** What stands in the answer where the manager's rules and actions look; absent: nothing there. */
  readonly said?: string;
}

/** Rules of which the journal keeps only the number. */
export interface RulesLeft {
  /** All of them. */
  readonly count: number;
  /** Those of them that held, were muted or could not be decided. */
  readonly telling: number;
}

/** What became of one rule. */
export interface RuleTrace {
  /** The rule's `name`, or `rule 3` counted from 1. */
  readonly rule: string;
  /**
   * `undecided`: everything else held, but a lookup had no answer; muted or not. `skipped`: after a
   * `stop`. `muted`: it held, but not at this hour.
   */
  readonly verdict: "matched" | "not-matched" | "undecided" | "skipped" | "muted";
  /** What was compared with what: `event FIXED is not one of BREAKS`. */
  readonly reason: string;
  /** The actions that it contributed; empty unless they were taken. */
  readonly actions: readonly string[];
}
