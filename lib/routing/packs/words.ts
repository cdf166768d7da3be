/**
 * What plain words in a subject say about how things are, in the languages of `word_lists.ts`: who
 * writes in another one and has no pack of his own is read by no word at all, which is better than
 * wrongly.
 *
 * Bad words outweigh good ones: a mail that is taken for good news wrongly wakes nobody. A good word
 * wins only where it clearly is the verdict: as a label, right behind the trouble that it ends, or
 * as the last word of all. A denied good word is a bad one; one that is put off says nothing.
 *
 * @module
 */

import type { Severity, State } from "./pack.ts";
import { WORDS } from "./word_lists.ts";

/** What the words come to, and what is left without them. */
export interface Judgement {
  /** How bad it is. */
  readonly severity: Severity;
  /** Whether it is wrong or well now. */
  readonly state: State;
  /** The subject without the words that tell states apart. */
  readonly rest: string;
}

const { bad, counted, deniable, denying, label, over, trouble, well } = WORDS;

/** Up to three words, nothing else between them. */
const GAP = "(?: [\\p{L}\\p{N}'’]{1,20}){0,3}? ";
const NO =
  "(?:no|0|zero|nothing|without(?: any)?|keine?|ohne|sans|aucune?|pas d['’]|sin|inga|utan|geen)";
const WORSE = "(?:(?:new|more|further|critical|fatal) )?";
const OR = "(?:or|and|oder|und|ou|o|eller|of)";
const IS =
  "(?:is|are|was|were|been|now|got|all|wurden?|ist|sind|est|sont|été|sido|está|har|är|blivit|stato)";
const AFTER = "(?:from|after|nach|après|tras|efter|na|dopo)";
/** Right behind a label it says that the label is none: `Recovery: failed`. */
const FAILED =
  "(?:failed|aborted|crashed|impossible|unable|cannot|could|fehlgeschlagen|échoué|fallid|misslyck)";
/** Where a last word ends: with the subject, a place or signs aside. */
const END =
  "(?: (?:now|again|successfully))?(?: (?:on|at|auf|um|sur|på|op) \\S{1,253})?[^\\p{L}?]{0,40}$";

/** `unresolved` and the like, and what only sounds bad. */
const UNDONE =
  "(?<!\\p{L})(?:un|in)(?:completed?|fixed|recovered|reparable|resolved|successful(?:ly)?)(?!\\p{L})";
const HARMLESS = "(?<!\\p{L})(?:non[- ]critical|error[- ]free|fail[- ]?safe)(?!\\p{L})";

/** `no errors`, `0 failed`, `Errors: 0`: good news in bad words. The 0 of `2,0` is none. */
const NONE_WRONG = [
  pattern(`(?<!\\p{N}[.,]|[\\p{L}\\p{N}])${NO} ?${WORSE}${counted}(?: ${OR} ${counted})?`),
  pattern(`${counted} ?[:=] ?0(?=$|[,;)\\]|])`),
  pattern(`(?<!\\p{L})no longer ${bad}`),
];

/** `not successful`, `could not be restored`, `unresolved`: bad news in good words. */
const NOT_WELL = [
  pattern(`${denying}${GAP}${deniable}`),
  pattern(`(?<![\\p{N}.,])0 (?:of|von|de|av) \\d{1,9}(?: \\p{L}{1,20}){0,2} ${well}`),
  pattern(
    `(?<!\\p{L})no ${deniable}(?! (?:needed|required|necessary))|${well} (?:nicht|inte|ej|niet)(?!\\p{L})`,
  ),
  pattern(UNDONE),
  pattern(`(?:${label}|${well}) ?[:=] ?(?:no|none|false|nein|non|nej)$`),
];

/** `service to be restored`, `resolved?`, `partially fixed`: nothing is said of how it is. */
const NOT_YET = [
  pattern(`${WORDS.awaiting}${GAP}${deniable}|${deniable} ?\\?`),
  pattern(`(?<=(?<!\\p{L})(?:partially|teilweise) )${deniable}`),
  pattern(HARMLESS),
];

