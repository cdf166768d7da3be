/** Holds polling to what goes on while one poller takes over from another. @module */

import assert from "node:assert/strict";
import { ended, PolledGocd, SOMEBODY } from "../support/polled_gocd.ts";

const AT = Date.parse("2026-11-22T12:00:00Z");
const RUN = { pipeline: "p", pipelineCounter: "11", stage: "s", stageCounter: "1" };

/** What the one before has saved, which waited for the mail of a run that broke. */
async function memoryOfOneThatWaits(): Promise<string | null> {
  await using gocd = new PolledGocd([ended("10/1", "Passed")], { began: AT });
  await gocd.polled();
  await gocd.turns(ended("11/1", "Failed"));
  await gocd.context.endPolling();
  return gocd.saved;
}

const heardBefore = [
  { name: "nothing of which a mail comes before it has read", word: "failed", announced: [] },
  { name: "what such a mail denies", word: "passed", announced: ["p/11/s/1 BREAKS"] },
] as const;

for (const { name, word, announced } of heardBefore) {
  Deno.test(`GocdContext announces after a start ${name}`, async () => {
    const memory = await memoryOfOneThatWaits();
    const { promise, resolve } = Promise.withResolvers<string | null>();
    const began = { began: AT, load: () => promise };
    await using gocd = new PolledGocd([ended("11/1", "Failed")], began);
    await gocd.mail("p/11/s/1", word, { waitMs: 0 });
    resolve(memory);
    await gocd.polled();
    await gocd.graceOver();
    assert.deepEqual(gocd.announced, announced);
    assert.equal((await gocd.mail("p/12/s/1", "passed")).event, "FIXED");
  });
}

Deno.test("GocdContext waits at its end for the announcement that is being made", async () => {
  const asked = Promise.withResolvers<void>();
  const answer = Promise.withResolvers<boolean>();
  await using gocd: PolledGocd = new PolledGocd([ended("10/1", "Passed")], {
    announce: () => {
      asked.resolve();
      return answer.promise;
    },
  });
  await gocd.polled();
  await gocd.turns(ended("11/1", "Failed"));
  gocd.graceEnds();
  await asked.promise;
  const closed = gocd.context.endPolling();
  gocd.sent(RUN);
  answer.resolve(true);
  await closed;
  const { pending, announced, alerted } = JSON.parse(gocd.saved ?? "{}");
  assert.deepEqual(pending, []);
  assert.deepEqual(announced, [["p/11/s/1", "BREAKS"]]);
  assert.deepEqual(alerted, [["p/11/s/1", [SOMEBODY]]]);
});
