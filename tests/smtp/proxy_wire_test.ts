import assert from "node:assert/strict";
import fc from "fast-check";
import { throughProxy } from "../../lib/smtp/proxy_wire.ts";
import { plainWire, type Wire } from "../../lib/smtp/wire.ts";
import { latin1, octets } from "../support/octets.ts";
import { until, within } from "../support/wait.ts";

const HEADER = "PROXY TCP4 192.0.2.1 10.0.0.1 4711 25\r\n";

/** A wire over a real connection, and the other end of it. */
async function connected(): Promise<Disposable & { wire: Wire; client: Deno.TcpConn }> {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const [client, conn] = await Promise.all([
    Deno.connect({ hostname: "127.0.0.1", port: listener.addr.port }),
    listener.accept(),
  ]);
  client.setNoDelay(true);
  const wire = plainWire(conn);
  return {
    wire,
    client,
    [Symbol.dispose]: () => {
      wire.close();
      client.close();
    },
  };
}

/** The wire behind the header; fails where there is none. */
async function behindHeader(wire: Wire): Promise<Wire> {
  const result = await within(throughProxy(wire), { what: "the header" });
  assert.ok(!("reason" in result), "reason" in result ? result.reason : "");
  return result;
}

async function readAll(wire: Wire, octetsAtOnce: number): Promise<string> {
  let text = "";
  const buffer = new Uint8Array(octetsAtOnce);
  for (let count; (count = await wire.read(buffer)) !== null;) {
    text += latin1(buffer.subarray(0, count));
  }
  return text;
}

Deno.test("throughProxy() gives the session all that follows the header, and its peer", async () => {
  const cuts = fc.uniqueArray(fc.nat(HEADER.length + 20), { maxLength: 6 });
  await fc.assert(
    fc.asyncProperty(cuts, fc.integer({ min: 1, max: 30 }), async (at, octetsAtOnce) => {
      using pair = await connected();
      const text = `${HEADER}EHLO a.test\r\nQUIT\r\n`;
      const places = [0, ...at.sort((a, b) => a - b), text.length];
      const sent = (async () => {
        for (const [index, place] of places.entries()) {
          const piece = octets(text.slice(place, places[index + 1]));
          if (piece.length > 0) await pair.client.write(piece);
        }
        await pair.client.closeWrite();
      })();
      const wire = await behindHeader(pair.wire);
      assert.equal(wire.peer, "192.0.2.1");
      assert.equal(await readAll(wire, octetsAtOnce), "EHLO a.test\r\nQUIT\r\n");
      await sent;
    }),
    { numRuns: 40 },
  );
});

Deno.test("throughProxy() puts a header together that comes in pieces", async () => {
  using pair = await connected();
  let reads = 0;
  const counted: Wire = {
    ...pair.wire,
    read: (buffer) => {
      reads++;
      return pair.wire.read(buffer);
    },
  };
  const behind = behindHeader(counted);
  for (const [index, piece] of ["PROXY TCP4 192.", "0.2.1 10.0.0.1 ", "4711 25\r\n"].entries()) {
    await until(() => reads === index + 1, { what: "the next read" });
    await pair.client.write(octets(piece));
  }
  assert.equal((await behind).peer, "192.0.2.1");
});

Deno.test("throughProxy() passes on what the session writes, and its end", async () => {
  using pair = await connected();
  await pair.client.write(octets("PROXY UNKNOWN\r\n"));
  const wire = await behindHeader(pair.wire);
  assert.equal(wire.peer, "127.0.0.1");
  wire.hurry();
  assert.equal(await wire.write(octets("220 hello\r\n")), true);
  await wire.closeWrite();
  const buffer = new Uint8Array(100);
  assert.equal(await pair.client.read(buffer), 11);
  assert.equal(await pair.client.read(buffer), null);
});

Deno.test("throughProxy() reads nothing any more once the wire is closed", async () => {
  using pair = await connected();
  await pair.client.write(octets(`${HEADER}EHLO a.test\r\n`));
  const wire = await behindHeader(pair.wire);
  wire.close();
  assert.equal(await wire.read(new Uint8Array(10)), null);
});

Deno.test("throughProxy() takes a header of the longest kind", async () => {
  using pair = await connected();
  const value = "x".repeat(4_096 - 12 - 3);
  await pair.client.write(octets(
    `\r\n\r\n\0\r\nQUIT\n\x21\x11\x10\x00\xc0\0\x02\x01${
      "\0".repeat(8)
    }\x04\x0f\xf1${value}NOOP\r\n`,
  ));
  await pair.client.closeWrite();
  const wire = await behindHeader(pair.wire);
  assert.equal(wire.peer, "192.0.2.1");
  assert.equal(await readAll(wire, 100), "NOOP\r\n");
});

const refusals = [
  { what: "a client that is no load balancer", sent: "EHLO a.test\r\n", reason: /does not begin/ },
  { what: "a header that is wrong", sent: "PROXY TCP4 a b 1 2\r\n", reason: /address is not/ },
];

for (const { what, sent, reason } of refusals) {
  Deno.test(`throughProxy() refuses ${what}, who waits for an answer`, async () => {
    using pair = await connected();
    await pair.client.write(octets(sent));
    const result = await within(throughProxy(pair.wire), { what: "the refusal" });
    assert.match("reason" in result ? result.reason : "", reason);
  });
}

Deno.test("throughProxy() says of a load balancer that sends no header how to mend that", async () => {
  using pair = await connected();
  const result = throughProxy(pair.wire);
  pair.wire.close();
  const refusal = await within(result, { what: "the end" });
  assert.match(
    "reason" in refusal ? refusal.reason : "",
    /none came; switch it on .* out of proxy$/,
  );
});

Deno.test("throughProxy() ends when the connection does, on either side", async () => {
  for (const end of ["client", "wire"] as const) {
    using pair = await connected();
    await pair.client.write(octets(HEADER.slice(0, -1)));
    const result = throughProxy(pair.wire);
    if (end === "client") await pair.client.closeWrite();
    else pair.wire.close();
    const refusal = await within(result, { what: "the end" });
    // Our own end closes before anything has been read.
    const expected = end === "client" ? /ended before its end$/ : /: none came/;
    assert.match("reason" in refusal ? refusal.reason : "", expected);
  }
});
