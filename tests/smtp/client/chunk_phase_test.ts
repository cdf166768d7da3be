import assert from "node:assert/strict";
import { compose, type Content } from "../../../lib/mail/compose.ts";
import { CHUNK_OCTETS } from "../../../lib/smtp/client/chunk_phase.ts";
import { openClient } from "../../../lib/smtp/client/open_client.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import { type FaultServer, startFaultServer } from "../../support/fault_smtp_server.ts";
import { sampleDelivery, sampleMail } from "../../support/sample_mail.ts";
import { until } from "../../support/wait.ts";

const { signal } = new AbortController();

async function send(server: FaultServer, content: Content) {
  const options = { hostname: "127.0.0.1", port: server.port, helloName: "relay.test" };
  const client = await openClient({ ...options, clock: new FakeClock() }, signal);
  const submission = {
    reversePath: "",
    recipients: ["a@x"],
    smtpUtf8: false,
    body: "BINARYMIME" as const,
    content,
  };
  const { outcomes } = await client.send(submission, signal);
  const outcome = outcomes.get("a@x");
  await until(() => server.open === 0, { what: "the cut" });
  return outcome?.kind === "deferred" ? outcome.reason : outcome?.kind;
}

const sizes = [10, 70_000, CHUNK_OCTETS - 10, CHUNK_OCTETS + 10, 2 * CHUNK_OCTETS];

for (const octets of sizes) {
  Deno.test(`sendChunks() never completes a message of ${octets} octets that ends too early`, async () => {
    await using server = startFaultServer({ extensions: ["CHUNKING", "BINARYMIME"] });
    const whole = compose(sampleMail({ rest: "x".repeat(octets) }), sampleDelivery());
    const outcome = await send(server, { ...whole, octets: whole.octets + 1 });
    assert.match(`${outcome}`, /message ends after \d+ of \d+ octets$/);
    assert.deepEqual(server.mails, []);
  });

  Deno.test(`sendChunks() never completes a message of ${octets} octets that goes on too long`, async () => {
    await using server = startFaultServer({ extensions: ["CHUNKING", "BINARYMIME"] });
    const whole = compose(sampleMail({ rest: "x".repeat(octets) }), sampleDelivery());
    for (const pieces of [["y"], ["", "y"]]) {
      const longer = {
        ...whole,
        async *rest() {
          yield* whole.rest();
          for (const piece of pieces) yield new TextEncoder().encode(piece);
        },
      };
      const outcome = await send(server, longer);
      assert.match(`${outcome}`, /message is longer than its \d+ octets$/);
    }
    assert.deepEqual(server.mails, []);
  });
}

Deno.test("sendChunks() cuts the connection when the message cannot be read", async () => {
  await using server = startFaultServer({ extensions: ["CHUNKING", "BINARYMIME"] });
  const whole = compose(sampleMail({ rest: "x".repeat(100_000) }), sampleDelivery());
  const broken = {
    ...whole,
    // deno-lint-ignore require-yield
    async *rest(): AsyncGenerator<Uint8Array> {
      throw new Deno.errors.NotFound("gone");
    },
  };
  await assert.rejects(send(server, broken), Deno.errors.NotFound);
  await until(() => server.open === 0, { what: "the cut" });
  assert.deepEqual(server.mails, []);
});
