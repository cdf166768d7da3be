import assert from "node:assert/strict";
import { Inbox } from "../../lib/smtp/inbox.ts";
import { latin1, octets } from "../support/octets.ts";

/** A source that fills every buffer, up to an end, and notes how large the buffers were. */
function endless(
  sizes: number[],
  count = Infinity,
): { read(buffer: Uint8Array): Promise<number | null> } {
  return {
    read: (buffer) => {
      if (sizes.length >= count) return Promise.resolve(null);
      sizes.push(buffer.length);
      buffer.fill(0x78);
      return Promise.resolve(buffer.length);
    },
  };
}

Deno.test("Inbox.fill() keeps what is not used and adds to it", async () => {
  const packets = ["abc", "def"];
  const inbox = new Inbox({
    read: (buffer) => {
      const packet = packets.shift();
      if (packet === undefined) return Promise.resolve(null);
      buffer.set(octets(packet));
      return Promise.resolve(packet.length);
    },
  }, 512);
  assert.equal(inbox.empty, true);
  assert.equal(await inbox.fill(), true);
  inbox.use(2);
  assert.equal(latin1(inbox.octets), "c");
  assert.equal(await inbox.fill(), true);
  assert.equal(latin1(inbox.octets), "cdef");
  assert.equal(await inbox.fill(), false);
  inbox.use(100);
  assert.equal(inbox.empty, true);
});

Deno.test("Inbox.widen() makes room only when a read filled the buffer", async () => {
  const sizes: number[] = [];
  const inbox = new Inbox(endless(sizes), 512);
  inbox.widen();
  await inbox.fill();
  inbox.use(10_000);
  inbox.widen();
  await inbox.fill();
  inbox.use(100_000);
  inbox.narrow();
  await inbox.fill();
  assert.deepEqual(sizes, [4096, 65_536, 4096]);
});

Deno.test("Inbox.narrow() loses nothing that has come", async () => {
  const sizes: number[] = [];
  const inbox = new Inbox(endless(sizes), 512);
  await inbox.fill();
  inbox.use(1);
  inbox.widen();
  await inbox.fill();
  assert.equal(inbox.octets.length, 65_536);
  inbox.narrow();
  assert.equal(inbox.octets.length, 65_536);
  inbox.use(65_000);
  inbox.narrow();
  assert.equal(latin1(inbox.octets), "x".repeat(536));
});

Deno.test("Inbox holds the longest line, however long it may be", async () => {
  const sizes: number[] = [];
  await new Inbox(endless(sizes), 100_000).fill();
  assert.deepEqual(sizes, [100_000]);
});

Deno.test("Inbox.release() gives its buffer to the next inbox, but not while a read is under way", async () => {
  const buffers: ArrayBufferLike[] = [];
  const reads: PromiseWithResolvers<number | null>[] = [];
  const source = {
    read: (buffer: Uint8Array) => {
      buffers.push(buffer.buffer);
      const read = Promise.withResolvers<number | null>();
      reads.push(read);
      return read.promise;
    },
  };
  const busy = new Inbox(source, 512);
  const filled = busy.fill();
  busy.release();
  const second = new Inbox(source, 512);
  const secondFilled = second.fill();
  assert.notEqual(buffers[1], buffers[0]);
  for (const { resolve } of reads) resolve(1);
  await Promise.all([filled, secondFilled]);
  second.release();
  assert.equal(second.empty, true);
  const third = new Inbox(source, 512);
  const thirdFilled = third.fill();
  assert.equal(buffers[2], buffers[1]);
  reads[2]?.resolve(null);
  await thirdFilled;
});
