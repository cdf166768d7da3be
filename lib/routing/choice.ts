/**
 * Which rules and actions count, once every rule is tested. Pure.
 *
 * @module
 */

import type { Action, ManagerConfig, MuteWindow } from "../config/types.ts";
import type { RuleVerdict } from "./rules.ts";
import type { Decision, RuleTrace } from "./trace.ts";

/** Which rules and actions count. */
export interface Choice {
  /** Every rule with what became of it. */
  readonly verdicts: readonly RuleVerdict[];
  /** Rules whose actions are taken. */
  readonly taken: ReadonlySet<RuleVerdict>;
  /** Actions of `otherwise` that are taken. */
  readonly fallBack: readonly Action[];
  /** All actions that are taken, in order. */
  readonly actions: readonly Action[];
  /** In one word. */
  readonly decision: Decision;
}

/**
 * Chooses the actions.
 *
 * @param muted The window in which nothing of this manager is sent at this hour; `null` without one.
 */
export function choose(
  { otherwise }: ManagerConfig,
  tested: readonly RuleVerdict[],
  muted: MuteWindow | null,
): Choice {
  const verdicts = muted === null ? tested : tested.map((verdict) => mute(verdict, muted));
  const having = (word: RuleTrace["verdict"]) => verdicts.filter(({ verdict }) => verdict === word);
  const [held, undecided, silenced] = [having("matched"), having("undecided"), having("muted")];
  // Whether a muted rule holds or not, its actions are not taken now.
  const open = otherwise === undefined ? undecided.filter((verdict) => !verdict.muted) : [];
  const taken = new Set([...held, ...open]);
  const nothingHeld = held.length + silenced.length === 0;
  const fallBack = nothingHeld || undecided.length > 0 ? otherwise ?? [] : [];
  const sent = muted === null ? fallBack : [];
  // Without otherwise, what cannot be decided counts as held.
  const isSilenced = silenced.length > 0 || fallBack.length > sent.length ||
    (otherwise === undefined && undecided.length > 0);
  return {
    verdicts,
    taken,
    fallBack: sent,
    actions: [...actionsOf(verdicts, taken), ...sent],
    decision: firstOf([
      ["matched", held.length > 0],
      ["undecided", open.length > 0],
      ["otherwise", sent.length > 0],
      ["muted", isSilenced],
    ]),
  };
}

/** In the order of the configuration. */
function actionsOf(
  verdicts: readonly RuleVerdict[],
  taken: ReadonlySet<RuleVerdict>,
): readonly Action[] {
  return verdicts.filter((verdict) => taken.has(verdict)).flatMap(({ config }) => config.actions);
}

function firstOf(decisions: readonly (readonly [Decision, boolean])[]): Decision {
  return decisions.find(([, is]) => is)?.[0] ?? "no-rule-matched";
}

/** The same with the actions of `otherwise`, for a choice of which no action has an address. */
export function fallBackOn(choice: Choice, otherwise: readonly Action[]): Choice {
  return { ...choice, fallBack: otherwise, actions: [...choice.actions, ...otherwise] };
}

/** A rule that would have been taken at another hour, or perhaps. */
function mute(verdict: RuleVerdict, { text }: MuteWindow): RuleVerdict {
  const mayHold = verdict.verdict === "matched" || verdict.verdict === "undecided";
  return mayHold && !verdict.muted ? verdict.inSilence(`the manager is muted: ${text}`) : verdict;
}
