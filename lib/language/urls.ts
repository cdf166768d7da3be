/**
 * Templates of URLs: `https://catalog.example.com/api/services/{{fields.pipeline}}`.
 *
 * INVARIANTS
 *
 * 1. Scheme, host and port are those of the template: placeholders stand behind them.
 * 2. A value stays within the segment of the path, or the part of the query, that it stands in:
 *    it is percent-encoded, and a segment that comes out as `.` or `..` is refused.
 *
 * @see RFC 3986 §3.3, https://url.spec.whatwg.org/#double-dot-path-segment
 * @module
 */

import { compiled, problem } from "./compiled.ts";
import { forUrl, MAX_LINE_CHARACTERS } from "./escape.ts";
import { Missing } from "./filled.ts";
import type { Compiled } from "./scope.ts";
import type { Slot } from "./slots.ts";

/** Scheme and host, up to where placeholders may stand. */
const HOST = /^https?:\/\/[^/?#\\@\s]+(?=[/?#]|$)/i;

/** Dots in their place, encoded or not: what `fetch` takes for "this folder" and "the one above". */
const DOTS = /^(?:\.|%2e){1,2}$/i;

/** Finds what is wrong with a template of a URL. */
export function checkUrl(slots: readonly Slot[]): Compiled<readonly Slot[]> {
  const [first] = slots;
  const start = first?.kind === "literal" ? first.text : "";
  const host = HOST.exec(start)?.[0];
  if (host === undefined) {
    const why = /^https?:\/\/[^/?#]*@/i.test(start)
      ? "a URL must not have a password in it"
      : "a URL begins with http:// or https:// and a host, written out";
    return problem(`${why}, as in https://api.example.com/{{fields.host}}`);
  }
  if (slots.length > 1 && host === start) {
    return problem(
      "placeholders may stand only after the host and a slash: nobody else's mail " +
        "may choose whom we ask",
    );
  }
  const sample = slots.map((slot) => slot.kind === "literal" ? slot.text : "x").join("");
  // deno-lint-ignore no-control-regex -- controls are meant
  if (/[\u0000-\u0020\u007f\\]/.test(sample)) return problem("a URL has no blanks in it");
  if (!URL.canParse(sample)) return problem("this is no URL");
  return hasDots(sample) ? problem("a path must not have . or .. in it") : compiled(slots);
}

/**
 * Puts values into a URL.
 *
 * @param values What is put in for each piece, not yet encoded.
 */
export function joinUrl(slots: readonly Slot[], values: readonly string[]): string | Missing {
  const url = slots.map((slot, index) =>
    slot.kind === "literal" ? slot.text : forUrl(values[index] ?? "")
  ).join("");
  if (url.length > MAX_LINE_CHARACTERS) {
    return new Missing(`the URL is longer than ${MAX_LINE_CHARACTERS} characters`, false);
  }
  if (hasDots(url)) return new Missing("a part of the path would be . or ..", false);
  return url;
}

function hasDots(url: string): boolean {
  const path = /^[^?#]*/.exec(url)?.[0] ?? "";
  return path.split("/").slice(3).some((segment) => DOTS.test(segment));
}
