/**
 * Hides what variables have put into the URL of a lookup. It comes back in other forms: encoded by
 * the rules of URLs, in a redirect of the server's, in its error.
 *
 * @module
 */

import type { LookupConfig } from "../../config/types.ts";
import type { RestAsked } from "./rest_answer.ts";
import { shownUrl } from "./words.ts";

/** Hides the secrets of one lookup. */
export interface Mask {
  /** A text without them. */
  hide(text: string): string;
  /** A URL, or the template of one, as it may be shown. */
  url(text: string): string;
  /** What came of asking, with nothing in its words that may not be shown. */
  asked(asked: RestAsked): RestAsked;
}

/** What stands for a secret. */
const HIDDEN = "***";

/** Shorter pieces of a secret stand in too many places by chance. */
const MIN_LETTERS = 4;

/** Makes the mask of a lookup. */
export function maskOf({ secrets = [] }: Pick<LookupConfig, "secrets">): Mask {
  // A query is never shown: what stands before it must be found without it.
  const pieces = secrets.flatMap((secret) => [secret, decoded(secret)])
    .flatMap((secret) => [secret, ...secret.split(/[?#]/)])
    .filter((piece) => piece.length >= MIN_LETTERS)
    .toSorted((a, b) => b.length - a.length);
  const pattern = new RegExp([...new Set(pieces)].map(anyFormOf).join("|"), "gu");
  const hide = (text: string) => pieces.length === 0 ? text : text.replace(pattern, HIDDEN);
  const url = (text: string) => hide(shownUrl(text));
  return { hide, url, asked: (asked) => hideIn(asked, { hide, url }) };
}

function hideIn(asked: RestAsked, { hide, url }: Pick<Mask, "hide" | "url">): RestAsked {
  if (asked.kind === "failed") return { ...asked, detail: hide(asked.detail) };
  const { answer } = asked;
  return { ...asked, answer: { ...answer, url: url(answer.url), detail: hide(answer.detail) } };
}

/** Matches a text in which any character may be percent-encoded, in either case. */
function anyFormOf(text: string): string {
  return [...text].map((character) => {
    const octets = [...new TextEncoder().encode(character)];
    const encoded = octets.map((octet) => `%${octet.toString(16).padStart(2, "0")}`).join("");
    const anyCase = encoded.replace(/[a-f]/g, (digit) => `[${digit}${digit.toUpperCase()}]`);
    return `(?:\\u{${character.codePointAt(0)?.toString(16)}}|${anyCase})`;
  }).join("");
}

/** What a server reads that decodes it; the text itself where it cannot be decoded. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
