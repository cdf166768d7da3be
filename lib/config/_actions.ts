/**
 * The schema of actions, of rules and of `on-failure`.
 *
 * @module
 */

import type { z } from "zod";
import type { Names } from "../language/scope.ts";
import { isAddress } from "../mail/address.ts";
import { readAction, readTarget, withWords } from "./actions.ts";
import { readTemplate } from "./compile.ts";
import { either, leaf, list, mapping } from "./_fields.ts";
import { PLAIN_VALUE, problem, type Reading, VALUE } from "./reading.ts";
import type { Action } from "./types.ts";

/** The actions of a rule, each a text or a mapping. */
export function actions(names: Names): z.ZodArray<z.ZodType<Action>> {
  const what = "mailto:ADDRESS, discard, or a mapping with the keys mailto, subject and text";
  const word = leaf(what, (text) => readAction(text, names), {
    examples: ["mailto:ops@example.com", "mailto:{{lookup.owner.email}}", "discard"],
  });
  return actionList(either(word, actionMapping(what, names)), word);
}

/** Whom to tell of mail that was given up: `mailto:ADDRESS` only, for nobody asks lookups then. */
export function notices(): z.ZodArray<z.ZodType<Action>> {
  const word = leaf("mailto:ADDRESS", readNotice, { examples: ["mailto:ops@example.com"] });
  return actionList(word, word);
}

function actionMapping(what: string, names: Names): z.ZodType<Action> {
  return mapping(what, {
    mailto: leaf("an address", (text) => readTarget(text, names), {
      examples: ["{{lookup.owner.email}}"],
    }),
    subject: leaf("a subject", (text) => readTemplate(text, "line", names), {
      examples: ["[{{fields.severity | upper}}] {{mail.subject}}"],
    }).optional(),
    text: leaf("a text", (text) => readTemplate(text, "text", names)).optional(),
  }).transform(({ mailto, subject, text }) =>
    withWords(mailto, { ...subject && { subject }, ...text && { body: text } })
  );
}

/** One action alone, or an address, is most often meant as a list of one. */
function actionList(
  item: z.ZodType<Action>,
  word: z.ZodType<Action>,
): z.ZodArray<z.ZodType<Action>> {
  return list("actions", item, (text) => {
    if (isAddress(text) && !text.startsWith('"')) return `[mailto:${PLAIN_VALUE}]`;
    return word.safeParse(text).success ? `[${PLAIN_VALUE}]` : "[mailto:ADDRESS]";
  });
}

/** Whoever is to be told must be somebody. */
function readNotice(text: string): Reading<Action> {
  const reading = readAction(text);
  if (reading.kind === "problem" || reading.value.kind === "mailto") return reading;
  return problem(`${VALUE}: tells nobody: expected mailto:ADDRESS`);
}
