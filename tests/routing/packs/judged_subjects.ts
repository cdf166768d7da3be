/** Subjects one a line, by what judge() is to find in them. @module */

import assert from "node:assert/strict";
import { judge } from "../../../lib/routing/packs/words.ts";

/** A test for every subject that stands under `SEVERITY/STATE`. */
export function testSubjects(subjects: Readonly<Record<string, string>>): void {
  for (const [expected, lines] of Object.entries(subjects)) {
    for (const subject of lines.split("\n").map((line) => line.trim()).filter(Boolean)) {
      Deno.test(`judge() finds ${expected} in "${subject}"`, () => {
        const { severity, state } = judge(subject);
        assert.equal(`${severity}/${state}`, expected);
      });
    }
  }
}

/** Holds subjects on each line, which ` | ` stands between, to being about the same thing. */
export function testSameRest(lines: string): void {
  for (const line of lines.split("\n").map((line) => line.trim()).filter(Boolean)) {
    Deno.test(`judge() leaves the same of ${line}`, () => {
      const [first, ...others] = line.split(" | ").map(restOf);
      assert.ok(first !== "" && others.length > 0, line);
      for (const other of others) assert.equal(other, first);
    });
  }
}

/** As packs make a fingerprint of it. */
function restOf(subject: string): string {
  return judge(subject).rest.replace(/[\p{N}\p{P}\p{S}\s]+/gu, " ").trim().toLowerCase();
}
