/** Which runs of stages without a mail are told of. @module */

import assert from "node:assert/strict";
import { announcedEvents } from "../../lib/routing/announcer.ts";
import { ANY, ruleOf } from "../support/gocd_managers.ts";
import { DISCARD, ruleOf as conditionOf } from "../support/worded_routing.ts";

Deno.test("announcedEvents() are the alerts, and what the rules name", () => {
  const filter = ruleOf(["discard"], ANY, { events: ["PASSES", "BACKUP_FAILED", "BREAKS"] });
  const condition = conditionOf('event in ["CANCELLED", "FIXED"]', [DISCARD]);
  const named = (...rules: Parameters<typeof announcedEvents>[0]) =>
    [...announcedEvents(rules)].sort();
  assert.deepEqual(named(), ["BREAKS", "FAILS", "FIXED"]);
  assert.deepEqual(named(ruleOf(["discard"], ANY)), ["BREAKS", "FAILS", "FIXED"]);
  assert.deepEqual(named(filter), ["BREAKS", "FAILS", "FIXED", "PASSES"]);
  assert.deepEqual(named(condition), ["BREAKS", "CANCELLED", "FAILS", "FIXED"]);
});
