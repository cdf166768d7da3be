/**
 * What the keys of a configuration mean together, where each alone is right. Works on the tree,
 * so that it finds its problems whether or not the schema finds others.
 *
 * @module
 */

import { inLookups } from "./contradictions_lookups.ts";
import { inPacks } from "./contradictions_packs.ts";
import { inManagers } from "./contradictions_routing.ts";
import { inSmtp } from "./contradictions_smtp.ts";
import { inTests } from "./contradictions_tests.ts";
import type { Problem } from "./problems.ts";
import { VALUE } from "./reading.ts";
import { exclusive } from "./_tree.ts";
import type { Vocabulary } from "./vocabulary.ts";
import { type WaitKey, waitOf, WAITS } from "./waits.ts";
import { isMapping, type YamlMapping, type YamlValue } from "./yaml.ts";

/** Finds what contradicts itself, in any tree. */
export function findContradictions(tree: YamlValue, vocabulary: Vocabulary): readonly Problem[] {
  if (!isMapping(tree)) return [];
  return [
    ...inSmtp(tree),
    ...exclusive(tree, [["slack-token-file", "slack-token"]], []),
    ...isMapping(tree.queue) ? inQueue(tree.queue) : [],
    ...isMapping(tree.lookups) ? inLookups(tree.lookups) : [],
    ...inPacks(tree.packs),
    ...inManagers(tree.managers, vocabulary),
    ...inTests(tree, vocabulary),
  ];
}

/** Whether one wait of the queue ends where another begins. */
function inQueue(queue: YamlMapping): readonly Problem[] {
  const [first, most] = [waitOf(queue, "first-retry"), waitOf(queue, "max-retry")];
  const [notice, end] = [waitOf(queue, "delay-notice"), waitOf(queue, "give-up-after")];
  const has = (key: WaitKey) => Object.hasOwn(queue, key);
  const known = (key: WaitKey) =>
    has(key) ? key : `${key}, which is ${WAITS[key].usual} unless it is given`;
  const found: Problem[] = [];
  if (first !== null && most !== null && first > most) {
    const [key, text] = has("first-retry")
      ? ["first-retry", `more than ${known("max-retry")}`]
      : ["max-retry", `less than ${known("first-retry")}`];
    found.push({ path: ["queue", key], text: `${VALUE}: ${text}` });
  }
  // The usual notice comes too late for a short queue, and nobody asked for it.
  if (has("delay-notice") && notice !== null && end !== null && notice >= end) {
    found.push({
      path: ["queue", "delay-notice"],
      text: `${VALUE}: expected less than ${known("give-up-after")}; 0s for no notice`,
    });
  }
  return found;
}
