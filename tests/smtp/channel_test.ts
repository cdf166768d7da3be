/** How a channel greets: on a wire that says something when the test wants it. @module */

import assert from "node:assert/strict";
import { Channel } from "../../lib/smtp/channel.ts";
import type { Wire } from "../../lib/smtp/wire.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { latin1, octets } from "../support/octets.ts";

const GREETING = { code: 220, lines: ["relay.test"] } as const;

/** A wire whose peer says one thing, as soon as `talks` resolves after it is listened to. */
function wireOf(talks: () => Promise<void>): Wire & { readonly written: string[] } {
  const written: string[] = [];
  const closed = Promise.withResolvers<null>();
  let said = false;
  return {
    peer: "192.0.2.1",
    written,
    async read(buffer) {
      if (said) return await closed.promise;
      said = true;
      await talks();
      buffer.set(octets("EHLO x\r\n"));
      return 8;
    },
    write: (all) => Promise.resolve(written.push(latin1(all)) > 0),
    hurry: () => {},
    closeWrite: () => Promise.resolve(),
    close: () => closed.resolve(null),
  };
}

const after = (ms: number) => () => new Promise<void>((resolve) => setTimeout(resolve, ms));

// Timers ring in the order of their times, and those of one time in the order they were set,
// however late: the peer's is set first, so that its 1 ms ends within the moment.
const peers = [
  { name: "talks at once", talks: () => Promise.resolve(), listenFirst: true, expected: "early" },
  { name: "talks within 1 ms", talks: after(1), listenFirst: true, expected: "early" },
  { name: "talks at once", talks: () => Promise.resolve(), listenFirst: false, expected: "open" },
];

for (const { name, talks, listenFirst, expected } of peers) {
  const how = listenFirst ? "listening first" : "not listening first";
  Deno.test(`Channel.open(), ${how}, calls a peer that ${name} ${expected}`, async () => {
    const wire = wireOf(talks);
    const channel = new Channel(wire, {
      idleMs: 1_000,
      commandLineOctets: 512,
      clock: new FakeClock(),
    });
    assert.equal(await channel.open(GREETING, listenFirst), expected);
    assert.deepEqual(wire.written, expected === "early" ? [] : ["220 relay.test\r\n"]);
    assert.equal(latin1(channel.inbox.octets), "EHLO x\r\n");
    channel.destroy();
  });
}

Deno.test("Channel.open(), listening first, greets a peer that waits for it, before long", async () => {
  const greeted = Promise.withResolvers<void>();
  const patience = setTimeout(greeted.resolve, 1_000);
  const wire = wireOf(() => greeted.promise);
  const write = wire.write;
  wire.write = (all) => {
    greeted.resolve();
    return write(all);
  };
  const channel = new Channel(wire, { idleMs: 1, commandLineOctets: 512, clock: new FakeClock() });
  assert.equal(await channel.open(GREETING, true), "open");
  assert.deepEqual(wire.written, ["220 relay.test\r\n"]);
  clearTimeout(patience);
  channel.destroy();
});
