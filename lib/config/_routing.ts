/**
 * The schema of managers, their rules and their mute windows.
 *
 * @module
 */

import { z } from "zod";
import { readAddress, readReversePath } from "./actions.ts";
import { actions } from "./_actions.ts";
import { readCondition } from "./compile.ts";
import { choice, flag, leaf, list, mapping, text } from "./_fields.ts";
import { DAYS_PATTERN, readDays, readTime, readTimeZone } from "./moment.ts";
import { problem, type Reading, VALUE, value } from "./reading.ts";
import type { SecretReader } from "./readers.ts";
import { duration } from "./_settings.ts";
import type { ManagerShape, MuteShape, RuleShape } from "./shape_routing.ts";
import { suggest } from "./suggest.ts";
import { DURATION_PATTERN, readDuration } from "./units.ts";
import { readUrl } from "./url.ts";
import type { Vocabulary } from "./vocabulary.ts";

/** Who decides about which mail. */
export function managers(
  vocabulary: Vocabulary,
  readSecret: SecretReader,
): z.ZodType<readonly ManagerShape[]> {
  return z.preprocess(
    (input) => input ?? [],
    list("managers", manager(vocabulary, readSecret)),
  ).prefault([]);
}

/** A token stands in a header field of HTTP: no blank, no control character, ASCII. */
export function readToken(text: string): Reading<string> {
  if (/^[!-~]+$/.test(text)) return value(text);
  return problem(`${VALUE}: expected a token: letters, digits and signs without a blank`);
}

/** Reads a token that stands in a file. */
export function readTokenFile(readSecret: SecretReader): SecretReader {
  return (path) => {
    const secret = readSecret(path);
    if (secret.kind === "problem" || readToken(secret.value).kind === "value") return secret;
    return problem(`${VALUE}: the file holds no token: expected one word, without a blank`);
  };
}

function manager(vocabulary: Vocabulary, readSecret: SecretReader): z.ZodType<ManagerShape> {
  return mapping("a manager: a mapping with the keys name, messages-we-want and rules", {
    name: text("a name"),
    type: choice(vocabulary.types, { open: true }).optional(),
    also: flag().default(false),
    url: leaf("the URL of the GoCD server", readUrl).optional(),
    user: text("a user name").optional(),
    passwd: text("a password").optional(),
    "passwd-file": leaf("the name of a file", readSecret).optional(),
    token: leaf("an access token", readToken).optional(),
    "token-file": leaf("the name of a file", readTokenFile(readSecret)).optional(),
    poll: leaf("a duration", readPoll, { pattern: DURATION_PATTERN, examples: ["1m"] }).default(0),
    "poll-grace": duration({ min: "0s", max: "1h" }).default(60_000),
    "messages-we-want": mapping("a mapping with the key to or from", {
      to: leaf("an address", readAddress).optional(),
      from: leaf("an address", readReversePath).optional(),
    }),
    mute: windows(),
    rules: z.preprocess((input) => input ?? [], list("rules", rule(vocabulary))).prefault([]),
    otherwise: actions(vocabulary.names).optional(),
    "rewrite-headers": flag().default(true),
  });
}

function rule(vocabulary: Vocabulary): z.ZodType<RuleShape> {
  const { names, events } = vocabulary;
  return mapping("a rule: a mapping with the keys actions, and when or filter", {
    name: text("a name").optional(),
    actions: actions(names).min(1, { error: `empty: expected at least one action` }),
    when: leaf("a condition", (text) => readCondition(text, names), {
      examples: ['event == "BREAKS" && lookup.owner.tier == "gold"', "true"],
    }).optional(),
    filter: mapping("a filter: a mapping with the key function, and perhaps events and args", {
      events: list(
        "events",
        leaf("an event", (text) => readEvent(text, events), { enum: events, open: true }),
      ).min(1, {
        error: `empty: expected at least one event, or no key events for any mail`,
      }).optional(),
      function: text(FUNCTION_EXPECTED),
      args: list("arguments", text("an argument")).default([]),
    }).optional(),
    mute: windows(),
    stop: flag().default(false),
  });
}

/** Who leaves it out has written events, or args, alone. */
const FUNCTION_EXPECTED =
  "mail.in_subject, whose args are words of the subject (without args: any " +
  "mail with one of the events), or, in a manager of type gocd, pipelines.any or pipelines.all " +
  "(no args), pipelines.in_group (args: the group), pipelines.name_like_in_group (args: a pattern, " +
  "the group)";

function windows(): z.ZodType<readonly MuteShape[]> {
  const advise = () => "[{days: [sat, sun], time-zone: Europe/Berlin}]";
  return list(
    "times in which nobody is told",
    mapping("a mapping with the keys days, from, to and time-zone", {
      days: list(
        "days",
        leaf("a day", readDays, { pattern: DAYS_PATTERN, examples: ["sat", "mon-fri"] }),
      ).min(1, {
        error: "empty: expected at least one day, or no key days for every day",
      }).optional(),
      from: leaf("a time", (text) => readTime(text, "23:59"), { examples: ["22:00"] }).optional(),
      to: leaf("a time", (text) => readTime(text, "24:00"), { examples: ["06:00"] }).optional(),
      "time-zone": leaf(
        "the time zone of these times, such as time-zone: Europe/Berlin",
        readTimeZone,
        { pattern: "\\S", examples: ["Europe/Berlin"] },
      ),
    }),
    advise,
  ).default([]);
}

/** Reads the name of an event. */
function readEvent(text: string, events: readonly string[]): Reading<string> {
  if (events.includes(text)) return value(text);
  return problem(`unknown event ${VALUE}${suggest(text, events)}`);
}

/** A server that is asked all the time serves nobody else. */
function readPoll(text: string): Reading<number> {
  const reading = readDuration(text, { min: "0s", max: "1d" });
  if (reading.kind === "problem" || reading.value === 0 || reading.value >= 10_000) return reading;
  return problem(`${VALUE}: expected 10s to 1d, or 0s for never`);
}
