import assert from "node:assert/strict";
import { discard } from "../../lib/destinations/discard.ts";
import { sampleDelivery, sampleMail } from "../support/sample_mail.ts";
import { testDestination } from "./contract.ts";

testDestination({
  name: "discard",
  healthy: () => ({ destination: discard(), [Symbol.asyncDispose]: () => Promise.resolve() }),
});

Deno.test("discard.deliver() says that it was on purpose", async () => {
  const { signal } = new AbortController();
  const outcomes = await discard().deliver(sampleMail(), sampleDelivery("discard"), signal);
  assert.deepEqual(outcomes.get("discard"), { kind: "delivered", detail: "discarded on purpose" });
});
