/**
 * What plain words in a subject say about how things are, in the languages of `word_lists.ts` and
 * `unspaced.ts`: who writes in another one and has no pack of his own is read by no word at all, which
 * is better than wrongly.
 *
 * Bad words outweigh good ones: a mail that is taken for good news wrongly wakes nobody. A good word
 * wins only where it clearly is the verdict: as a label, right behind the trouble that it ends, or
 * as the last word of all. A denied good word is a bad one; one that is put off says nothing.
 *
 * @module
 */

import type { Severity, State } from "./pack.ts";
import { spaced } from "./unspaced.ts";
import {
  BAD,
  BAD_LABEL,
  CRITICAL,
  ERROR,
  LABEL,
  LAST_WORD,
  STATES,
  STILL_BAD,
  TELLING,
  TURNING,
  TURNS,
  VERDICT,
  WELL,
} from "./word_patterns.ts";

/** What the words come to, and what is left without them. */
export interface Judgement {
  /** How bad it is. */
  readonly severity: Severity;
  /** Whether it is wrong or well now. */
  readonly state: State;
  /** The subject without the words that tell states apart. */
  readonly rest: string;
}

/** Reads a subject. One look at it tells which of the patterns can find anything. */
export function judge(subject: string): Judgement {
  const plain = plainly(subject);
  if (!TELLING.test(plain)) return { severity: "info", state: "info", rest: plain };
  return judged(TURNING.test(plain) ? turned(plain) : plain);
}

/** The same by way of every pattern: what {@link judge} must come to. */
export function judgeThoroughly(subject: string): Judgement {
  return judged(turned(plainly(subject)));
}

/** Whether a subject is bad news, what bears the given names aside: a job may be called `failures`. */
export function soundsBad(subject: string, names: readonly string[]): boolean {
  const others = names.filter((name) => name.length > 2).reduce(
    (text, name) => text.replaceAll(name, " x "),
    subject.slice(0, 500),
  );
  return judge(others).state === "problem";
}

function plainly(subject: string): string {
  return bare(spaced(subject.normalize("NFC")));
}

/** Puts plain words where others are denied, counted or put off. */
function turned(subject: string): string {
  return bare(TURNS.reduce((plain, [words, others]) => plain.replace(words, others), subject));
}

function judged(plain: string): Judgement {
  return { ...weigh(plain), rest: plain.replace(STATES, " ") };
}

function weigh(plain: string): Pick<Judgement, "severity" | "state"> {
  const has = (words: RegExp) => lastOf(words, plain).start >= 0;
  const wrong = lastOf(BAD, plain).start;
  if (wrong < 0) return { severity: "info", state: has(WELL) || isLabelled(plain) ? "ok" : "info" };
  if (isLabelled(plain) || isOver(plain, wrong)) return { severity: "info", state: "ok" };
  if (has(CRITICAL)) return { severity: "critical", state: "problem" };
  return { severity: has(ERROR) ? "error" : "warning", state: "problem" };
}

function isLabelled(plain: string): boolean {
  const found = LABEL.exec(plain);
  const about = found?.groups?.about ?? "";
  return found !== null && lastOf(BAD, about).start < 0 && lastOf(STILL_BAD, plain).start < 0;
}

/** Whether a verdict ends behind the last bad word. */
function isOver(plain: string, wrong: number): boolean {
  const verdicts = BAD_LABEL.test(plain) ? VERDICT : [...VERDICT, LAST_WORD];
  return verdicts.some((words) => lastOf(words, plain).end > wrong);
}

/** Where the last of some words stands; -1 when none does. */
function lastOf(words: RegExp, text: string): { readonly start: number; readonly end: number } {
  const last = [...text.matchAll(words)].at(-1);
  return last === undefined
    ? { start: -1, end: -1 }
    : { start: last.index, end: last.index + last[0].length };
}

/** `_` is a blank between words, and one blank is enough. */
function bare(text: string): string {
  return text.replace(/[\s_]+/g, " ").trim();
}
