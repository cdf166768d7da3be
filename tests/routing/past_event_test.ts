/** Holds lib/routing/past_event.ts to what the journal says of a mail, whoever wrote it. @module */

import assert from "node:assert/strict";
import type { Alerted } from "../../lib/routing/alerted.ts";
import { judgedThen } from "../../lib/routing/past_event.ts";

const RUN = { pipeline: "p", pipelineCounter: "11", stage: "s", stageCounter: "1" };
const READING = { fields: RUN, event: "FAILS" };

/** What a manager did, as plain data. */
function steps(manager: string, more: object = {}): object {
  const fields = { ...RUN, event: "BREAKS" };
  const empty = { claims: [], notes: [], lookups: [], rules: [] };
  return { manager, fields, ...empty, decision: "matched", reason: "", ...more };
}

const ALREADY = { decision: "already-alerted" };

const rows: readonly {
  readonly name: string;
  readonly trace: object;
  readonly alerted: Alerted | undefined;
}[] = [
  { name: "nobody, where nobody was", trace: steps("own"), alerted: undefined },
  {
    name: "those who were",
    trace: steps("own", { alerted: ["ada@X.test", 3] }),
    alerted: new Set(["ada@x.test"]),
  },
  {
    name: "those who were, also if nobody was left",
    trace: steps("own", { ...ALREADY, alerted: ["ada@x.test"] }),
    alerted: new Set(["ada@x.test"]),
  },
  { name: "everybody, where nobody was named", trace: steps("own", ALREADY), alerted: "everybody" },
  {
    name: "nobody, where only another manager did",
    trace: steps("other", { ...ALREADY, further: [steps("own")] }),
    alerted: undefined,
  },
  {
    name: "whom it did itself, after another one",
    trace: steps("other", { further: [steps("own", { alerted: ["bo@x.test"] })] }),
    alerted: new Set(["bo@x.test"]),
  },
  {
    name: "whom the first one did, where it has another name now",
    trace: steps("first", { alerted: ["ada@x.test"], further: [steps("second")] }),
    alerted: new Set(["ada@x.test"]),
  },
];

for (const { name, trace, alerted } of rows) {
  Deno.test(`judgedThen() leaves out ${name}`, () => {
    const judged = judgedThen(READING, trace, "own");
    assert.deepEqual([judged?.event, judged?.alerted], ["BREAKS", alerted]);
  });
}

Deno.test("judgedThen() says nothing of another run", () => {
  const reading = { fields: { ...RUN, stageCounter: "2" }, event: "FAILS" };
  assert.equal(judgedThen(reading, steps("own"), "own"), null);
});
