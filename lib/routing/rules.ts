/**
 * Testing rules: pure, so that routing, `report`, `explain` and `replay` cannot differ.
 *
 * Most mails pass most rules by: of such a rule nothing is kept but that it did not hold, and the
 * sentence why is made when somebody reads it.
 *
 * @module
 */

import type { OnMissing, RuleConfig } from "../config/types.ts";
import type { Tested } from "../language/expression.ts";
import type { Scope } from "../language/scope.ts";
import { describeFilter } from "./filter_words.ts";
import { type FilterFacts, type FilterTested, testFilter } from "./filters.ts";
import { mutedBy } from "./mute.ts";
import type { RuleTrace } from "./trace.ts";

const NO_ACTIONS: readonly string[] = [];

/** What rules may look at. */
export interface Facts extends FilterFacts {
  /** What conditions look at. */
  readonly scope: Scope;
  /** What each lookup's answer is replaced by when it is missing; `undecided` where it is not in here. */
  readonly onMissing: ReadonlyMap<string, OnMissing>;
}

/** What the sentence about a rule is made of; most rules of a mail share one. */
interface About {
  readonly facts: Facts;
  /** Follows the sentence; of a rule that was skipped it is all. */
  readonly remark: string;
  /** Whether the rule's actions are taken. */
  readonly taken: boolean;
  /** Whether they are not to be taken at this hour. */
  readonly muted: boolean;
}

/** What became of one rule: a line of the trace that is put into words when it is read. */
export class RuleVerdict implements RuleTrace {
  /** The rule as configured. */
  readonly config: RuleConfig;
  /** What became of it. */
  readonly verdict: RuleTrace["verdict"];
  readonly #about: About;

  /** Keeps what the sentence is made of. */
  constructor(config: RuleConfig, verdict: RuleTrace["verdict"], about: About) {
    this.config = config;
    this.verdict = verdict;
    this.#about = about;
  }

  /** The rule's name. */
  get rule(): string {
    return this.config.name;
  }

  /** What was compared with what. */
  get reason(): string {
    const { facts, remark } = this.#about;
    if (this.verdict === "skipped") return remark;
    const said = describeRule(this.config, facts);
    return remark === "" ? said : `${said}; ${remark}`;
  }

  /** The actions that it contributed. */
  get actions(): readonly string[] {
    return this.#about.taken ? this.config.actions.map(({ text }) => text) : NO_ACTIONS;
  }

