/**
 * The schema of packs and their samples, and of the tests of the configuration.
 *
 * @module
 */

import { z } from "zod";
import { NOT_SENT } from "../mail/not_sent.ts";
import { SEVERITIES, STATES } from "../routing/packs/pack.ts";
import { readAddress, readReversePath } from "./actions.ts";
import { readRe2 } from "./compile.ts";
import {
  choice,
  either,
  flag,
  leaf,
  list,
  mapping,
  named,
  namedWith,
  short,
  text,
} from "./_fields.ts";
import { readMoment } from "./moment.ts";
import { problem, type Reading, VALUE, value } from "./reading.ts";
import type { SampleFinder } from "./readers.ts";
import type { ByGroupShape, MailShape, PackShape, TestShape } from "./shape_routing.ts";

/** What a test may expect, as messages name it. */
export const EXPECT_KEYS = "actions, rules, not-sent, passed-through, fields and event";

/** The operator's own packs. */
export function packs(findSample: SampleFinder): z.ZodType<readonly PackShape[]> {
  return z.preprocess((input) => input ?? [], list("packs", pack(findSample))).prefault([]);
}

/** What routing must do with given mails. */
export function tests(findSample: SampleFinder): z.ZodType<readonly TestShape[]> {
  return z.preprocess((input) => input ?? [], list("tests", test(findSample))).prefault([]);
}

function pack(findSample: SampleFinder): z.ZodType<PackShape> {
  const pattern = leaf("a regular expression", readRe2, {
    examples: ["UPS (?<object>\\S+) on (?<what>battery|line)"],
  });
  const event = leaf("an event", readEventWord, { examples: ["ON_BATTERY"] });
  return mapping("a pack: a mapping with the keys name, match and fields", {
    name: leaf("a name", readPackName),
    match: mapping("a mapping with the keys subject, from, text and headers", {
      subject: pattern.optional(),
      from: pattern.optional(),
      text: pattern.optional(),
      headers: named("a mapping of header fields and patterns", pattern).default({}),
    }),
    fields: namedWith("a mapping of fields and texts", {
      severity: wordOr(leaf("a severity", value, { enum: SEVERITIES })).optional(),
      state: wordOr(leaf("a state", value, { enum: STATES })).optional(),
    }, wordOr(text("a text"))).default({}),
    event: wordOr(event).optional(),
    samples: list(
      "samples",
      mapping("a sample: a mapping with the keys subject, from, text and expect", {
        ...mailKeys(findSample),
        expect: mapping("a mapping with the keys event and fields", {
          event: event.optional(),
          fields: named("a mapping of fields and texts", leaf("a text", value)).default({}),
        }),
      }),
    ).default([]),
  });
}

/** One word, or several by what a group matched. */
function wordOr(word: z.ZodType<string>): z.ZodType<string | ByGroupShape> {
  return either<string | ByGroupShape>(
    word,
    mapping("a text, or a mapping with the keys group and words", {
      group: text("the name of a group in the patterns"),
      words: named("a mapping of what the group may match and words for it", word),
    }),
  );
}

function test(findSample: SampleFinder): z.ZodType<TestShape> {
  const texts = named("a mapping of fields and texts", leaf("a text", value));
  const anything: z.ZodType<unknown> = z.unknown();
  return mapping("a test: a mapping with the keys mail and expect", {
    name: text("a name").optional(),
    mail: mapping<ReturnType<typeof mailKeys>>(
      "a mail: a mapping with the keys from, subject and text, or file",
      mailKeys(findSample),
    ),
    at: leaf("date, time and offset", readMoment, { examples: ["2026-11-23T10:00:00+01:00"] })
      .optional(),
    lookups: named("a mapping of lookups and their answers", anything).default({}),
    groups: named("a mapping of pipeline groups", list("pipelines", text("a pipeline"))).default(
      {},
    ),
    before: choice(["success", "failure"]).optional(),
    expect: mapping(`a mapping with the keys ${EXPECT_KEYS}`, {
      actions: list("actions", text("an action")).optional(),
      "not-sent": choice(NOT_SENT).optional(),
      "passed-through": flag().optional(),
      rules: list("the names of rules", text("the name of a rule")).optional(),
      fields: texts.optional(),
      event: leaf("an event", value).optional(),
    }),
  }).transform(({ lookups: _answers, ...rest }) => rest);
}

function mailKeys(findSample: SampleFinder) {
  return {
    file: leaf("the name of a file with a mail", findSample, { examples: ["samples/ups.eml"] })
      .optional(),
    from: leaf("an address", readReversePath).optional(),
    to: short(
      (one) => [one],
      list("addresses", leaf("an address", readAddress)),
    ).default([]) as z.ZodType<MailShape["to"]>,
    subject: leaf("a subject", readLine).optional(),
    headers: named("a mapping of header fields", leaf("a text", readLine)).default({}),
    text: leaf("a text", value).default(""),
  };
}

function readPackName(text: string): Reading<string> {
  if (/^[a-z][a-z0-9-]{0,39}$/.test(text)) return value(text);
  return problem(`${VALUE}: expected a name in lower case, such as ups or coffee-machine`);
}

function readEventWord(text: string): Reading<string> {
  if (/^[A-Z][A-Z0-9_]{0,59}$/.test(text)) return value(text);
  return problem(`${VALUE}: expected an event in capitals, such as ON_BATTERY`);
}

function readLine(text: string): Reading<string> {
  if (!/\p{Cc}/u.test(text)) return value(text);
  return problem(`${VALUE}: a line end or control character in it: expected one line`);
}
