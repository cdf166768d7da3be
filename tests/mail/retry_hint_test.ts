import assert from "node:assert/strict";
import fc from "fast-check";
import { retryHintMs } from "../../lib/mail/retry_hint.ts";
import { quickestMs } from "../support/figures.ts";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const hints = [
  { text: "Greylisted, please try again in 300 seconds", expected: 300 * SECOND },
  { text: "try again in 5 minutes", expected: 5 * MINUTE },
  { text: "retry after 60s", expected: MINUTE },
  { text: "wait 00:04:59", expected: 299 * SECOND },
  { text: "Greylisting in action, please come back in 00:04:59", expected: 299 * SECOND },
  { text: "please come back in 04:59", expected: 299 * SECOND },
  { text: "Try again later in 1 hour", expected: HOUR },
  { text: "greylisted for 299 sec", expected: 299 * SECOND },
  { text: "retry-after: 120", expected: 120 * SECOND },
  { text: "Throttled. Retry-After=120.", expected: null },
  { text: "Throttled (Retry-After 120)", expected: 120 * SECOND },
  { text: "retry after: 90", expected: 90 * SECOND },
  {
    text: "Recipient address rejected: Greylisted for 5 minutes (see http://g.test/3)",
    expected: 5 * MINUTE,
  },
  { text: "You have been grey-listed for 10 min.", expected: 10 * MINUTE },
  { text: "Graylisting: 240 seconds", expected: 240 * SECOND },
  { text: "Too many connections, please retry in 30s.", expected: 30 * SECOND },
  {
    text: "Rate limit: 100 messages in 60 minutes; try again after 10 minutes",
    expected: 10 * MINUTE,
  },
  { text: "Temporarily deferred for 900 seconds", expected: 900 * SECOND },
  { text: "Your host is throttled for 2 minutes", expected: 2 * MINUTE },
  { text: "please wait at least 15 mins and try again", expected: 15 * MINUTE },
  { text: "Please allow 5 minutes before retrying", expected: 5 * MINUTE },
  { text: "Try your message again in about 1.5 hours", expected: 1.5 * HOUR },
  { text: "try again in 4m59s", expected: 299 * SECOND },
  { text: "wait 1h 30m", expected: 90 * MINUTE },
  { text: "wait 2 minutes and 30 seconds", expected: 150 * SECOND },
  { text: "retry in 5-10 minutes", expected: 10 * MINUTE },
  { text: "Try again in an hour", expected: HOUR },
  { text: "Please wait one minute", expected: MINUTE },
  { text: "try again\tin   7\r\nminutes", expected: 7 * MINUTE },
  { text: "TRY AGAIN IN 5 MINUTES", expected: 5 * MINUTE },
  { text: "greylisted for 5 minutes, try again in 2 hours", expected: 5 * MINUTE },
  { text: "try again in 0 seconds", expected: SECOND },
  { text: "try again in 0.2 s", expected: SECOND },
  { text: "try again in 1.001 s", expected: 1_001 },
  { text: "try again in 30 days", expected: DAY },
  { text: "try again in 9999999 days", expected: DAY },
];

const others = [
  "",
  "Greylisted, see http://postgrey.schweikert.ch/help/300/example.com.html",
  "4.7.1 Try again later",
  "Please try again later from [192.0.2.5]. (AS77712)",
  "Please try again later (4.7.1 s)",
  "try again in a few minutes",
  "Too many messages, 100 in 60 minutes",
  "You may send 100 messages an hour",
  "Too many recipients received this hour",
  "timeout exceeded after 300 seconds",
  "try again within 24 hours",
  "try again in up to 24 hours",
  "try again at 14:30",
  "try again after 14:30:00",
  "try again after 2026-11-22 14:30",
  "retry-after: 2026-11-22",
  "retry after 450 4.7.1",
  "try again in 500 ms",
  "try again in 5 million years",
  "try again in half an hour",
  "wait. 60 seconds have passed",
  "blocked 5 minutes ago",
  "Mail server unavailable 10 minutes",
  "try again with port 25:25:25:25",
  "try again in 12:99",
  "try again in 10:20:30:40",
  "try again in 12345678901 seconds",
  "try again in 4.7.1 s",
  "please try again in ",
];

for (const { text, expected } of hints) {
  Deno.test(`retryHintMs() reads ${expected} ms from ${JSON.stringify(text)}`, () => {
    assert.equal(retryHintMs(text), expected);
  });
}

for (const text of others) {
  Deno.test(`retryHintMs() finds no hint in ${JSON.stringify(text)}`, () => {
    assert.equal(retryHintMs(text), null);
  });
}

Deno.test("retryHintMs() reads no more than the beginning of a text", () => {
  assert.equal(retryHintMs(`${" ".repeat(900)}try again in 5 minutes`), 5 * MINUTE);
  assert.equal(retryHintMs(`${"x".repeat(1_000)} try again in 5 minutes`), null);
});

Deno.test("retryHintMs() gives null or a second to a day, whatever the text", () => {
  const word = fc.constantFrom(
    "try",
    "again",
    "in",
    "5",
    "10:",
    ":30",
    "minutes",
    "1h",
    "-",
    "for",
  );
  const text = fc.oneof(fc.string(), fc.array(word).map((words) => words.join(" ")));
  fc.assert(fc.property(text, (said) => {
    const ms = retryHintMs(said);
    assert.ok(ms === null || (Number.isInteger(ms) && ms >= SECOND && ms <= DAY));
  }));
});

const long = [
  "1 ",
  "1h ",
  "1-",
  "1:00",
  "greylisted for ",
  "in ",
  "1 minute and ",
  "a ",
  "1.1 m, ",
];

for (const piece of long) {
  Deno.test(`retryHintMs() is quick with a megabyte of ${JSON.stringify(piece)}`, () => {
    const text = piece.repeat(1_000_000 / piece.length);
    assert.ok(quickestMs(() => retryHintMs(text)) < 500);
  });
}
