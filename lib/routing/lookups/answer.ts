/**
 * What a REST API said, as conditions and templates see it. Whatever comes is bounded: in octets
 * before it gets here, in depth and in how many values it has here.
 *
 * JSON is what it is, but for whole numbers that a computer's number cannot hold: they are kept as
 * their text, so that a long id comes out as it went in. XML: see `xml_answer.ts`.
 *
 * @module
 */

import type { Answered } from "../../language/scope.ts";
import { counted } from "./words.ts";
import { readXml } from "./xml_answer.ts";

/** Deepest nesting. */
const MAX_DEPTH = 64;

/** Most values in one answer: each costs memory, however short it is written. */
const MAX_VALUES = 200_000;

/** What one value costs besides its letters, in octets; about. */
const VALUE_OCTETS = 40;

/** An answer, or what is wrong with it. */
export type ReadAnswer =
  | {
    readonly kind: "answer";
    readonly value: Answered;
    /** `3 keys`, `list of 12`, `text`. */
    readonly detail: string;
    /** What it holds in memory, in octets; about. */
    readonly octets: number;
  }
  | { readonly kind: "problem"; readonly why: string };

/**
 * Reads an answer. Never throws.
 *
 * @param text The answer.
 * @param format What it is to be; `auto`: what the media type says, JSON if it does not say XML.
 * @param mediaType Its `Content-Type`; empty without one.
 */
export function readAnswered(
  text: string,
  format: "auto" | "json" | "xml",
  mediaType: string,
): ReadAnswer {
  const type = /^[ \t]*([\w!#$&^.+-]{1,60}\/[\w!#$&^.+-]{1,60})/.exec(mediaType)?.[1] ?? "";
  const xml = format === "xml" || (format === "auto" && /[/+]xml$/i.test(type));
  const value = xml ? readXml(text, MAX_DEPTH) : readJson(text);
  if (value === undefined) {
    const said = type === "" ? "" : ` (the server calls it ${type})`;
    return { kind: "problem", why: `it is not ${xml ? "XML" : "JSON"}${said}` };
  }
  if ("problem" in value) {
    return { kind: "problem", why: value.problem };
  }
  return weigh(value.value);
}

/** What a reader of one format found. */
export type Parsed = { readonly value: Answered } | { readonly problem: string } | undefined;

function readJson(text: string): Parsed {
  try {
    // The slower way is needed seldom. Depth is no danger to the faster one.
    return { value: /\d{16}/.test(text) ? JSON.parse(text, keepDigits) : JSON.parse(text) };
  } catch (error) {
    if (error instanceof RangeError) return { problem: tooDeep() };
    return undefined; // The error quotes the answer.
  }
}

/** Text for what is a whole number in the source and would come out as another one. */
function keepDigits(_key: string, value: unknown, context?: { readonly source?: string }): unknown {
  if (typeof value !== "number" || Number.isSafeInteger(value)) return value;
  const source = context?.source ?? "";
  return /^-?\d+$/.test(source) ? source : value;
}

/** Measures a value without recursion, whose depth the answer would choose. */
function weigh(value: Answered): ReadAnswer {
  const open: { readonly value: Answered; readonly depth: number }[] = [{ value, depth: 1 }];
  let octets = 0;
  let values = 0;
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (next.depth > MAX_DEPTH) return { kind: "problem", why: tooDeep() };
    if (++values > MAX_VALUES) {
      return { kind: "problem", why: `it has more than ${MAX_VALUES} values` };
    }
    octets += VALUE_OCTETS;
    if (typeof next.value === "string") octets += 2 * next.value.length;
    if (typeof next.value !== "object" || next.value === null) continue;
    const depth = next.depth + 1;
    for (const [key, inner] of Object.entries(next.value)) {
      octets += key.length;
      open.push({ value: inner, depth });
    }
  }
  return { kind: "answer", value, detail: describe(value), octets };
}

function describe(value: Answered): string {
  if (value === null) return "null";
  if (typeof value === "string") return "text";
  if (typeof value !== "object") return typeof value;
  if (Array.isArray(value)) return `list of ${value.length}`;
  return counted(Object.keys(value).length, "key");
}

function tooDeep(): string {
  return `it is nested more than ${MAX_DEPTH} deep`;
}
