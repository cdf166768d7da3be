/**
 * Addresses as devices write them: with blanks or a name before them, without brackets, without a
 * domain, with dots or blanks too many. Pure.
 *
 * INVARIANTS
 *
 * 1. Nothing is taken that {@link parsePath} would not take in its right form: whatever comes out
 *    was read by it. What is mended is mended in the text before.
 * 2. The domain is what follows the last `@`, or ours; a quoted `@` never starts one.
 * 3. Control characters are never taken.
 *
 * @module
 */

import { parsePath, type Path } from "../mail/address.ts";
import type { Quirk } from "./quirks.ts";

/** How a path is to be mended. */
export interface PathMending {
  /** The domain that an address without one gets. */
  readonly hostname: string;
  /** Whether a bare `postmaster` gets it too: a sender must have a domain, a recipient not. */
  readonly sender: boolean;
}

/** A path, and what had to be tolerated for it. */
export interface LenientPath {
  /** What {@link parsePath} says of the mended text; of the text itself where nothing helped. */
  readonly path: Path;
  /** What was mended, in the order of the text. */
  readonly quirks: readonly Quirk[];
}

/** The address in a text, what stands around it taken away. */
interface Found {
  readonly inside: string;
  readonly rest: string;
  readonly quirks: readonly Quirk[];
}

const QUOTED = `"(?:[^"\\\\]|\\\\.)*"`;
const BRACKETED = new RegExp(`^<((?:${QUOTED}|[^"<>])*)>`);
const BARE = new RegExp(`^(?:${QUOTED}|[^"<> ])+(?= |$)`);
/** A name for people; none that could be an address, a parameter or the start of a list. */
const NAME = /^(?:"[^"\\<>@]*"|[^"\\<>@,;:()=]*)$/;
/** What quotes make a local part, without being changed by them. */
const QUOTABLE = /^[^\s"\\()<>,:;@[\]]+$/;
// deno-lint-ignore no-control-regex -- control characters are meant
const CONTROL = /[\x00-\x1f\x7f-\x9f]/;

/** Parses what follows `MAIL FROM:` or `RCPT TO:`. Never throws. */
export function parseLenientPath(text: string, mending: PathMending): LenientPath {
  const strict = parsePath(text);
  if (isComplete(strict, mending)) return { path: strict, quirks: [] };
  const found = find(text);
  return (found && mend(found, mending)) ?? { path: strict, quirks: [] };
}

function isComplete(path: Path, { sender }: PathMending): boolean {
  return path.kind === "null" || path.kind === "mailbox" && (path.qualified || !sender);
}

/** Finds the one thing that can be the address; `null` when that is not clear. */
function find(text: string): Found | null {
  const trimmed = text.replace(/^[ \t]+/, "");
  if (CONTROL.test(trimmed)) return null;
  const quirks: Quirk[] = trimmed === text ? [] : ["blank-before-address"];
  const bracket = trimmed.indexOf("<");
  if (bracket > 0 && NAME.test(trimmed.slice(0, bracket).trimEnd())) {
    const named = unwrap(trimmed.slice(bracket), [...quirks, "name-before-address"]);
    return named?.inside === "" ? null : named;
  }
  if (bracket === 0) return unwrap(trimmed, quirks);
  const [inside] = BARE.exec(trimmed) ?? [];
  // `MAIL FROM: SIZE=10` has no address at all.
  if (inside === undefined || inside.includes("=") && !inside.includes("@")) return null;
  return { inside, rest: trimmed.slice(inside.length), quirks: [...quirks, "no-brackets"] };
}

function unwrap(text: string, quirks: readonly Quirk[]): Found | null {
  const [whole, inside] = BRACKETED.exec(text) ?? [];
  if (whole === undefined || inside === undefined) return null;
  return { inside, rest: text.slice(whole.length), quirks };
}

/** Mends the address itself, where it has to be; `null` when that does not help. */
function mend({ inside: found, rest, quirks }: Found, mending: PathMending): LenientPath | null {
  const inside = found.replace(/^ +| +$/g, "");
  const stray: Quirk[] = inside === found ? [] : ["stray-blanks"];
  const asItIs = parsePath(`<${inside}>${rest}`);
  if (isComplete(asItIs, mending)) return { path: asItIs, quirks: [...quirks, ...stray] };
  const at = inside.lastIndexOf("@");
  const local = at < 0 ? inside : inside.slice(0, at);
  const domain = at < 0 ? mending.hostname : inside.slice(at + 1).replace(/\.$/, "");
  const quoted = /^\.|\.\.|\.$/.test(local) && QUOTABLE.test(local);
  const odd = quoted || at >= 0 && inside.endsWith(".");
  const path = parsePath(`<${quoted ? `"${local}"` : local}@${domain}>${rest}`);
  if (path.kind !== "mailbox") return null;
  const more: Quirk[] = [
    ...stray,
    ...at < 0 ? ["unqualified-address" as const] : [],
    ...odd ? ["odd-dots" as const] : [],
  ];
  return { path, quirks: [...quirks, ...more] };
}
