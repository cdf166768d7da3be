import assert from "node:assert/strict";
import type { Wire } from "../../../lib/smtp/wire.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import { octets } from "../../support/octets.ts";
import { openTlsStage, readAll, readExactly, type TlsStage } from "../../support/tls_stage.ts";
import { until, within } from "../../support/wait.ts";

/** Ends of a wire that a session must survive. */
async function isGone(wire: Wire): Promise<void> {
  const buffer = new Uint8Array(10);
  assert.equal(await within(wire.read(buffer), { what: "the end" }), null);
  assert.equal(await within(wire.read(buffer), { what: "the end, again" }), null);
  const written = async () => !await within(wire.write(octets("x")), { what: "a write" });
  await until(written, { what: "a write to fail" });
}

Deno.test("closeWrite() shows the peer the end, and reading goes on", async () => {
  await using stage = await openTlsStage();
  const { client, wire } = await stage.meetSecurely();
  await wire.write(octets("221 bye\r\n"));
  await wire.closeWrite();
  // An end with close_notify: without it this read would fail.
  assert.equal(await readAll(client), "221 bye\r\n");
  await client.write(octets("more"));
  assert.equal(await readExactly(wire, 4), "more");
  await client.closeWrite();
  assert.equal(await readAll(wire), "");
});

Deno.test("a peer that closes its side is read to the end, and still gets what is written", async () => {
  await using stage = await openTlsStage();
  const { client, wire } = await stage.meetSecurely();
  await client.write(octets("QUIT\r\n"));
  await client.closeWrite();
  assert.equal(await readAll(wire), "QUIT\r\n");
  assert.equal(await wire.write(octets("221 bye\r\n")), true);
  await wire.closeWrite();
  assert.equal(await readAll(client), "221 bye\r\n");
});

Deno.test("close() comes after what was written, and ends a read under way", async () => {
  await using stage = await openTlsStage();
  const { client, wire } = await stage.meetSecurely();
  const reading = wire.read(new Uint8Array(10));
  const long = "x".repeat(100_000);
  assert.equal(await wire.write(octets(long)), true);
  wire.close();
  wire.close();
  assert.equal(await reading, null);
  assert.equal(await wire.read(new Uint8Array(10)), null);
  assert.equal(await wire.write(octets("y")), false);
  await wire.closeWrite();
  assert.equal(await readAll(client), long);
});

Deno.test("close() ends a write that waits for the peer; the server's end waits two seconds", async () => {
  await using stage = await openTlsStage();
  const took = [await endOfWriteMs(stage), await endOfWriteMs(stage), await endOfWriteMs(stage)];
  // What else the machine does may hold up one or two, but not let them wait for those two seconds.
  assert.ok(Math.min(...took) < 1_900, took.join());
});

/** How long a write that waits for its peer goes on after the wire is closed, in ms. */
async function endOfWriteMs(stage: TlsStage): Promise<number> {
  const { wire } = await stage.meetSecurely();
  let written = 0;
  const writing = (async () => {
    while (await wire.write(new Uint8Array(262_144))) written++;
  })();
  // Nobody reads: the kernel's buffers take some megabytes, and then nothing.
  let before = -1;
  const waits = () => {
    const same = written === before;
    before = written;
    return same;
  };
  await until(waits, { what: "the write to wait", everyMs: 100 });
  const closed = performance.now();
  wire.close();
  await within(writing, { what: "the write to end" });
  return performance.now() - closed;
}

for (const how of ["end", "reset"] as const) {
  Deno.test(`a peer whose connection comes to an ${how} without close_notify is gone`, async () => {
    await using stage = await openTlsStage();
    const { wire, cut } = await stage.meetThroughMiddle();
    await cut(how, () => wire.write(octets("unread")));
    await isGone(wire);
  });
}

Deno.test("a peer that is gone does not keep the wire open", async () => {
  await using stage = await openTlsStage();
  const { wire, below } = await stage.meetSecurely();
  below.close();
  await isGone(wire);
});

for (const half of [false, true]) {
  Deno.test(`closing a secure wire, ${half ? "half closed" : "open"}, closes the one below`, async () => {
    // The clock stands still: it is not a limit that closes it.
    await using stage = await openTlsStage({ clock: new FakeClock() });
    const { client, wire, below } = await stage.meetSecurely();
    if (half) {
      await wire.closeWrite();
      assert.equal(await readAll(client), "");
    }
    wire.close();
    const closed = () => client.write(octets("x")).then(() => false, () => true);
    await until(closed, { what: "the client to be told" });
    assert.equal(await below.write(octets("x")), false);
  });
}

Deno.test("the server's close() waits until what was written to closed wires has gone out", async () => {
  await using stage = await openTlsStage();
  const { wire, below } = await stage.meetSecurely();
  await wire.write(new Uint8Array(100_000));
  wire.close();
  await stage.server.close();
  assert.equal(await below.write(octets("x")), false);
});

Deno.test("octets that are no TLS, in the middle of it, end the wire", async () => {
  await using stage = await openTlsStage();
  const { wire, inject } = await stage.meetThroughMiddle();
  await inject(octets("\x17\x03\x03\x00\x10MAIL FROM:<a@b>\r"));
  await isGone(wire);
});

Deno.test("plaintext after the handshake, foreseen or not, ends the wire", async () => {
  await using stage = await openTlsStage();
  const { wire, inject } = await stage.meetThroughMiddle();
  await inject(octets("EHLO x\r\n"));
  await isGone(wire);
});
