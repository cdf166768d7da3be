/** Holds lib/routing/packs/words.ts to what plain subjects mean. @module */

import assert from "node:assert/strict";
import { judge } from "../../../lib/routing/packs/words.ts";

const subjects: readonly (readonly [string, string, string])[] = [
  ["Backup failed", "error", "problem"],
  ["Backup FAILED on nas1", "error", "problem"],
  ["Backup succeeded", "info", "ok"],
  ["Backup completed with errors", "error", "problem"],
  ["Backup completed, 0 errors", "info", "ok"],
  ["Check done without any problems", "info", "ok"],
  ["Backup unsuccessful", "error", "problem"],
  ["Backup not yet completed", "error", "problem"],
  ["Backup incomplete", "error", "problem"],
  ["Volume could not be restored", "error", "problem"],
  ["Recovery failed", "error", "problem"],
  ["RECOVERY: nas1 was down", "info", "ok"],
  ["[RESOLVED] disk failure", "info", "ok"],
  ["Disk failure resolved", "info", "ok"],
  ["nas1 is up again", "info", "ok"],
  ["CRITICAL - disk full", "critical", "problem"],
  ["Warning: disk almost full", "warning", "problem"],
  ["Error budget warning", "error", "problem"],
  ["Failover drill on Friday", "info", "info"],
  ["Downtown office: weekly report", "info", "info"],
  ["Token refreshed", "info", "info"],
  ["Informational", "info", "info"],
  ["", "info", "info"],
];

for (const [subject, severity, state] of subjects) {
  Deno.test(`judge() finds ${severity}/${state} in "${subject}"`, () => {
    const judged = judge(subject);
    assert.deepEqual([judged.severity, judged.state], [severity, state]);
  });
}

Deno.test("judge() leaves the same of a subject whatever the state", () => {
  const bare = (subject: string) => judge(subject).rest.replace(/\s+/g, " ").trim();
  const [first, ...others] = ["Backup failed", "Backup succeeded", "Backup: OK", "Backup aborted"]
    .map((subject) => bare(subject).replace(":", "").trim());
  for (const other of others) assert.equal(other, first);
});
