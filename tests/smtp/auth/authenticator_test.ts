import assert from "node:assert/strict";
import { RelayError } from "../../../lib/errors.ts";
import { createAuthenticator, type Verdict } from "../../../lib/smtp/auth/authenticator.ts";
import { FakeClock } from "../../support/fake_clock.ts";

/** Of "U*U". */
const BCRYPT = "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW";
const PEER = "192.0.2.1";
const MINUTE = 60_000;

function stage(users: Readonly<Record<string, string>> = { nas: "secret", ups: BCRYPT }) {
  const clock = new FakeClock();
  const authenticator = createAuthenticator({ users: new Map(Object.entries(users)), clock });
  const verify = (user: string, password: string, peer = PEER) =>
    authenticator.verify({ user, password }, peer);
  return { clock, authenticator, verify };
}

function count(verdicts: readonly Verdict[], verdict: Verdict): number {
  return verdicts.filter((one) => one === verdict).length;
}

Deno.test("verify() accepts passwords, in clear and hashed, and refuses others", async () => {
  const { verify } = stage();
  assert.equal(await verify("nas", "secret"), "accepted");
  assert.equal(await verify("ups", "U*U"), "accepted");
  assert.equal(await verify("ups", "U*U"), "accepted");
  assert.equal(await verify("nas", "U*U"), "refused");
  assert.equal(await verify("ups", "secret"), "refused");
  assert.equal(await verify("nobody", "secret"), "refused");
});

Deno.test("verify() pauses at the fifth failure, also for who is right then", async () => {
  const { authenticator, verify, clock } = stage({ nas: "secret" });
  for (const user of ["nas", "nobody", "nas", "root"]) {
    assert.equal(await verify(user, "wrong"), "refused");
    assert.equal(await verify("nas", "secret"), "accepted");
  }
  assert.equal(authenticator.paused(PEER), false);
  assert.equal(await verify("nas", "wrong"), "paused");
  assert.equal(authenticator.paused(PEER), true);
  assert.equal(await verify("nas", "secret"), "paused");
  assert.equal(await verify("nas", "secret", "192.0.2.2"), "accepted");
  clock.advance(10 * MINUTE - 1);
  assert.equal(await verify("nas", "secret"), "paused");
  clock.advance(1);
  assert.equal(await verify("nas", "secret"), "accepted");
});

Deno.test("verify() tells a peer of no more than four guesses, however many come at once", async () => {
  const { verify, clock } = stage();
  const guesses = Array.from({ length: 60 }, (_, guess) => verify("ups", `guess ${guess}`));
  // The right one is among them, but too late to be told apart.
  guesses.push(verify("ups", "U*U"));
  const verdicts = await Promise.all(guesses);
  assert.deepEqual([count(verdicts, "refused"), count(verdicts, "paused")], [4, 57]);
  // Each computation has a time limit. At the fifth failure four more are under way.
  assert.ok(clock.timersMade <= 9, String(clock.timersMade));
  const before = clock.timersMade;
  assert.equal(await verify("ups", "another guess"), "paused");
  assert.equal(clock.timersMade, before);
});

Deno.test("verify() lets devices with one account log in all at once", async () => {
  const { verify } = stage();
  const logins = Array.from(
    { length: 500 },
    (_, device) => verify("ups", "U*U", `10.0.0.${device}`),
  );
  assert.equal(count(await Promise.all(logins), "accepted"), 500);
});

Deno.test("verify() says `paused` to whom it cannot look at, and blames nobody for that", async () => {
  const { authenticator, verify } = stage();
  const peers = Array.from({ length: 300 }, (_, peer) => `10.0.${peer >> 8}.${peer & 255}`);
  const verdicts = await Promise.all(peers.map((peer, at) => verify("ups", `wrong ${at}`, peer)));
  assert.deepEqual([count(verdicts, "refused"), count(verdicts, "paused")], [204, 96]);
  assert.ok(peers.every((peer) => !authenticator.paused(peer)));
});

Deno.test("createAuthenticator() refuses hashes that cannot be used", () => {
  assert.throws(
    () => stage({ nas: "$scrypt$ln=30,r=8,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c" }),
    (error) => error instanceof RelayError && error.code === "config-invalid",
  );
});
