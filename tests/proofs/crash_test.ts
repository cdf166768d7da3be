/**
 * Nothing acknowledged is lost when the program is killed at any moment: the bounded version;
 * `deno task crash` runs the long one.
 *
 * @module
 */

import { checkCrashes } from "../support/crash_verdict.ts";
import { runCrashes } from "../support/crash_run.ts";

for (const ack of ["queued", "relayed"] as const) {
  Deno.test(`kill -9 at random moments loses no acknowledged mail, ack: ${ack}`, async () => {
    checkCrashes(await runCrashes({ ack, forMs: 20_000, kills: 10, acknowledged: 1_000 }));
  });
}
