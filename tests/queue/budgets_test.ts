import assert from "node:assert/strict";
import { type Budget, Budgets } from "../../lib/queue/budgets.ts";
import { until } from "../support/wait.ts";

/** Why a budget is spent; `undefined` when it is not. */
async function reason({ spent }: Budget): Promise<string | undefined> {
  return (await Promise.race([spent, undefined]))?.message;
}

Deno.test("Budgets end each in its time", async () => {
  const budgets = new Budgets(() => 30);
  const first = budgets.start();
  const answered = budgets.start();
  answered.stop();
  const { code, message } = await first.spent;
  assert.equal(code, "timeout");
  assert.match(message, /no answer from the destination within 0\.03 s/);
  const late = budgets.start();
  assert.deepEqual([await reason(answered), await reason(late)], [undefined, undefined]);
  assert.equal((await late.spent).message, message);
});

Deno.test("Budgets do not end one that began later with one that began before", async () => {
  const budgets = new Budgets(() => 2_000);
  const began = performance.now();
  const first = budgets.start();
  await until(() => performance.now() > began + 1_000, { what: "half of the first budget" });
  const halfway = performance.now();
  const second = budgets.start();
  await first.spent;
  const ended = await reason(second) !== undefined;
  // Where all stands still for a second, both are over by now.
  assert.ok(!ended || performance.now() >= halfway + 2_000, "ended before its time");
  second.stop();
});

Deno.test("Budgets.end() ends all at once, also those to come", async () => {
  const budgets = new Budgets(() => 60_000);
  const running = budgets.start();
  budgets.end();
  const next = budgets.start();
  for (const budget of [running, next]) assert.match(await reason(budget) ?? "", /shuts down/);
  // The sanitizer holds us to leaving no timer behind.
  running.stop();
  next.stop();
});
