/**
 * `deno task crash`: the long crash test, 100 kills and 10,000 acknowledged mails in each of the
 * two modes at least. `--kills N` and `--mails N` say otherwise.
 *
 * @module
 */

import { parseArgs } from "node:util";
import { runCrashes } from "../support/crash_run.ts";
import { checkCrashes } from "../support/crash_verdict.ts";
import { tell } from "../support/figures.ts";

const { values } = parseArgs({
  args: Deno.args,
  options: {
    kills: { type: "string", default: "100" },
    mails: { type: "string", default: "10000" },
  },
});
for (const ack of ["queued", "relayed"] as const) {
  tell(`ack: ${ack}`);
  const plan = { ack, forMs: 0, kills: Number(values.kills), acknowledged: Number(values.mails) };
  checkCrashes(await runCrashes(plan));
}
