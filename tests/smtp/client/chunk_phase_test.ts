import assert from "node:assert/strict";
import { compose, type Content } from "../../../lib/mail/compose.ts";
import { CHUNK_OCTETS, sendChunks } from "../../../lib/smtp/client/chunk_phase.ts";
import { ClientWire } from "../../../lib/smtp/client/client_wire.ts";
import { BLOCK_OCTETS } from "../../../lib/smtp/client/data_writer.ts";
import { DEFAULT_LIMITS, type Dialog } from "../../../lib/smtp/client/dialog.ts";
import { NO_EXTENSIONS } from "../../../lib/smtp/client/extensions.ts";
import { openClient } from "../../../lib/smtp/client/open_client.ts";
import { ReplyReader } from "../../../lib/smtp/client/reply_reader.ts";
import { Deadline } from "../../../lib/smtp/deadline.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import { type FaultServer, startFaultServer } from "../../support/fault_smtp_server.ts";
import { latin1, octets } from "../../support/octets.ts";
import { sampleDelivery, sampleMail } from "../../support/sample_mail.ts";
import { until, within } from "../../support/wait.ts";

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
    // deno-lint-ignore require-yield -- it fails before there is anything to yield
    async *rest(): AsyncGenerator<Uint8Array> {
      throw new Deno.errors.NotFound("gone");
    },
  };
  await assert.rejects(send(server, broken), Deno.errors.NotFound);
  await until(() => server.open === 0, { what: "the cut" });
  assert.deepEqual(server.mails, []);
});

/** A dialog over a stream that says `reply` once `write` asks for it. */
function dialogWith(
  reply: string,
  write: (block: Uint8Array, say: () => void) => Promise<number>,
): { readonly dialog: Dialog; readonly clock: FakeClock } {
  const said = Promise.withResolvers<void>();
  let read = false;
  const clock = new FakeClock();
  const wire = new ClientWire({
    async read(buffer) {
      if (read) return null;
      await said.promise;
      read = true;
      buffer.set(octets(reply));
      return reply.length;
    },
    write: (block) => write(block, said.resolve),
    close: () => said.resolve(),
  }, new Deadline(clock));
  const dialog = {
    peer: "mx.test:25",
    wire,
    reader: new ReplyReader(wire),
    extensions: NO_EXTENSIONS,
    secure: "no",
    limits: DEFAULT_LIMITS,
    buffer: new Uint8Array(BLOCK_OCTETS),
  } as const;
  return { dialog, clock };
}

const content = compose(sampleMail({ rest: `\r\n${"x".repeat(200_000)}` }), sampleDelivery());

Deno.test("sendChunks() hears a refusal while the server reads no more", async () => {
  let blocks = 0;
  const { dialog } = dialogWith("552 5.3.4 Too big\r\n", (block, say) => {
    if (++blocks === 1) return Promise.resolve(block.length);
    say();
    return new Promise(() => {});
  });
  const sending = sendChunks(dialog, content, () => assert.fail("ended"));
  const { reply, command, early } = await within(sending, { what: "the refusal" });
  assert.deepEqual([reply.code, command, early], [552, "half the message", true]);
});

Deno.test("sendChunks() takes a reply for what it is even if it is seen before its write is done", async () => {
  let sent = "";
  const { dialog } = dialogWith("250 2.0.0 Taken\r\n", async (block, say) => {
    sent += latin1(block);
    if (sent.length >= content.octets + "BDAT 200025 LAST\r\n".length) {
      say();
      await new Promise((resolve) => setTimeout(resolve, 0));
    }
    return block.length;
  });
  const ended: number[] = [];
  const { reply, early } = await sendChunks(dialog, content, () => ended.push(sent.length));
  assert.deepEqual([reply.code, early, ended.length], [250, false, 1]);
  assert.match(sent, /^BDAT 200025 LAST\r\nSubject/);
  // By the time that the last octets are with the kernel, nobody may call the message back any more.
  assert.ok((ended[0] ?? Infinity) < sent.length);
});
