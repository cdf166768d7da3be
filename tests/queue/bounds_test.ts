/** What stays in memory while a destination says nothing. @module */

import assert from "node:assert/strict";
import type { Outcome } from "../../lib/mail/outcome.ts";
import type { Target } from "../../lib/queue/context.ts";
import { stage } from "../support/queue_stage.ts";

/** A destination that says nothing until it is told to end. */
class Silent implements Target {
  underWay = 0;

  async deliver(
    _mail: unknown,
    { recipients }: { readonly recipients: readonly string[] },
    signal: AbortSignal,
  ): Promise<ReadonlyMap<string, Outcome>> {
    this.underWay++;
    const { promise, resolve } = Promise.withResolvers<void>();
    signal.addEventListener("abort", () => resolve());
    if (!signal.aborted) await promise;
    this.underWay--;
    return new Map(recipients.map((to) => [to, { kind: "deferred", reason: "aborted" }]));
  }
}

const bounds = [
  { what: "number", mails: 260, octets: 100, most: 200 },
  { what: "octets", mails: 60, octets: 1_000_000, most: 34 },
];

for (const { what, mails, octets, most } of bounds) {
  Deno.test(`attempts that outlive the answer are bounded by their ${what}`, async () => {
    const silent = new Silent();
    await using on = await stage(silent, { budgetMs: 20 });
    const text = (number: number) => `Subject: ${number}\r\n\r\n${"x".repeat(octets)}\r\n`;
    for (let number = 0; number < mails;) {
      const replies = Array.from({ length: 20 }, () => on.send(["a@x"], { text: text(number++) }));
      for (const reply of await Promise.all(replies)) {
        assert.match(reply, /^250 2\.0\.0 queued as /);
      }
    }
    assert.ok(silent.underWay <= most, `${silent.underWay} attempts under way`);
    assert.ok(silent.underWay >= most / 2);
    assert.equal(on.queued().length, mails);
  });
}
