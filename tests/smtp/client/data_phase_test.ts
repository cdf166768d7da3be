import assert from "node:assert/strict";
import { compose } from "../../../lib/mail/compose.ts";
import { ClientWire } from "../../../lib/smtp/client/client_wire.ts";
import { sendMessage } from "../../../lib/smtp/client/data_phase.ts";
import { BLOCK_OCTETS } from "../../../lib/smtp/client/data_writer.ts";
import { Deadline } from "../../../lib/smtp/deadline.ts";
import { DEFAULT_LIMITS } from "../../../lib/smtp/client/dialog.ts";
import { NO_EXTENSIONS } from "../../../lib/smtp/client/extensions.ts";
import { ReplyReader } from "../../../lib/smtp/client/reply_reader.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import { octets } from "../../support/octets.ts";
import { sampleDelivery, sampleMail } from "../../support/sample_mail.ts";

/**
 * The order in which a write and the read after it are reported is the runtime's to choose: here
 * the reply is always seen before the write of the last block is known to be done.
 */
Deno.test("sendMessage() takes a reply for what it is even if it is seen before its write is done", async () => {
  const replied = Promise.withResolvers<void>();
  const stream = {
    async read(buffer: Uint8Array): Promise<number> {
      await replied.promise;
      const reply = octets("250 2.0.0 Taken\r\n");
      buffer.set(reply);
      return reply.length;
    },
    async write(block: Uint8Array): Promise<number> {
      if (block.at(-3) !== 0x2e) return block.length;
      replied.resolve();
      await new Promise((resolve) => setTimeout(resolve, 0));
      return block.length;
    },
    close() {},
  };
  const wire = new ClientWire(stream, new Deadline(new FakeClock()));
  const dialog = {
    peer: "mx.test:25",
    wire,
    reader: new ReplyReader(wire),
    extensions: NO_EXTENSIONS,
    secure: "no" as const,
    limits: DEFAULT_LIMITS,
    buffer: new Uint8Array(BLOCK_OCTETS),
  };
  const content = compose(sampleMail({ rest: `\r\n${"x".repeat(200_000)}` }), sampleDelivery());
  let ended = 0;
  // By the time that the end of data is with the kernel, nobody may call the message back any more.
  const endedBeforeReply = replied.promise.then(() => ended);
  const { reply, early } = await sendMessage(dialog, content, () => ended++);
  assert.deepEqual([reply.code, early, ended, await endedBeforeReply], [250, false, 1, 1]);
});
