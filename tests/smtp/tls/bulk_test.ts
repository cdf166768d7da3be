import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import type { Wire } from "../../../lib/smtp/wire.ts";
import { percentile } from "../../support/figures.ts";
import { octets } from "../../support/octets.ts";
import { holdsInARound, most } from "../../support/rounds.ts";
import { openTlsStage, readExactly, type TlsStage, wireOf } from "../../support/tls_stage.ts";
import { shakeHands } from "../../support/tls_client.ts";
import { within } from "../../support/wait.ts";

const MANY = 20_000_000;
/** How much longer a round trip may take over TLS, with the bridge in between, than in clear. */
const TIMES_CLEAR = 10;

/** Octets that repeat only after a long while, the same each time. */
function* mass(): Generator<Uint8Array> {
  const chunk = new Uint8Array(50_000);
  let state = 1;
  for (let sent = 0; sent < MANY; sent += chunk.length) {
    for (let index = 0; index < chunk.length; index += 4) {
      state = Math.imul(state, 1_664_525) + 1_013_904_223 | 0;
      chunk[index] = state >>> 24;
    }
    yield chunk;
  }
}

interface End {
  write(octets: Uint8Array): Promise<number | boolean>;
  read(buffer: Uint8Array): Promise<number | null>;
}

async function send(end: End): Promise<string> {
  const hash = createHash("sha256");
  for (const chunk of mass()) {
    hash.update(chunk);
    for (let sent = 0; sent < chunk.length;) {
      const more = await end.write(chunk.subarray(sent));
      assert.notEqual(more, false);
      sent = more === true ? chunk.length : sent + Number(more);
    }
  }
  return hash.digest("hex");
}

/** Reads in odd steps, with a pause now and then. */
async function receive(end: End): Promise<string> {
  const hash = createHash("sha256");
  const buffer = new Uint8Array(7_919);
  let used = 0;
  for (let reads = 0; used < MANY; reads++) {
    const count = await end.read(buffer);
    if (count === null) break;
    used += count;
    hash.update(buffer.subarray(0, count));
    if (reads % 500 === 0) await new Promise((resolve) => setTimeout(resolve, 1));
  }
  return hash.digest("hex");
}

Deno.test("20 MB go both ways at once, unchanged", async () => {
  await using stage = await openTlsStage();
  const { client, wire } = await stage.meetSecurely();
  wire.hurry();
  const all = [send(client), receive(wire), send(wire), receive(client)];
  const hashes = await within(Promise.all(all), { what: "20 MB", withinMs: 300_000 });
  assert.equal(new Set(hashes).size, 1);
});

Deno.test("a reader that does not read holds the writer up, and costs no memory", async () => {
  await using stage = await openTlsStage();
  const { client, wire } = await stage.meetSecurely();
  let sent = 0;
  const chunk = new Uint8Array(262_144);
  const writing = (async () => {
    try {
      while (sent < 500_000_000) sent += await client.write(chunk);
    } catch {
      // The wire is closed in the end.
    }
  })();
  await new Promise<void>((resolve) => {
    let last = -1;
    const timer = setInterval(() => {
      if (sent === last) resolve(clearInterval(timer));
      last = sent;
    }, 200);
  });
  // The kernel holds some megabytes at each of two connections; we would hold all of it.
  assert.ok(sent < 256_000_000, `${sent} octets went nowhere`);
  wire.close();
  await within(writing, { what: "the writer to end" });
});

Deno.test("100 handshakes at once", async () => {
  await using stage = await openTlsStage();
  const meetings = [];
  for (let count = 0; count < 100; count++) meetings.push(await stage.meet());
  const wires = await Promise.all(meetings.map(async ({ client, wire }, index) => {
    const handshake = stage.server.secure(wire, "implicit");
    const ca = stage.authority.certificate;
    const secure = await shakeHands(client, { ca, name: "localhost" });
    const secured = wireOf(await handshake);
    await secured.write(octets(`220 ${100 + index}\r\n`));
    assert.equal(await readExactly(secure, 9), `220 ${100 + index}\r\n`);
    secure.close();
    return secured;
  }));
  for (const wire of wires) wire.close();
});

/** Median time of a round trip of commands, in ms; each reply is written in so many pieces. */
async function roundTripMs(client: Deno.Conn, wire: Wire, pieces: readonly string[]) {
  const reply = pieces.join("");
  const took: number[] = [];
  for (let count = 0; count < 200; count++) {
    const begin = performance.now();
    await client.write(octets("NOOP\r\n"));
    assert.equal(await readExactly(wire, 6), "NOOP\r\n");
    for (const piece of pieces) await wire.write(octets(piece));
    assert.equal(await readExactly(client, reply.length), reply);
    took.push(performance.now() - begin);
  }
  return percentile(took, 0.5);
}

/** Shortest time from a greeting to its reader, in ms, of five: one look may be slow. */
async function greetingMs(stage: TlsStage): Promise<number> {
  const took: number[] = [];
  for (let count = 0; count < 5; count++) {
    const { client, wire } = await stage.meetSecurely();
    const begin = performance.now();
    await wire.write(octets("220 hi\r\n"));
    assert.equal(await readExactly(client, 8), "220 hi\r\n");
    took.push(performance.now() - begin);
  }
  return Math.min(...took);
}

Deno.test("small writes do not wait for acknowledgements: the greeting, and dialogues", async () => {
  await using stage = await openTlsStage();
  await holdsInARound(async () => {
    // The kernel holds an acknowledgement back for 40 ms; in clear nothing waits for one.
    const clear = await stage.meet();
    const control = await roundTripMs(clear.client, clear.wire, ["250 OK\r\n"]);
    const greeting = await greetingMs(stage);
    const { client, wire } = await stage.meetSecurely();
    const whole = await roundTripMs(client, wire, ["250 OK\r\n"]);
    wire.hurry();
    const pieces = await roundTripMs(client, wire, ["250-a\r\n", "250 b\r\n"]);
    return [
      { name: "the greeting, ms", value: greeting, most: most(20, control, TIMES_CLEAR) },
      { name: "a reply, ms", value: whole, most: most(30, control, TIMES_CLEAR) },
      { name: "a reply in two pieces, ms", value: pieces, most: most(30, control, TIMES_CLEAR) },
    ];
  }, () => {});
});
