/**
 * What plain words in a subject say about how things are. English only: a sender who speaks another
 * language and has no pack of his own is read by no word at all, which is better than wrongly.
 *
 * @module
 */

import type { Severity, State } from "./pack.ts";

/** What the words come to, and what is left without them. */
export interface Judgement {
  /** How bad it is. */
  readonly severity: Severity;
  /** Whether it is wrong or well now. */
  readonly state: State;
  /** The subject without the words that tell states apart. */
  readonly rest: string;
}

/** `no errors`, `0 failed`: good news in bad words. */
const NONE_WRONG =
  /\b(?:no|0|zero|without(?: any)?)(?: new| more)? (?:errors?|warnings?|failures?|failed|problems?|issues?|alerts?|faults?)\b/gi;
/** `not successful`, `could not be restored`: bad news in good words. */
const NOT_WELL =
  /\b(?:(?:not|never|cannot be|can't be) (?:be |been |yet )?|un|in)(?:successful(?:ly)?|succeeded|completed?|ok|resolved|recovered|restored|repaired|reachable|available|healthy|cleared)\b/gi;
/** What was wrong and is over. */
const OVER =
  /\b(?:recover(?:ed|y)|resolved|restored|cleared|fixed|repaired|back to normal|is back|(?:up|ok|online|healthy|normal) again)\b/gi;
/** Such a word as a label outweighs whatever it is put on: `RECOVERY: nas1 was down`. */
const OVER_LABEL = /^[^\p{L}]{0,5}(?:recover(?:ed|y)|resolved|cleared|fixed|ok) ?[\]:)]/iu;
const CRITICAL = /\b(?:critical|crit|fatal|emerg(?:ency)?|panic|disaster|catastrophic)\b/gi;
const ERROR =
  /\b(?:fail(?:s|ed|ure|ures|ing)?|errors?|down|unreachable|unavailable|unhealthy|broken|degraded|offline|abort(?:ed)?|crash(?:ed)?|timed out|corrupt(?:ed|ion)?|problems?|alarm|lost)\b/gi;
const WARNING =
  /\b(?:warn(?:ing|ings)?|overdue|delayed|low|almost full|nearly full|exceeded|degrading|expir(?:es|ing|ed))\b/gi;
const WELL =
  /\b(?:ok(?:ay)?|success(?:ful|fully)?|succeeded|succeeds|completed?|passed|healthy|normal|finished|done|online)\b/gi;

/** Reads a subject. */
export function judge(subject: string): Judgement {
  const plain = subject.replace(NONE_WRONG, " ok ").replace(NOT_WELL, " failed ");
  const rest = [OVER, CRITICAL, ERROR, WARNING, WELL].reduce(
    (text, words) => text.replace(words, " "),
    plain,
  );
  return { ...weigh(plain), rest };
}

function weigh(plain: string): Pick<Judgement, "severity" | "state"> {
  const has = (words: RegExp) => lastOf(words, plain) >= 0;
  const wrong = Math.max(...[CRITICAL, ERROR, WARNING].map((words) => lastOf(words, plain)));
  // `Disk failure resolved`, but `Recovery failed`: the last word on it counts.
  if (OVER_LABEL.test(plain) || lastOf(OVER, plain) > wrong) {
    return { severity: "info", state: "ok" };
  }
  if (wrong < 0) return { severity: "info", state: has(WELL) ? "ok" : "info" };
  if (has(CRITICAL)) return { severity: "critical", state: "problem" };
  return { severity: has(ERROR) ? "error" : "warning", state: "problem" };
}

/** Where the last of some words stands; -1 when none does. */
function lastOf(words: RegExp, text: string): number {
  return [...text.matchAll(words)].at(-1)?.index ?? -1;
}
