/**
 * How long a mail server asks to be left alone, read from the text of its 4xx reply: SMTP has no
 * `Retry-After`, but those who greylist or limit rates say it in words. Pure.
 *
 * INVARIANTS
 *
 * 1. Only a length of time that somebody is asked to wait counts: `try again in`, `wait`,
 *    `greylisted for`. Limits (`100 mails in 60 minutes`), ends (`within 24 hours`), addresses, status
 *    codes and times of day are no hints. In doubt there is none, and the back-off decides.
 * 2. It takes time in proportion to the text, of which it reads the first 1,000 characters.
 *
 * @module
 */

const MAX_CHARACTERS = 1_000;
/** How far before a length of time its request may stand. */
const REACH_CHARACTERS = 60;

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** A unit's length, by its first letter. */
const UNIT_MS: Readonly<Record<string, number>> = {
  s: SECOND_MS,
  m: MINUTE_MS,
  h: HOUR_MS,
  d: DAY_MS,
};

const UNIT = "(?:s|secs?|seconds?|m|mins?|minutes?|h|hrs?|hours?|d|days?)(?![a-z])";
const AMOUNT = `\\d{1,7}(?:\\.\\d{1,3})? ?${UNIT}`;
/** `5 minutes`, `1h 30m`, `2 minutes and 30 seconds`; of `5-10 minutes` the longer one. */
const SPAN = `(?:\\d{1,7} ?(?:-|to) ?)?${AMOUNT}(?:(?:,? and |, ?| )?${AMOUNT}){0,3}`;
/** `00:04:59`, as milter-greylist says it, or `04:59`. */
const CLOCK = "\\d{1,3}(?::[0-5]\\d){1,2}(?![\\w:])";
/** Digits before one, as in an address, a date or a status code, are no words that ask for it. */
const LENGTH = new RegExp(`(?<clock>${CLOCK})|${SPAN}`, "g");
const AMOUNTS = new RegExp(`(\\d+(?:\\.\\d+)?) ?(${UNIT})`, "g");

/** The header field of HTTP, which some quote: seconds without a unit. */
const RETRY_AFTER = /\bretry(?:-after ?[:=]?| after ?[:=]) ?(\d{1,7})(?![\w.:/-])/;
/** What may follow a length of time that nothing before it asks for. */
const BEFORE_RETRY = /^ before (?:you )?(?:re)?(?:try|send|connect|submit)/;

/** Words that ask for a wait. */
const REQUESTS = new Set(
  "again back reattempt reconnect resend resubmit retry return try wait greylist greylisted greylisting"
    .split(" "),
);
/** Words that ask for one when `for` follows: `throttled for 60 s`. */
const STATES = new Set(
  "banned blocked deferred delayed limited suspended throttled unavailable".split(" "),
);
/** Words that may stand between a request and its length of time. */
const FILLERS = new Set(
  "a about after another approx approximately around connecting connection delivery email for in later least mail message minimum of please request sending this your"
    .split(" "),
);
const PUNCTUATION = new Set(',:=(~"-');

/**
 * Reads how long to wait.
 *
 * @example
 * ```ts
 * import { retryHintMs } from "./retry_hint.ts";
 * retryHintMs("Greylisted, please try again in 5 minutes"); // 300_000
 * ```
 *
 * @param text The reply's text, all lines in one.
 * @returns Milliseconds, from a second to a day; `null` when the text asks for nothing.
 */
export function retryHintMs(text: string): number | null {
  const plain = text.slice(0, MAX_CHARACTERS).toLowerCase().replace(/\s+/g, " ")
    .replace(/gr[ae]y[- ]?list/g, "greylist")
    .replaceAll(" at least ", " least ")
    .replace(/\b(?:an?|one) (?=(?:minute|hour|day)\b)/g, "1 ");
  for (const { 0: words, index, groups } of plain.matchAll(LENGTH)) {
    const before = plain.slice(Math.max(0, index - REACH_CHARACTERS), index);
    const clock = groups?.["clock"];
    // `after 14:30` is a time of day.
    if (clock !== undefined && /\bafter $/.test(before)) continue;
    const asked = asksForWait(before) || BEFORE_RETRY.test(plain.slice(index + words.length));
    if (asked) return bounded(clock === undefined ? spanMs(words) : clockMs(clock));
  }
  const seconds = RETRY_AFTER.exec(plain)?.[1];
  return seconds === undefined ? null : bounded(Number(seconds) * SECOND_MS);
}

/** Whether the words before a length of time, read backwards, come to a request. */
function asksForWait(before: string): boolean {
  let lasting = false;
  for (const word of (before.match(/[a-z]+|[^a-z ]/g) ?? []).toReversed()) {
    if (REQUESTS.has(word) || (lasting && STATES.has(word))) return true;
    if (!FILLERS.has(word) && !PUNCTUATION.has(word)) return false;
    lasting ||= word === "for";
  }
  return false;
}

function spanMs(words: string): number {
  return [...words.matchAll(AMOUNTS)].reduce(
    (sum, [, count, unit = ""]) => sum + Number(count) * (UNIT_MS[unit.charAt(0)] ?? 0),
    0,
  );
}

/** Hours, minutes and seconds, or the last two. */
function clockMs(clock: string): number {
  return clock.split(":").reduce((sum, part) => sum * 60 + Number(part), 0) * SECOND_MS;
}

function bounded(ms: number): number {
  return Math.round(Math.min(Math.max(ms, SECOND_MS), DAY_MS));
}
