import assert from "node:assert/strict";
import { Budgets } from "../../lib/queue/budgets.ts";
import { until } from "../support/wait.ts";

Deno.test("Budgets end each in its time, on one timer", async () => {
  const budgets = new Budgets(30);
  const first = budgets.start();
  const answered = budgets.start();
  answered.stop();
  await first.spent;
  const late = budgets.start();
  assert.deepEqual([first, answered, late].map(({ signal }) => signal.aborted), [
    true,
    false,
    false,
  ]);
  assert.match(String(first.signal.reason), /no answer from the destination within 0\.03 s/);
  await late.spent;
  assert.equal(late.signal.aborted, true);
});

Deno.test("Budgets do not end one that began later with one that began before", async () => {
  const budgets = new Budgets(2_000);
  const began = performance.now();
  const first = budgets.start();
  await until(() => performance.now() > began + 1_000, { what: "half of the first budget" });
  const second = budgets.start();
  await first.spent;
  assert.equal(second.signal.aborted, false);
  second.stop();
});

Deno.test("Budgets.end() ends all at once, also those to come", () => {
  const budgets = new Budgets(60_000);
  const running = budgets.start();
  budgets.end();
  const next = budgets.start();
  assert.deepEqual([running.signal.aborted, next.signal.aborted], [true, true]);
  assert.match(String(next.signal.reason), /shuts down/);
  // The sanitizer holds us to leaving no timer behind.
  running.stop();
  next.stop();
});
