/**
 * What the CEL library says about a condition that it refuses, said so that operators can mend it.
 *
 * @module
 */

import { placeOf } from "./compiled.ts";

/** What CEL has and conditions do not, by the library's name of it. */
export const WHY_NOT: Readonly<Record<string, string>> = {
  map: "mappings cannot be written here; compare their entries one by one",
  comprehension: "this walk through a list is not known here",
};

/** What the library tells of an error. */
interface Refusal {
  readonly code: string;
  readonly summary: string;
  readonly range?: { readonly start: number };
}

/** A refusal in words: where, what, how to mend it. */
export function refusalOf(error: unknown, text: string): string {
  if (!isRefusal(error)) return "cannot be read: make it shorter or less deep";
  const at = Math.min(error.range?.start ?? 0, text.length);
  return `${placeOf(text, at)}: ${wordsOf(error, text, at)}`;
}

function wordsOf({ code, summary }: Refusal, text: string, at: number): string {
  const after = text.slice(at);
  switch (code) {
    case "unexpected_character":
    case "unexpected_token":
    case "expected_token":
      return hintAt(text, at) ??
        (after.trim() === ""
          ? "the condition ends too early: a value or a bracket is missing at its end"
          : `${JSON.stringify(after.slice(0, 20))} is not expected here`);
    case "unterminated_string":
    case "newline_in_string":
      return "a text in quotes is not closed on its line";
    case "limit_exceeded":
      return "the condition is too long or too deep: split it into several rules";
    case "no_such_overload":
      if (summary.endsWith("string in string")) {
        return 'in stands before a list: event in ["FAILS", "BREAKS"]; for a part of a text write ' +
          'mail.subject.contains("x")';
      }
      return `${summary.replace("no such overload: ", "")} does not fit: both sides must be of ` +
        `one type; text stands in quotes, and of a field write fields.x != "" && int(fields.x) > 3`;
    case "no_matching_overload":
      return summary.replace("found no matching overload for", "there is no");
    case "invalid_logical_operand":
      return "on both sides of && and || stands what is true or false: compare it with something";
    case "no_such_key":
      // The names below the others are checked before the types are.
      return `${summary.replace("No such key: ", "there is no ")}: ` +
        "an attachment has name, type, size";
    case "reserved_identifier":
      return hintAt(text, at) ?? summary;
    default:
      return summary;
  }
}

/** What people write who know other languages. */
function hintAt(text: string, at: number): string | undefined {
  const typed = typographic(text, at);
  if (typed !== undefined) return typed;
  const near = text.slice(at).trimStart();
  const around = text.slice(Math.max(0, at - 1)).trimStart();
  const word = /^(?:and|or|not)\b/i.exec(near) ??
    /\b(?:and|or|not)(?=\s+$)/i.exec(text.slice(0, at));
  if (word !== null) {
    return `"${word[0]}" is not a word of CEL: write && for and, || for or, ! for not`;
  }
  const method = between(text, at);
  if (method !== undefined) return method;
  if (/^=+/.test(near) || /^=[^=]/.test(around)) return "equality is written ==";
  if (/^[&|]/.test(near)) return "write && for and, || for or";
  return undefined;
}

/** Functions that other languages write between two values. */
const METHODS = ["contains", "startsWith", "endsWith", "matches"];

/** A name with dots, and perhaps what is in brackets after it, at the end of a text. */
const VALUE_BEFORE = /[A-Za-z_][\w.]{0,80}(?:\([^()]{0,80}\)|\[[^\][]{0,80}\])?$/;

/** `mail.subject contains "x"`. */
function between(text: string, at: number): string | undefined {
  const [, written = "", argument] =
    /^\s*([A-Za-z_]+)(?:\s+("[^"\n]{0,80}"|'[^'\n]{0,80}'))?/.exec(text.slice(at)) ?? [];
  const bare = written.toLowerCase().replaceAll("_", "");
  const name = METHODS.find((method) => method.toLowerCase() === bare);
  if (name === undefined) return undefined;
  const [value = "mail.subject"] = VALUE_BEFORE.exec(text.slice(0, at).trimEnd()) ?? [];
  return `${name} stands after a dot: ${value}.${name}(${argument ?? '"…"'})`;
}

/** What word processors and chats put in place of what was typed. */
function typographic(text: string, at: number): string | undefined {
  const [sign = ""] = text.slice(at);
  if (/[“”„«»‘’‚]/.test(sign)) return `${sign} is no quote of CEL: write "…"`;
  if (!/[^\S \t\r\n]|[\u200b-\u200d\ufeff]/.test(sign)) return undefined;
  const name = sign === "\u00a0" ? "a no-break space" : "a blank of another kind";
  return `${name} stands here, which looks like a blank: type a blank`;
}

function isRefusal(error: unknown): error is Refusal {
  return error instanceof Error && "code" in error && "summary" in error;
}
