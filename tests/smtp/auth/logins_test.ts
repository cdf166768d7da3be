import assert from "node:assert/strict";
import type { Credentials } from "../../../lib/smtp/auth/authenticator.ts";
import { Logins } from "../../../lib/smtp/auth/logins.ts";
import { FakeClock } from "../../support/fake_clock.ts";

const MINUTE = 60_000;
const wanted = () => false;

/** Logins that take time; "right" is the only password. */
function stage() {
  const clock = new FakeClock();
  const asked: string[] = [];
  const gates: (() => void)[] = [];
  let open = true;
  const match = async ({ user, password }: Credentials) => {
    asked.push(`${user}/${password}`);
    if (!open) await new Promise<void>((resolve) => gates.push(resolve));
    if (password === "broken") throw new Error("no memory");
    return password === "right";
  };
  const logins = new Logins(match, clock);
  return {
    clock,
    asked,
    check: (user: string, password: string, unwanted = wanted) =>
      logins.check({ user, password }, unwanted),
    hold: () => open = false,
    /** Ends everything under way, and lets what comes pass. */
    release: () => {
      open = true;
      for (const gate of gates.splice(0)) gate();
    },
  };
}

Deno.test("Logins.check() remembers who was right for ten minutes", async () => {
  const { check, asked, clock } = stage();
  assert.equal(await check("nas", "right"), true);
  clock.advance(10 * MINUTE - 1);
  assert.equal(await check("nas", "right"), true);
  assert.equal(asked.length, 1);
  clock.advance(1);
  assert.equal(await check("nas", "right"), true);
  assert.equal(asked.length, 2);
});

Deno.test("Logins.check() remembers nobody who was wrong", async () => {
  const { check, asked } = stage();
  assert.equal(await check("nas", "wrong"), false);
  assert.equal(await check("nas", "wrong"), false);
  assert.equal(asked.length, 2);
});

Deno.test("Logins.check() remembers user and password, not one of them", async () => {
  const { check, asked } = stage();
  await check("nas", "right");
  assert.equal(await check("nas", "wrong"), false);
  assert.equal(await check("printer", "right"), true);
  assert.equal(await check("na", "sright"), false);
  assert.deepEqual(asked, ["nas/right", "nas/wrong", "printer/right", "na/sright"]);
});

Deno.test("Logins.check() remembers 1,000; the oldest goes first", async () => {
  const { check, asked } = stage();
  for (let user = 0; user <= 1_000; user++) await check(String(user), "right");
  await check("1", "right");
  assert.equal(asked.length, 1_001);
  await check("0", "right");
  assert.equal(asked.length, 1_002);
});

Deno.test("Logins.check() checks the same credentials once when they come together", async () => {
  const { check, asked, hold, release } = stage();
  hold();
  const answers = [check("nas", "right"), check("nas", "right"), check("nas", "wrong")];
  release();
  assert.deepEqual(await Promise.all(answers), [true, true, false]);
  assert.deepEqual(asked, ["nas/right", "nas/wrong"]);
});

Deno.test("Logins.check() checks four at once, lets 200 wait, and turns away the rest", async () => {
  const { check, asked, hold, release } = stage();
  hold();
  const answers = Array.from({ length: 204 }, (_, user) => check(String(user), "right"));
  assert.equal(asked.length, 4);
  assert.equal(await check("late", "right"), null);
  release();
  assert.deepEqual(new Set(await Promise.all(answers)), new Set([true]));
  assert.equal(asked.length, 204);
  assert.equal(await check("late", "right"), true);
});

Deno.test("Logins.check() asks when its turn comes whether anybody wants to know", async () => {
  const { check, asked, hold, release } = stage();
  hold();
  let unwanted = false;
  const inside = Array.from({ length: 4 }, (_, user) => check(String(user), "right"));
  const waiting = check("nas", "right", () => unwanted);
  unwanted = true;
  release();
  assert.equal(await waiting, null);
  await Promise.all(inside);
  assert.equal(asked.length, 4);
  assert.equal(await check("nas", "right"), true);
});

Deno.test("Logins.check() forgets about what failed: the next one is tried again", async () => {
  const { check, asked } = stage();
  await assert.rejects(check("nas", "broken"), /no memory/);
  await assert.rejects(check("nas", "broken"), /no memory/);
  assert.equal(asked.length, 2);
});
