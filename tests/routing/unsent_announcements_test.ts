/** Holds polling to announcements that nobody gets: they keep no mail back. @module */

import assert from "node:assert/strict";
import { ended, PolledGocd, SOMEBODY } from "../support/polled_gocd.ts";
import { until } from "../support/wait.ts";

const RUN = { pipeline: "p", pipelineCounter: "11", stage: "s", stageCounter: "1" };

for (const sent of [true, false]) {
  const whom = sent ? "somebody" : "nobody";
  Deno.test(`GocdContext announces no run of which another manager told ${whom}`, async () => {
    await using gocd = new PolledGocd([ended("10/1", "Passed")]);
    await gocd.polled();
    await gocd.turns(ended("11/1", "Failed"));
    await gocd.mail("p/11/s/1", "is broken", { announced: true });
    gocd.sent(RUN, sent);
    await gocd.graceOver();
    assert.deepEqual(gocd.announced, []);
    const { alreadyAlerted } = await gocd.mail("p/11/s/1", "is broken");
    assert.equal(alreadyAlerted, sent ? true : undefined);
  });
}

Deno.test("GocdContext lets a mail pass whose announcement went to nobody", async () => {
  let announced = 0;
  await using gocd: PolledGocd = new PolledGocd([ended("10/1", "Passed")], {
    announce: () => {
      announced++;
      gocd.sent(RUN, false);
      return Promise.resolve(true);
    },
  });
  await gocd.polled();
  await gocd.turns(ended("11/1", "Failed"));
  await gocd.graceOver();
  await gocd.graceOver();
  assert.equal(announced, 1, "not again");
  for (const verb of ["failed", "is broken"]) {
    const { event, alreadyAlerted } = await gocd.mail("p/11/s/1", verb);
    assert.deepEqual([event, alreadyAlerted], ["BREAKS", undefined]);
  }
  gocd.sent(RUN);
  assert.equal((await gocd.mail("p/11/s/1", "failed")).alreadyAlerted, true, "decided later");
});

Deno.test("GocdContext saves who got an announcement without waiting for its turn", async () => {
  await using gocd = new PolledGocd([ended("10/1", "Passed")], { saveMs: 86_400_000 });
  await gocd.polled();
  await until(() => gocd.saves === 1, { what: "the first look" });
  await gocd.mail("p/10/s/1", "passed");
  await gocd.polled();
  assert.equal(gocd.saves, 1, "what can wait waits");
  gocd.sent(RUN);
  await until(() => gocd.saved?.includes(SOMEBODY) ?? false, { what: "what is known" });
});
