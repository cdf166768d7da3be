/**
 * Testing rules and filling in actions, and asking in between for what they depend on: only that,
 * all of it at once, each thing once.
 *
 * INVARIANTS
 *
 * 1. What no verdict and no taken action depends on is never asked.
 * 2. It ends: each round asks something that has not been asked before, or is the last.
 *
 * @module
 */

import type { LookupConfig, ManagerConfig, MuteWindow } from "../config/types.ts";
import { type MemberPath, sayMembers } from "../language/members.ts";
import type { LookupKnown, MailFacts, Scope } from "../language/scope.ts";
import { membersOf } from "../language/wording.ts";
import { type ActionsPrepared, prepareActions, type Prepared } from "./actions.ts";
import { type Choice, choose, fallBackOn } from "./choice.ts";
import type { GroupsKnown } from "./filters.ts";
import type { GocdSource, Judged } from "./gocd_source.ts";
import type { Found } from "./lookups/cached_lookup.ts";
import type { PipelineGroups } from "./lookups/gocd_answers.ts";
import type { LookedUp, Lookups } from "./lookups/lookups.ts";
import { mutedBy } from "./mute.ts";
import { testRules, type Unasked } from "./rules.ts";
import type { LookupTrace } from "./trace.ts";

/** Where an inquiry asks, and how long it may take. */
export interface InquiryOptions {
  /** The manager. */
  readonly manager: ManagerConfig;
  /** Its GoCD server; absent where it has none. */
  readonly source: GocdSource | undefined;
  /** The lookups. */
  readonly lookups: Lookups;
  /** Their configuration by name. */
  readonly lookupConfigs: ReadonlyMap<string, LookupConfig>;
  /** Keys of the addresses that managers claim. */
  readonly claimed: ReadonlySet<string>;
  /** How long one answer is waited for at most, in ms; less the later it is. */
  left(lookup?: LookupConfig): number;
  /** Aborted when nobody waits any more. */
  readonly signal: AbortSignal | undefined;
}

/** What came of it. */
export interface Inquired {
  /** Which rules and actions count. */
  readonly choice: Choice;
  /** The actions, filled in. */
  readonly prepared: readonly Prepared[];
  /** What was filled in. */
  readonly notes: readonly string[];
  /** Actions that cannot be taken, each with the reason. */
  readonly unfit: readonly string[];
  /** What was asked. */
  readonly lookups: readonly LookupTrace[];
}

/** Tests the rules of one manager for one mail. */
export async function inquire(
  judged: Judged,
  { facts, receivedAt }: { readonly facts: MailFacts; readonly receivedAt: number },
  options: InquiryOptions,
): Promise<Inquired> {
  const { manager, lookupConfigs } = options;
  const { fields, event = "" } = judged;
  const muted = mutedBy(manager.mute, receivedAt);
  const traces: LookupTrace[] = [];
  let groups: GroupsKnown = { kind: "not-asked" };
  let known: ReadonlyMap<string, LookupKnown> = new Map();
  const onMissing = new Map(
    [...lookupConfigs].map(([name, lookup]) => [name, lookup.onMissing] as const),
  );
  while (true) {
    const scope: Scope = { mail: facts, fields, event, lookups: known, nowMs: receivedAt };
    const { subject, pipeline } = fields;
    const { work } = facts;
    const rulesFacts = { subject, pipeline, event: judged.event, groups, work, scope, onMissing };
    const attempt = testOnce({ manager, muted, claimed: options.claimed }, rulesFacts, scope);
    if (attempt.kind === "done") return { ...attempt, lookups: traces };
    const asked = await askAll(attempt.unasked, scope, options);
    if (asked.groups !== undefined) groups = asked.groups;
    known = new Map([...known, ...asked.lookups]);
    traces.push(...asked.traces);
  }
}

type Attempt =
  | { readonly kind: "ask"; readonly unasked: Unasked }
  | (Omit<Inquired, "lookups"> & { readonly kind: "done" });

function testOnce(
  { manager, muted, claimed }: Pick<InquiryOptions, "manager" | "claimed"> & {
    readonly muted: MuteWindow | null;
  },
  facts: Parameters<typeof testRules>[1],
  scope: Scope,
): Attempt {
  const tested = testRules(manager.rules, facts);
  if (tested.kind === "ask") return tested;
  const choice = choose(manager, tested.verdicts, muted);
  const actions = prepareActions(choice.actions, scope, claimed);
  const { otherwise = [] } = manager;
  if (!isStranded(actions) || otherwise.length === 0 || choice.fallBack.length > 0) {
    return attemptOf(choice, actions);
  }
  const instead = fallBackOn(choice, otherwise);
  return attemptOf(instead, prepareActions(instead.actions, scope, claimed));
}

/** Whether rules held and there is nobody to tell, which is no reason to tell nobody. */
function isStranded(actions: ActionsPrepared): boolean {
  if (actions.kind === "ask") return false;
  const has = (word: Prepared["kind"]) => actions.prepared.some(({ kind }) => kind === word);
  return has("unfit") && !has("mailto");
}

function attemptOf(choice: Choice, actions: ActionsPrepared): Attempt {
  if (actions.kind === "ask") {
    return { kind: "ask", unasked: { groups: false, lookups: actions.lookups } };
  }
  const { prepared, notes, unfit } = actions;
  return { kind: "done", choice, prepared, notes, unfit };
}

/** What was found. */
interface AllAsked {
  readonly groups?: GroupsKnown;
  readonly lookups: ReadonlyMap<string, LookupKnown>;
  readonly traces: readonly LookupTrace[];
}

/** Asks everything side by side. */
async function askAll(unasked: Unasked, scope: Scope, options: InquiryOptions): Promise<AllAsked> {
  const { manager, source, lookups, lookupConfigs, signal, left } = options;
  const [found, answers] = await Promise.all([
    unasked.groups ? source?.groups({ waitMs: left(), signal }) : undefined,
    Promise.all([...unasked.lookups].map(async (name) => {
      const waitMs = left(lookupConfigs.get(name));
      const answer = await lookups.ask(name, scope, { waitMs, signal });
      return [name, answer, saidTo(manager, name, answer)] as const;
    })),
  ]);
  return {
    ...unasked.groups && { groups: groupsKnown(found) },
    lookups: new Map(answers.map(([name, { known }]) => [name, known])),
    traces: [...found === undefined ? [] : [found.trace], ...answers.map(([, , trace]) => trace)],
  };
}

/** What each manager looks at in the answers of lookups; found out with the first that is asked. */
const MEMBERS = new WeakMap<ManagerConfig, Map<string, readonly MemberPath[]>>();

/** The trace of an answer, with what it says where the manager looks. */
function saidTo(manager: ManagerConfig, name: string, { known, trace }: LookedUp): LookupTrace {
  if (known.kind !== "answer") return trace;
  const ofManager = MEMBERS.get(manager) ?? new Map<string, readonly MemberPath[]>();
  const members = ofManager.get(name) ?? membersOf(manager, name);
  MEMBERS.set(manager, ofManager.set(name, members));
  const said = sayMembers(known.value, members);
  return said === "" ? trace : { ...trace, said };
}

function groupsKnown(found: Found<PipelineGroups> | undefined): GroupsKnown {
  if (found?.value !== undefined) return { kind: "known", groups: found.value };
  return { kind: "unknown", why: found?.trace.detail ?? "no GoCD server is configured" };
}
