/** Mail of several deliveries whose configuration changes while it waits. @module */

import assert from "node:assert/strict";
import type { Delivery } from "../../lib/mail/delivery.ts";
import { stage } from "../support/queue_stage.ts";
import { later, ok, scripted } from "../support/scripted.ts";
import { until } from "../support/wait.ts";

const to = (...recipients: string[]): Delivery => ({ destination: "smarthost", recipients });
const routeTo = (...deliveries: Delivery[]) => () =>
  Promise.resolve({ deliveries, why: {}, reason: "as the rules say" });

const cases = [
  { name: "one delivery", now: [to("a@x", "b@x", "c@x")], got: ["a@x", "b@x", "c@x"] },
  { name: "several deliveries", now: [to("a@x"), to("b@x", "c@x")], got: ["a@x", "b@x", "c@x"] },
  { name: "fewer recipients", now: [to("c@x")], got: ["c@x"] },
  { name: "nobody", now: [], got: [] },
];

for (const { name, now, got } of cases) {
  Deno.test(`a mail of three deliveries that is routed anew to ${name} is delivered once`, async () => {
    const folder = await Deno.makeTempDir({ prefix: "mail2alert-queue-" });
    try {
      let id = "";
      {
        const { target } = scripted(() => later);
        const route = routeTo(to("a@x"), to("b@x"), to("c@x"));
        await using before = await stage(target, { folder, route });
        id = (await before.send(["a@x", "b@x", "c@x"])).split(" ").at(-1) ?? "";
        assert.equal(before.queued()[0]?.deliveries.length, 3);
      }
      const after = scripted((_, attempt) => attempt === 1 ? later : ok);
      const routedBy = "configuration-2";
      await using on = await stage(after.target, { folder, routedBy, route: routeTo(...now) });
      await until(() => {
        on.pass(86_400_000 / 8);
        return on.queued().length === 0;
      }, { what: "the delivery" });
      assert.deepEqual(after.got.toSorted(), got);
      const told = await on.journal(id);
      assert.equal(told?.state, got.length > 0 ? "delivered" : "no-delivery");
      assert.equal(told?.events.filter(({ kind }) => kind === "routed").length, 2);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });
}
