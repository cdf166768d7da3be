/**
 * Conditions: `when: event == "BREAKS" && lookup.owner.tier == "gold"`.
 *
 * They are written in CEL over the names of `scope.ts`. Compiled once with the configuration: the
 * names exist, the types fit, the patterns are RE2's. Testing one never throws and takes some
 * milliseconds at most, whatever a mail or an answer holds, and all of a mail's together a fraction
 * of a second.
 *
 * What is particular here:
 *
 * - A field that the mail lacks, and a header field, are `""`; `has(fields.x)` tells whether it is
 *   there. `has(lookup.x)` tells whether the lookup has an answer.
 * - What a lookup's answer lacks makes the condition unknown, unless another part decides it:
 *   `false && unknown` is false, `true || unknown` is true, in any order.
 * - JSON has one kind of number: `lookup.owner.level == 3` holds for 3 and 3.0.
 *
 * @see https://github.com/google/cel-spec/blob/master/doc/langdef.md
 * @module
 */

import { parseCel } from "./cel.ts";
import { checkNames, checkSums, type Fault, needsOf } from "./check.ts";
import { checkWords } from "./check_words.ts";
import { compiled, placeOf, problem } from "./compiled.ts";
import { compileTest } from "./evaluate.ts";
import { explain, frameOf } from "./explain.ts";
import type { Condition, Tested } from "./expression.ts";
import type { Compiled, Names, Scope } from "./scope.ts";
import type { Expression } from "./syntax.ts";
import { Doubt, MAX_STEPS, TOO_LATE, TOO_MUCH } from "./values.ts";

/** Longest condition, in characters. */
export const MAX_CONDITION_CHARACTERS = 4_000;

/**
 * Compiles a condition.
 *
 * @param names The fields and lookups that there are.
 */
export function compileCondition(text: string, names: Names): Compiled<Condition> {
  if (text.length > MAX_CONDITION_CHARACTERS) {
    return problem(
      `the condition has ${text.length} characters; ${MAX_CONDITION_CHARACTERS} are allowed`,
    );
  }
  if (text.trim() === "") return problem('the condition is empty: write event == "BREAKS"');
  const parsed = parseCel(text);
  if (parsed.kind === "problem") return parsed;
  const { root, check } = parsed.value;
  const unknown = checkNames(root, names) ?? checkWords(root, names);
  if (unknown !== null) return problem(placed(unknown, text));
  const misfit = check();
  if (misfit !== null) return problem(misfit);
  const sum = checkSums(root);
  return sum === null ? compiled(condition(text, root)) : problem(placed(sum, text));
}

function placed({ at, why }: Fault, text: string): string {
  return `${placeOf(text, at)}: ${why}`;
}

function condition(text: string, root: Expression): Condition {
  const needs = needsOf(root);
  const evaluate = compileTest(root);
  const asks = needs.lookups.length > 0;
  return {
    text,
    needs,
    test(scope: Scope): Tested {
      const { work } = scope.mail;
      const value = work?.known(root, scope, asks) ?? tested(root, evaluate, scope);
      const why = () => explain(root, scope, value);
      if (value instanceof Doubt) return doubtful(value, why);
      return { kind: value ? "holds" : "fails", why };
    },
  };
}

/** Tests with the steps that are left for the mail. */
function tested(
  root: Expression,
  evaluate: ReturnType<typeof compileTest>,
  scope: Scope,
): boolean | Doubt {
  const { work } = scope.mail;
  if (work === undefined) return evaluate(frameOf(scope, MAX_STEPS));
  const steps = Math.min(MAX_STEPS, work.left);
  const frame = frameOf(scope, steps);
  const value = evaluate(frame);
  const outcome = value === TOO_MUCH && steps < MAX_STEPS ? TOO_LATE : value;
  work.keep(root, { scope, outcome }, steps - frame.steps);
  return outcome;
}

function doubtful({ lookups, missing }: Doubt, why: () => string): Tested {
  return lookups.length > 0 ? { kind: "ask", lookups } : { kind: "unknown", missing, why };
}
