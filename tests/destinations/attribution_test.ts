/** Whose word an outcome is: one of several servers', or our own. @module */

import assert from "node:assert/strict";
import { attribute } from "../../lib/destinations/attribution.ts";
import type { Outcome } from "../../lib/mail/outcome.ts";
import type { Reply } from "../../lib/mail/reply.ts";
import { A, B, only, pair } from "../support/smarthost_pair.ts";
import { faulty, startSmarthosts } from "../support/smarthosts.ts";

const LOCAL = { hostname: "localhost" };
const BINARY = { rest: "\r\n\0", envelope: { body: "BINARYMIME" } } as const;

const moments = [
  { moment: "MAIL", reply: "550 5.7.1 No" },
  { moment: "RCPT", reply: "450 4.7.1 Later" },
  { moment: ".", reply: "554 5.6.0 No" },
  { moment: ".", reply: "250 2.0.0 Fine" },
] as const;

for (const { moment, reply } of moments) {
  Deno.test(`smarthost.deliver() says which server answered "${reply}" at ${moment}`, async () => {
    await using it = startSmarthosts([
      faulty("CONNECT", "DROP"),
      { ...LOCAL, ...faulty(moment, reply) },
    ]);
    const outcome = only(await it.deliver([A]));
    assert.equal(outcome.reply?.code, Number(reply.slice(0, 3)));
    assert.equal(outcome.server, "localhost");
    assert.ok(!Object.hasOwn(outcome, "ownReply"));
  });
}

Deno.test("smarthost.deliver() names no server where none has answered, or only one is asked", async () => {
  await using it = startSmarthosts([faulty("CONNECT", "DROP"), faulty("CONNECT", "DROP")]);
  assert.equal(only(await it.deliver([A])).server, undefined);
  await using one = pair({});
  assert.equal(only(await one.deliver([A])).server, undefined);
});

Deno.test("smarthost.deliver() tells its own refusal from a server's, recipient by recipient", async () => {
  const react = (moment: string) => moment === "RCPT" ? "550 5.1.1 Who?" : undefined;
  await using it = pair({ extensions: [], react });
  const outcomes = await it.deliver(["jürgen@example.org", B]);
  const own = outcomes.get("jürgen@example.org");
  assert.ok(own?.kind === "failed" && own.ownReply === true && own.reply?.status === "5.6.7");
  const said = outcomes.get(B);
  assert.ok(said?.kind === "failed" && said.reply?.status === "5.1.1");
  assert.ok(!Object.hasOwn(said, "ownReply"));
});

Deno.test("smarthost.deliver() tells that no server was fit for a mail, and which one it speaks of", async () => {
  await using it = startSmarthosts([{ ...LOCAL, extensions: [] }, { extensions: [] }]);
  const outcome = only(await it.deliver([A], BINARY));
  assert.ok(outcome.kind === "failed" && outcome.ownReply === true);
  assert.deepEqual([outcome.server, outcome.reply?.status], ["localhost", "5.6.3"]);
});

Deno.test("attribute() leaves alone what one server has said", () => {
  const reply: Reply = { code: 554, status: "5.6.3", lines: ["not sent: binary data"] };
  const reason = "mx:25: RCPT answered with 554 5.6.3 not sent: binary data";
  const outcome: Outcome = { kind: "failed", reason, reply };
  const result = { outcomes: new Map([[A, outcome]]), leftover: [], stale: false, unsuited: false };
  assert.equal(attribute(result, undefined), result);
});
