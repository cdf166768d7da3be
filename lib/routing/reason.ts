/**
 * The decision of one manager in one sentence. Pure.
 *
 * @module
 */

import type { Action, ManagerConfig } from "../config/types.ts";
import type { Prepared } from "./actions.ts";
import type { Choice } from "./choice.ts";
import type { RuleVerdict } from "./rules.ts";

/** Most rules that are named. */
const MAX_NAMES = 5;

/** Says what was decided, and why. */
export function reasonOf(
  { otherwise }: ManagerConfig,
  { verdicts, taken, fallBack }: Choice,
  prepared: readonly Prepared[],
): string {
  const held = verdicts.filter(({ verdict }) => verdict === "matched");
  const undecided = verdicts.filter(({ verdict }) => verdict === "undecided");
  const quiet = undecided.filter((verdict) => verdict.muted);
  const open = undecided.filter((verdict) => !verdict.muted);
  const muted = verdicts.filter(({ verdict }) => verdict === "muted");
  const sentences = [
    held.length > 0 ? `${nameRules(held)} held` : muted.length > 0 ? "" : "no rule held",
    muted.length > 0 ? `${nameRules(muted)} held, muted at this hour` : "",
    quiet.length > 0 ? `${nameRules(quiet)} could not be decided, muted at this hour` : "",
    open.length > 0 ? `${nameRules(open)} could not be decided` : "",
  ].filter((sentence) => sentence !== "");
  if (undecided.some((verdict) => taken.has(verdict))) {
    sentences.push("without otherwise, what could not be decided is sent");
  } else if (held.length + muted.length === 0 || undecided.length > 0) {
    sentences.push(describeOtherwise(otherwise));
    const isMuted = otherwise !== undefined && otherwise.length > fallBack.length;
    if (isMuted) sentences.push("muted at this hour");
  } else if (fallBack.length > 0) {
    sentences.push("there is no address to send it to", describeOtherwise(otherwise));
  }
  return [...new Set([...sentences, ...ending(prepared)])].join("; ");
}

function ending(prepared: readonly Prepared[]): readonly string[] {
  const kinds = new Set(prepared.map(({ kind }) => kind));
  if (kinds.has("mailto")) return kinds.has("discard") ? ["discard gives way to mailto"] : [];
  if (kinds.has("unfit")) return ["there is no address to send it to", "not sent"];
  return kinds.has("discard") ? ["discarded on purpose"] : ["not sent"];
}

function describeOtherwise(otherwise: readonly Action[] | undefined): string {
  if (otherwise === undefined) return "otherwise is not configured";
  if (otherwise.length === 0) return "otherwise is empty";
  return `otherwise: ${otherwise.map(({ text }) => text).join(", ")}`;
}

/** `"a", "b"`; of many rules the first five. */
function nameRules(verdicts: readonly RuleVerdict[]): string {
  const names = verdicts.slice(0, MAX_NAMES).map(({ rule }) => `"${rule}"`).join(", ");
  return verdicts.length > MAX_NAMES ? `${names} and ${verdicts.length - MAX_NAMES} more` : names;
}