  /** The same rule with its actions taken. */
  taken(): RuleVerdict {
    return new RuleVerdict(this.config, this.verdict, { ...this.#about, taken: true });
  }

  /** Whether its actions are not to be taken at this hour, be it that it holds or may hold. */
  get muted(): boolean {
    return this.#about.muted;
  }

  /** The same rule muted. One that cannot be decided stays so: it may not hold, and be no reason. */
  inSilence(remark: string): RuleVerdict {
    const verdict = this.verdict === "matched" ? "muted" : this.verdict;
    return new RuleVerdict(this.config, verdict, { ...this.#about, muted: true, remark });
  }

  /** The same as plain data, for JSON. */
  toJSON(): RuleTrace {
    const { rule, verdict, reason, actions } = this;
    return { rule, verdict, reason, actions };
  }
}

/** What has to be known before rules or actions can be told. */
export interface Unasked {
  /** Whether the pipeline groups are missing. */
  readonly groups: boolean;
  /** The lookups that are missing. */
  readonly lookups: ReadonlySet<string>;
}

/** Every verdict, or what must be asked first. */
export type RulesTested =
  | { readonly kind: "verdicts"; readonly verdicts: readonly RuleVerdict[] }
  | { readonly kind: "ask"; readonly unasked: Unasked };

/** A verdict of a rule by itself. */
type Plain = "matched" | "not-matched" | "undecided";

/** Where rules say what they lack. */
interface Lacking {
  groups: boolean;
  readonly lookups: Set<string>;
}

/**
 * Tests every rule, in order; after one that holds and says `stop`, the others are skipped, also when
 * it is muted. A rule that cannot be decided does not stop the list, muted or not: one alert too many
 * is the lesser evil.
 */
export function testRules(rules: readonly RuleConfig[], facts: Facts): RulesTested {
  const verdicts: RuleVerdict[] = [];
  const lacking: Lacking = { groups: false, lookups: new Set() };
  const about: About = { facts, remark: "", taken: false, muted: false };
  let stopped: About | undefined;
  let asks = false;
  for (const rule of rules) {
    if (stopped !== undefined) {
      verdicts.push(new RuleVerdict(rule, "skipped", stopped));
      continue;
    }
    const plain = testRule(rule, facts, lacking);
    asks ||= plain === "lacking";
    // Once something must be asked, the verdicts are of no use: all rules are tested again.
    if (plain === "lacking" || (asks && !rule.stop)) continue;
    const window = plain === "not-matched" ? null : mutedBy(rule.mute, facts.scope.nowMs);
    const verdict = new RuleVerdict(rule, plain, about);
    verdicts.push(window === null ? verdict : verdict.inSilence(`muted: ${window.text}`));
    if (plain === "matched" && rule.stop) {
      stopped = { ...about, remark: `"${rule.name}" held and says stop` };
    }
  }
  if (asks) return { kind: "ask", unasked: lacking };
  return { kind: "verdicts", verdicts };
}

/** The filter first: it is cheap, and what it turns down needs no lookup. */
function testRule({ filter, when }: RuleConfig, facts: Facts, lacking: Lacking): Plain | "lacking" {
  const byFilter = filter === undefined ? "holds" : testFilter(filter, facts);
  if (fails(byFilter)) return "not-matched";
  const tested = when?.test(facts.scope);
  const byCondition = tested === undefined ? "matched" : verdictOf(tested, facts);
  if (byCondition === "not-matched") return "not-matched";
  if (byFilter === "ask") lacking.groups = true;
  if (tested?.kind === "ask") tested.lookups.forEach((name) => lacking.lookups.add(name));
  if (byFilter === "ask" || byCondition === "lacking") return "lacking";
  return byFilter === "holds" ? byCondition : "undecided";
}

/** What a filter may come to without failing. */
const OPEN: ReadonlySet<FilterTested> = new Set(["holds", "unknown", "ask", "too-late"]);

function fails(tested: FilterTested): boolean {
  return !OPEN.has(tested);
}

function verdictOf(tested: Tested, facts: Facts): Plain | "lacking" {
  switch (tested.kind) {
    case "ask":
      return "lacking";
    case "holds":
      return "matched";
    case "fails":
      return "not-matched";
    case "unknown": {
      const instead = insteadOf(tested, facts);
      return instead === "fails" ? "not-matched" : instead === "holds" ? "matched" : "undecided";
    }
  }
}

/**
 * What the configuration says about lookups without an answer: of several, the strictest counts. An
 * answer that came, or that `on-missing` gave, is none of them, whatever it lacks.
 */
function insteadOf(
  { missing }: Tested & { readonly kind: "unknown" },
  { scope, onMissing }: Facts,
): OnMissing["kind"] {
  const said = missing.map((lookup) => {
    if (scope.lookups.get(lookup)?.kind === "answer") return "undecided";
    return onMissing.get(lookup)?.kind ?? "undecided";
  });
  if (said.length === 0 || said.includes("undecided")) return "undecided";
  return said.includes("fails") ? "fails" : "holds";
}

/** What a rule compared with what; the filter says nothing more where it alone decided. */
function describeRule({ filter, when }: RuleConfig, facts: Facts): string {
  const byFilter = filter === undefined ? "holds" : testFilter(filter, facts);
  const said = filter === undefined ? [] : [describeFilter(filter, facts, byFilter)];
  if (when === undefined || fails(byFilter)) return said.join("; ");
  const tested = when.test(facts.scope);
  if (tested.kind === "ask") return [...said, `not asked: ${tested.lookups.join(", ")}`].join("; ");
  if (tested.kind === "fails") return tested.why();
  const instead = tested.kind === "unknown" ? insteadOf(tested, facts) : "undecided";
  const missing = instead === "undecided" ? [] : [`on-missing: ${instead}`];
  return [...said, tested.why(), ...missing].join("; ");
}
