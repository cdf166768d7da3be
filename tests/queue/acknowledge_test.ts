import assert from "node:assert/strict";
import fc from "fast-check";
import type { Outcome } from "../../lib/mail/outcome.ts";
import { describeReply, type Reply } from "../../lib/mail/reply.ts";
import { acknowledge } from "../../lib/queue/acknowledge.ts";

const busy: Reply = { code: 450, status: "4.2.0", lines: ["busy"] };
const noUser: Reply = { code: 550, status: "5.1.1", lines: ["No such user", "here"] };

const delivered: Outcome = { kind: "delivered", detail: "250 ok" };
const deferred: Outcome = { kind: "deferred", reason: "mx:25 said: 450 4.2.0 busy", reply: busy };
const away: Outcome = { kind: "deferred", reason: "cannot connect to mx:25" };
const failed: Outcome = { kind: "failed", reason: "mx:25 said no", reply: noUser };
const unfit: Outcome = { kind: "failed", reason: "mx:25 lacks SMTPUTF8" };

const cases: { name: string; outcomes: Outcome[]; expected: string }[] = [
  {
    name: "2xx when all accepted",
    outcomes: [delivered, delivered],
    expected: "250 2.0.0 Accepted as ID",
  },
  {
    name: "2xx when there was nothing to deliver",
    outcomes: [],
    expected: "250 2.0.0 Accepted as ID",
  },
  {
    name: "4xx with the remote status",
    outcomes: [delivered, deferred],
    expected: "451 4.2.0 ID: mx:25 said: 450 4.2.0 busy",
  },
  {
    name: "4xx when unreachable",
    outcomes: [away],
    expected: "451 4.4.1 ID: cannot connect to mx:25",
  },
  {
    name: "4xx before 5xx",
    outcomes: [failed, away],
    expected: "451 4.4.1 ID: cannot connect to mx:25",
  },
  {
    name: "the mail server's own refusal",
    outcomes: [delivered, failed],
    expected: "550 5.1.1 No such user here",
  },
  {
    name: "a status code to a refusal that has none",
    outcomes: [{ kind: "failed", reason: "no", reply: { code: 550, lines: ["Go away"] } }],
    expected: "550 5.0.0 Go away",
  },
  {
    name: "554 where there is no reply",
    outcomes: [unfit],
    expected: "554 5.0.0 ID: mx:25 lacks SMTPUTF8",
  },
];

for (const { name, outcomes, expected } of cases) {
  Deno.test(`acknowledge() gives ${name}`, () => {
    assert.equal(describeReply(acknowledge("ID", outcomes)), expected);
  });
}

Deno.test("acknowledge() gives a 2xx only if every outcome is delivered, and a legal line", () => {
  const outcome = fc.oneof(
    fc.constantFrom(delivered, failed, unfit),
    fc.string({ unit: "binary", maxLength: 2000 }).map((reason): Outcome => ({
      kind: "deferred",
      reason,
    })),
  );
  fc.assert(fc.property(fc.array(outcome), (outcomes) => {
    const reply = acknowledge("ID", outcomes);
    assert.equal(reply.code < 300, outcomes.every(({ kind }) => kind === "delivered"));
    // deno-lint-ignore no-control-regex -- that is what must not be there
    for (const line of reply.lines) assert.doesNotMatch(line, /[\x00-\x1f\x7f]/);
    assert.ok(reply.lines.every((line) => line.length <= 480));
  }));
});
