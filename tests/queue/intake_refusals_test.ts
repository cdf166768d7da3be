/** What an intake refuses by itself: loops, and what cannot be stored. @module */

import assert from "node:assert/strict";
import { RelayError } from "../../lib/errors.ts";
import { stage, TEXT } from "../support/queue_stage.ts";
import { ok, scripted } from "../support/scripted.ts";

const hop = "Received: from a by b; Sun\r\n";

for (
  const { name, text, expected } of [
    { name: "takes 50 hops", text: hop.repeat(50) + TEXT, expected: /^250 / },
    {
      name: "refuses 51 hops",
      text: hop.repeat(51) + TEXT,
      expected: /^554 5\.4\.6 Mail loop: 51 /,
    },
    {
      name: "refuses 101 hops",
      text: hop.repeat(101) + TEXT,
      expected: /^554 5\.4\.6 Mail loop: 101 /,
    },
  ]
) {
  Deno.test(`Intake ${name}`, async () => {
    const { target } = scripted(() => ok);
    await using on = await stage(target);
    assert.match(await on.send(["a@x"], { text }), expected);
  });
}

Deno.test("Intake refuses a mail that it passed on before", async () => {
  const { target, ids } = scripted(() => ok);
  await using on = await stage(target);
  await on.send(["a@x"]);
  const trace = (id: string) =>
    `Received: from a ([::1])\r\n\tby r (mail2alert) with ESMTP id ${id};\r\n\tSun\r\n`;
  assert.match(
    await on.send(["a@x"], { text: trace(ids[0] ?? "") + TEXT }),
    /^554 5\.4\.6 Mail loop: this server/,
  );
  assert.match(
    await on.send(["a@x"], { text: trace("01JD0000000000000000000000") + TEXT }),
    /^250 /,
    "another's",
  );
});

for (
  const { code, expected } of [
    { code: "store-full", expected: /^452 4\.3\.1 / },
    { code: "store-failed", expected: /^451 4\.3\.0 / },
    { code: "header-too-large", expected: /^554 5\.6\.0 / },
  ] as const
) {
  Deno.test(`Intake answers ${expected.source} on ${code}`, async () => {
    const { target, got } = scripted(() => ok);
    const open = () => ({
      write() {},
      finish: () => Promise.reject(new RelayError(code, "the disk says no")),
      abort: () => Promise.resolve(),
    });
    await using on = await stage(target, { open });
    assert.match(await on.send(["a@x"]), expected);
    assert.deepEqual(got, []);
  });
}
