import assert from "node:assert/strict";
import { startLog, stopLog } from "../../lib/log.ts";
import type { Outcome } from "../../lib/mail/outcome.ts";
import type { Target } from "../../lib/queue/attempts.ts";
import { MessageSpool } from "../../lib/store/spool.ts";
import { intake, later, never, ok, scripted, send } from "../support/scripted_intake.ts";
import { until } from "../support/wait.ts";

Deno.test("Intake answers 250 with the queue id when everyone accepted", async () => {
  const { target, ids } = scripted(() => ok);
  const reply = await send(intake(target), ["a@x", "b@x"]);
  assert.equal(reply, `250 2.0.0 Accepted as ${ids[0]}`);
});

Deno.test("Intake gives nobody a second copy when the notifier comes again", async () => {
  const { target, got, ids } = scripted((recipient, attempt) =>
    recipient === "b@x" && attempt === 1 ? later : ok
  );
  const to = intake(target);
  assert.match(await send(to, ["a@x", "b@x"]), /^451 4\.4\.1 \S+: busy$/);
  assert.match(await send(to, ["a@x", "b@x"]), /^250 2\.0\.0 /);
  assert.deepEqual(got, ["a@x", "b@x"]);
  assert.equal(ids[0], ids[1], "the mail keeps its queue id");
});

Deno.test("Intake delivers the same mail anew once it has been answered 250", async () => {
  const { target, got } = scripted(() => ok);
  const to = intake(target);
  await send(to, ["a@x"]);
  await send(to, ["a@x"]);
  assert.deepEqual(got, ["a@x", "a@x"]);
});

Deno.test("Intake remembers those who had a mail that others were refused", async () => {
  const { target, got } = scripted((recipient) => recipient === "b@x" ? never : ok);
  const to = intake(target);
  assert.equal(await send(to, ["a@x", "b@x"]), "550 5.1.1 No such user");
  assert.equal(await send(to, ["a@x", "b@x"]), "550 5.1.1 No such user");
  assert.deepEqual(got, ["a@x"]);
});

Deno.test("Intake answers 451 when the budget is spent, and remembers what came after", async () => {
  const gate = Promise.withResolvers<Outcome>();
  const { target, got } = scripted(() => gate.promise);
  const to = intake(target, { budgetMs: 20 });
  assert.match(await send(to, ["a@x"]), /^451 4\.4\.1 \S+: no answer from the destination within/);
  assert.match(await send(to, ["a@x"]), /^451 /, "the first attempt is still under way");
  gate.resolve(ok);
  assert.match(await send(to, ["a@x"]), /^250 /);
  assert.deepEqual(got, ["a@x"], "one copy");
});

Deno.test("Intake delivers a mail anew after it came again and was answered 250", async () => {
  const { target, got } = scripted((_recipient, attempt) => attempt === 1 ? later : ok);
  const to = intake(target);
  assert.match(await send(to, ["a@x"]), /^451 /);
  assert.match(await send(to, ["a@x"]), /^250 /);
  assert.match(await send(to, ["a@x"]), /^250 /);
  assert.deepEqual(got, ["a@x", "a@x"], "the third is a mail of its own");
});

Deno.test("Intake lets a notifier that came again too early wait for its first try", async () => {
  const gate = Promise.withResolvers<void>();
  const { target, got } = scripted(async (recipient, attempt) => {
    await gate.promise;
    return recipient === "b@x" && attempt === 1 ? later : ok;
  });
  const to = intake(target);
  const replies = [send(to, ["a@x", "b@x"]), send(to, ["a@x", "b@x"])];
  gate.resolve();
  const [first = "", second = ""] = await Promise.all(replies);
  assert.match(first, /^451 /);
  assert.match(second, /^250 /);
  assert.deepEqual(got, ["a@x", "b@x"], "one copy each");
});

Deno.test("Intake.giveUp() answers what is under way and what comes after at once", async () => {
  const gate = Promise.withResolvers<Outcome>();
  const { target } = scripted(() => gate.promise);
  const to = intake(target);
  const reply = send(to, ["a@x"]);
  to.giveUp();
  assert.match(await reply, /^451 4\.4\.1 \S+: no answer from the destination before this server/);
  assert.match(await send(to, ["b@x"]), /^451 /);
  gate.resolve(ok);
});

Deno.test("Intake tells the log of a delivery that comes after the answer", async () => {
  const lines: string[] = [];
  startLog("INFO", (line) => lines.push(line));
  try {
    const gate = Promise.withResolvers<Outcome>();
    const { target } = scripted(() => gate.promise);
    assert.match(await send(intake(target, { budgetMs: 10 }), ["a@x"]), /^451 /);
    gate.resolve(ok);
    await until(() => lines.length === 2, { what: "the second line" });
    assert.match(lines[0] ?? "", / INFO queue answered .*delivered=0\/1 reply="451 /);
    assert.match(lines[1] ?? "", / INFO queue delivered after the answer .*recipient=a@x/);
  } finally {
    stopLog();
  }
});

Deno.test("Intake tells the destination when the budget is spent", async () => {
  const aborted = Promise.withResolvers<void>();
  const target: Target = {
    deliver: (_mail, { recipients }, signal) =>
      new Promise((resolve) => {
        signal.addEventListener("abort", () => {
          aborted.resolve();
          resolve(new Map(recipients.map((recipient) => [recipient, later])));
        });
      }),
  };
  assert.match(await send(intake(target, { budgetMs: 20 }), ["a@x"]), /^451 /);
  await aborted.promise;
});

Deno.test("Intake survives a destination that throws, and one that is unknown", async () => {
  const throwing: Target = { deliver: () => Promise.reject(new Error("a bug")) };
  assert.match(
    await send(intake(throwing), ["a@x"]),
    /^451 4\.4\.1 \S+: smarthost gave no outcome$/,
  );
  assert.match(await send(intake(throwing, { targets: new Map() }), ["a@x"]), /^451 /);
});

Deno.test("Intake answers 451 when routing breaks", async () => {
  const { target } = scripted(() => ok);
  const route = () => Promise.reject(new Error("a bug"));
  assert.match(await send(intake(target, { route }), ["a@x"]), /^451 4\.3\.0 \S+: local error/);
});

Deno.test("Intake answers 250 for a mail that goes nowhere on purpose", async () => {
  const { target, got } = scripted(() => ok);
  assert.match(
    await send(
      intake(target, { route: () => Promise.resolve({ deliveries: [], why: { reason: "none" } }) }),
      ["a@x"],
    ),
    /^250 /,
  );
  assert.deepEqual(got, []);
});

Deno.test("Intake removes the message after the last attempt, not before", async () => {
  const gate = Promise.withResolvers<Outcome>();
  const removed = Promise.withResolvers<void>();
  let gone = false;
  const { target } = scripted(async () => {
    const outcome = await gate.promise;
    assert.equal(gone, false);
    return outcome;
  });
  const spool = new MessageSpool("/nowhere");
  const open = (name: string) => {
    const writer = spool.open(name);
    return {
      write: (octets: Uint8Array) => writer.write(octets),
      abort: () => writer.abort(),
      finish: async () => ({
        ...await writer.finish(),
        remove: () => {
          gone = true;
          removed.resolve();
          return Promise.resolve();
        },
      }),
    };
  };
  assert.match(await send(intake(target, { open, budgetMs: 10 }), ["a@x"]), /^451 /);
  assert.equal(gone, false);
  gate.resolve(ok);
  await removed.promise;
});
