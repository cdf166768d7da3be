/**
 * The wall clock jumps (NTP, no battery) while mail is queued: nothing is given up, nothing is
 * forgotten, and mail goes on coming and going.
 *
 * @module
 */

import assert from "node:assert/strict";
import { startCountingSink } from "../support/counting_sink.ts";
import { passThrough } from "../support/configuration.ts";
import { fakeWallClock } from "../support/fake_wall_clock.ts";
import { LoadSender } from "../support/load_sender.ts";
import { startProgram } from "../support/program.ts";
import { until } from "../support/wait.ts";

/** Longer than any time in the configuration, and than the time that mail is kept. */
const jumps = ["+400d", "-400d"] as const;
const MAILS = 20;

for (const jump of jumps) {
  Deno.test(`a wall clock that jumps by ${jump} neither flushes nor freezes the queue`, async () => {
    await using clock = await fakeWallClock();
    await using sink = await startCountingSink({ course: { temporary: 1 } });
    await using program = await startProgram(
      passThrough(sink.port, "ack: queued\nqueue: {first-retry: 300ms, max-retry: 500ms}"),
      { env: clock.env },
    );
    using sender = new LoadSender(program.port);
    const send = async (id: string) => {
      const answer = await sender.send({ id });
      assert.match(answer.kind === "answered" ? answer.reply : answer.kind, /^250 /);
    };
    const attempts = async () => (await sink.counts()).attempts;
    for (let number = 0; number < MAILS; number++) await send(`before-${number}`);
    await until(async () => await attempts() > MAILS, { what: "second attempts" });
    await clock.jump(jump);
    const then = await attempts();
    // Not frozen: every mail is tried again, more than once.
    const again = async () => await attempts() > then + 2 * MAILS;
    await until(again, { what: "attempts after the jump", withinMs: 120_000 });
    assert.match(program.log(), clock.shows());
    await send("after");
    await sink.behave({});
    const all = async () => (await sink.counts()).mails === MAILS + 1;
    await until(all, { what: "every mail at the mail server", withinMs: 120_000 });
    assert.equal(await program.stop(), 0);
    // Not flushed: nobody was told of a failure or a delay, and nothing came twice.
    const { copies, notices } = await sink.report();
    assert.deepEqual(notices, []);
    assert.deepEqual(Object.values(copies).filter((all) => all.length !== 1), []);
  });
}
