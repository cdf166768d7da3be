import assert from "node:assert/strict";
import { Turnstile } from "../../../lib/smtp/auth/turnstile.ts";

/** Work that ends when told to. */
function work(name: string, began: string[]) {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  return {
    run: () => {
      began.push(name);
      return promise;
    },
    end: () => resolve(name),
    fail: () => reject(new Error(name)),
  };
}

Deno.test("Turnstile.pass() lets some in, some wait in order, and turns away the rest", async () => {
  const turnstile = new Turnstile({ inside: 2, waiting: 2 });
  const began: string[] = [];
  const [a, b, c, d, e] = ["a", "b", "c", "d", "e"].map((name) => work(name, began));
  assert.ok(a && b && c && d && e);
  const passes = [a, b, c, d].map(({ run }) => turnstile.pass(run));
  assert.deepEqual(began, ["a", "b"]);
  assert.equal(await turnstile.pass(e.run), null);
  b.end();
  assert.equal(await passes[1], "b");
  assert.deepEqual(began, ["a", "b", "c"]);
  const late = turnstile.pass(e.run);
  assert.deepEqual(began, ["a", "b", "c"]);
  for (const { end } of [a, c, d, e]) end();
  assert.deepEqual(await Promise.all([...passes, late]), ["a", "b", "c", "d", "e"]);
  assert.deepEqual(began, ["a", "b", "c", "d", "e"]);
});

Deno.test("Turnstile.pass() lets the next one in when work fails", async () => {
  const turnstile = new Turnstile({ inside: 1, waiting: 1 });
  const began: string[] = [];
  const [a, b] = [work("a", began), work("b", began)];
  const passes = [turnstile.pass(a.run), turnstile.pass(b.run)];
  a.fail();
  await assert.rejects(passes[0] ?? Promise.resolve(), /^Error: a$/);
  b.end();
  assert.equal(await passes[1], "b");
  assert.equal(await turnstile.pass(() => Promise.resolve("c")), "c");
});