/** What turns a word into another, in all the patterns above. */
const TURNING = new RegExp(
  [
    `(?<!\\p{L})(?:${NO}|partially|teilweise)`,
    "[:=] ?(?:none|false|nein|nej)",
    denying,
    WORDS.awaiting,
    UNDONE,
    HARMLESS,
    "\\?",
  ].join("|"),
  "iu",
);

const BAD = pattern(bad);
const CRITICAL = pattern(WORDS.critical);
const ERROR = pattern(WORDS.error);
const WELL = pattern(`${over}|${well}`);
/** What tells states apart. */
const STATES = pattern(`${bad}|${label}|${well}`);

/** Where what was wrong is clearly over; what comes behind may tell otherwise. */
const VERDICT = [
  pattern(`(?<![\\p{L}\\p{N}])${IS} ${over}`),
  pattern(`(?<![\\p{L}\\p{N}])now (?:${well}|up(?!\\p{L}))`),
  pattern(`${trouble} ${over}`),
  pattern(`${trouble} ?[^\\p{L}\\p{N}]{1,4}${over}${END}`),
  pattern(`(?:${over}|(?<!\\p{L})back) ${AFTER}${GAP}${bad}`),
  pattern(`${bad} ?(?:to|-{1,2}>|=>|→) ?(?:${well}|up(?!\\p{L}))`),
  pattern(`[[(] ?${label} ?[\\])]`),
];

/** The same word as the last of all; not where all of it stands under `Error:`. */
const LAST_WORD = pattern(`${over}${END}`);
const BAD_LABEL = new RegExp(`^[^\\p{L}]{0,5}${bad} ?(?:[:\\]]| - )`, "iu");

/** What is put on a subject and outweighs all that is in it: `[nas1] RECOVERY: it was down`. */
const LABEL = new RegExp(
  `^(?:\\[(?<about>[^\\][]{1,64})\\]:? ?)?[^\\p{L}]{0,5}${label} ?(?:[\\])]|(?::| -(?!-?>))(?! ?\\p{N}| ${FAILED}))`,
  "iu",
);
const STILL_BAD = pattern(
  `(?<!\\p{L})(?:still|noch|toujours|fortfarande)(?: \\p{L}{1,20})? ${bad}`,
);

/** Every word that tells something; most subjects have none. */
const TELLING = new RegExp(`${WORDS.any}|${UNDONE}|${HARMLESS}`, "iu");

/** Reads a subject. One look at it tells which of the patterns can find anything. */
export function judge(subject: string): Judgement {
  const plain = bare(subject.normalize("NFC"));
  if (!TELLING.test(plain)) return { severity: "info", state: "info", rest: plain };
  return judged(TURNING.test(plain) ? turned(plain) : plain);
}

/** The same by way of every pattern: what {@link judge} must come to. */
export function judgeThoroughly(subject: string): Judgement {
  return judged(turned(bare(subject.normalize("NFC"))));
}

/** Whether a subject is bad news, what bears the given names aside: a job may be called `failures`. */
export function soundsBad(subject: string, names: readonly string[]): boolean {
  const others = names.filter((name) => name.length > 2).reduce(
    (text, name) => text.replaceAll(name, " x "),
    subject.slice(0, 500),
  );
  return judge(others).state === "problem";
}

/** Puts plain words where others are denied, counted or put off. */
function turned(subject: string): string {
  let plain = subject;
  for (const words of NONE_WRONG) plain = plain.replace(words, " ok ");
  for (const words of NOT_WELL) plain = plain.replace(words, " failed ");
  for (const words of NOT_YET) plain = plain.replace(words, " ");
  return bare(plain);
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

function pattern(piece: string): RegExp {
  return new RegExp(piece, "giu");
}
