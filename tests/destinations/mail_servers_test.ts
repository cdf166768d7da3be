import assert from "node:assert/strict";
import { A, only, reasonOf } from "../support/smarthost_pair.ts";
import { faulty, type Smarthosts, startSmarthosts } from "../support/smarthosts.ts";
import { until } from "../support/wait.ts";

/** Delivers while time goes on, so that nothing that hangs can hold it up. */
async function deliverInTime(it: Smarthosts): Promise<string> {
  let over = false;
  const delivering = it.deliver([A]).finally(() => over = true);
  await until(() => (it.clock.advance(1_000), over), { what: "the attempt" });
  return reasonOf(only(await delivering));
}

Deno.test("smarthost.deliver() passes over a server that failed, and goes back to it", async () => {
  const fault = faulty("CONNECT", "421 4.3.2 Full");
  await using it = startSmarthosts([fault, {}]);
  for (let mail = 0; mail < 3; mail++) await it.deliver([A]);
  assert.equal(it.servers[0]?.connections, 1);
  it.clock.advance(10_000);
  await it.deliver([A]);
  assert.equal(it.servers[0]?.connections, 2);
  fault.active = false;
  it.clock.advance(19_000);
  await it.deliver([A]);
  assert.deepEqual(it.taken(), [0, 5]);
  it.clock.advance(1_000);
  for (let mail = 0; mail < 3; mail++) await it.deliver([A]);
  assert.deepEqual(it.taken(), [3, 5]);
  assert.deepEqual(it.lines.slice(1), [`INFO smarthost mail server back server=${it.peers[0]}`]);
});

for (const moment of ["CONNECT", "EHLO"] as const) {
  Deno.test(`smarthost.deliver() waits 5 s for a server that is silent at ${moment}, not longer`, async () => {
    await using it = startSmarthosts([faulty(moment, "SILENT"), {}]);
    const delivering = it.deliver([A]);
    await until(() => it.clock.pending > 1, { what: "the connection" });
    if (moment === "EHLO") await until(() => it.servers[0]?.commands.length, { what: "EHLO" });
    it.clock.advance(4_999);
    assert.deepEqual(it.taken(), [0, 0]);
    it.clock.advance(1);
    assert.equal(reasonOf(only(await delivering)), `${it.peers[1]}: 250 2.0.0 Taken`);
    assert.match(it.lines[0] ?? "", /reason="not ready for mail within 5000 ms"$/);
  });
}

Deno.test("smarthost.deliver() does not let mails queue up before a server that hangs", async () => {
  await using it = startSmarthosts([faulty("CONNECT", "SILENT"), {}], { maxConnections: 2 });
  let over = 0;
  const mails = Array.from({ length: 10 }, () => it.deliver([A]).finally(() => over++));
  await until(() => it.clock.pending >= 12, { what: "two connections" });
  it.clock.advance(5_000);
  await Promise.all(mails);
  assert.deepEqual(it.taken(), [0, 10]);
  assert.equal(it.servers[0]?.connections, 2);
  assert.equal(it.lines.length, 1);
});

Deno.test("smarthost.deliver() does not wait for connections that a server keeps busy with silence", async () => {
  await using it = startSmarthosts([faulty("MAIL", "SILENT"), {}], { maxConnections: 2 });
  const giveUp = new AbortController();
  const stuck = [1, 2].map(() => it.deliver([A], {}, giveUp.signal));
  const heard = () => it.servers[0]?.commands.filter((line) => line.startsWith("MAIL")).length;
  await until(() => heard() === 2, { what: "both connections to be in use" });
  const others = Array.from({ length: 8 }, () => it.deliver([A]));
  await until(() => it.clock.pending >= 12, { what: "the others to wait" });
  it.clock.advance(4_999);
  assert.deepEqual(it.taken(), [0, 0]);
  it.clock.advance(1);
  await Promise.all(others);
  assert.deepEqual(it.taken(), [0, 8]);
  assert.equal(it.lines.length, 1);
  assert.match(
    it.lines[0] ?? "",
    /mail server passed over .*reason="not ready for mail within 5000 ms"$/,
  );
  // The next mail does not even wait.
  await it.deliver([A]);
  assert.deepEqual(it.taken(), [0, 9]);
  giveUp.abort();
  for (const outcomes of await Promise.all(stuck)) assert.equal(only(outcomes).kind, "deferred");
});

Deno.test("smarthost.deliver() finds at once whichever server is back after all were away", async () => {
  const faults = [faulty("CONNECT", "DROP"), faulty("CONNECT", "DROP")];
  await using it = startSmarthosts(faults);
  for (let n = 0; n < 4; n++) {
    assert.equal(only(await it.deliver([A])).kind, "deferred");
    it.clock.advance(300_000);
  }
  await it.deliver([A]);
  for (const fault of [...faults].reverse()) {
    fault.active = false;
    assert.equal(only(await it.deliver([A])).kind, "delivered");
  }
  assert.deepEqual(it.taken(), [0, 2]);
});

Deno.test("smarthost.deliver() does not pass over the only server there is", async () => {
  const fault = faulty("CONNECT", "421 4.3.2 Try again in 30 minutes");
  await using it = startSmarthosts([fault]);
  const outcome = only(await it.deliver([A]));
  assert.equal(outcome.kind === "deferred" && outcome.retryAfterMs, 1_800_000);
  assert.equal(outcome.reply?.code, 421);
  fault.active = false;
  assert.equal(reasonOf(only(await it.deliver([A]))), "250 2.0.0 Taken");
  assert.deepEqual(it.lines, []);
});

Deno.test("smarthost.deliver() waits 5 s for a silent server, and as long as ever for the last one", async () => {
  await using it = startSmarthosts([faulty("CONNECT", "SILENT"), faulty("CONNECT", "SILENT")]);
  assert.match(await deliverInTime(it), /within 5000 ms; .*within 300000 ms;/);
});
