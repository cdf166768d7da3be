import assert from "node:assert/strict";
import fc from "fast-check";
import { describeReply } from "../../lib/mail/reply.ts";
import { acceptedReply, queuedReply, refusedReply } from "../../lib/queue/acknowledge.ts";

Deno.test("acceptedReply() and queuedReply() name the mail", () => {
  assert.equal(describeReply(acceptedReply("ID")), "250 2.0.0 Accepted as ID");
  assert.equal(describeReply(queuedReply("ID")), "250 2.0.0 queued as ID");
});

for (
  const { name, outcome, expected } of [
    {
      name: "the mail server's own refusal",
      outcome: {
        reason: "mx:25 said no",
        reply: { code: 550, status: "5.1.1", lines: ["No such user", "here"] },
      },
      expected: "550 5.1.1 No such user here",
    },
    {
      name: "a status code to a refusal that has none",
      outcome: { reason: "no", reply: { code: 550, lines: ["Go away"] } },
      expected: "550 5.0.0 Go away",
    },
    {
      name: "554 where there is no reply",
      outcome: { reason: "mx:25 lacks SMTPUTF8" },
      expected: "554 5.0.0 ID: mx:25 lacks SMTPUTF8",
    },
  ] as const
) {
  Deno.test(`refusedReply() gives ${name}`, () => {
    assert.equal(describeReply(refusedReply("ID", { kind: "failed", ...outcome })), expected);
  });
}

Deno.test("refusedReply() makes a legal line of any reason", () => {
  fc.assert(fc.property(fc.string({ unit: "binary", maxLength: 2000 }), (reason) => {
    const { lines } = refusedReply("ID", { kind: "failed", reason });
    // deno-lint-ignore no-control-regex -- that is what must not be there
    for (const line of lines) assert.doesNotMatch(line, /[\x00-\x1f\x7f]/);
    assert.ok(lines.every((line) => line.length <= 480));
  }));
});
