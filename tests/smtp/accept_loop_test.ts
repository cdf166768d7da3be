import assert from "node:assert/strict";
import { type Accepted, AcceptLoop, type Acceptor } from "../../lib/smtp/accept_loop.ts";
import { bindListener } from "../../lib/smtp/bind.ts";
import { type Clock, SYSTEM_CLOCK } from "../../lib/smtp/deadline.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { until, within } from "../support/wait.ts";

const HERE = { hostname: "127.0.0.1", port: 0 } as const;

/** A loop that greets whom it accepts with its name. */
function startLoop(
  { name, listener, clock = SYSTEM_CLOCK }: {
    readonly name: string;
    readonly listener: Acceptor;
    readonly clock?: Clock;
  },
): { readonly loop: AcceptLoop; readonly served: () => number } {
  let served = 0;
  const serve = async (conn: Accepted) => {
    served++;
    await conn.write(new TextEncoder().encode(name)).catch(() => 0);
    conn.close();
  };
  const loop = new AcceptLoop(listener, { serve, clock });
  return { loop, served: () => served };
}

function addressOf(listener: Deno.TcpListener): Deno.ConnectOptions {
  return { ...HERE, port: (listener.addr as Deno.NetAddr).port };
}

/** The name of whoever greets; an error's name where nobody does. */
async function greeting(address: Deno.ConnectOptions): Promise<string> {
  try {
    using conn = await Deno.connect(address);
    const buffer = new Uint8Array(10);
    const count = await within(conn.read(buffer), { what: "a greeting" });
    return new TextDecoder().decode(buffer.subarray(0, count ?? 0)) || "(closed)";
  } catch (error) {
    return (error as Error).name;
  }
}

for (const gone of ["NotConnected", "ConnectionReset", "ConnectionAborted"] as const) {
  Deno.test(`AcceptLoop does not wait after a connection that was reset early (${gone})`, async () => {
    const listener = bindListener({ address: HERE });
    const accept = listener.accept.bind(listener);
    let resets = 0;
    listener.accept = async () => {
      if (resets++ < 1_000) throw new Deno.errors[gone]("Transport endpoint is not connected");
      return await accept();
    };
    // Its time stands still: who waited would wait for ever.
    const clock = new FakeClock();
    const { loop } = startLoop({ name: "it", listener, clock });
    assert.equal(await greeting(addressOf(listener)), "it");
    await loop.close();
  });
}

Deno.test("AcceptLoop.handOver() serves those who have come already", async () => {
  const listener = bindListener({ address: HERE });
  const { loop } = startLoop({ name: "it", listener });
  const greetings = Array.from({ length: 20 }, () => greeting(addressOf(listener)));
  await within(loop.handOver(), { what: "the end of the loop" });
  assert.deepEqual(new Set(await Promise.all(greetings)), new Set(["it"]));
  assert.equal(await greeting(addressOf(listener)), "ConnectionRefused");
});

Deno.test("AcceptLoop.handOver() serves those who come while it takes its last look", async () => {
  const listener = bindListener({ address: HERE });
  const address = addressOf(listener);
  const accept = listener.accept.bind(listener);
  const greetings: Promise<string>[] = [];
  // The first one to be accepted is the loop's own connection.
  listener.accept = async () => {
    listener.accept = accept;
    const conn = await accept();
    greetings.push(...Array.from({ length: 5 }, () => greeting(address)));
    using _last = await Deno.connect(address);
    return conn;
  };
  const { loop, served } = startLoop({ name: "it", listener });
  await loop.handOver();
  assert.deepEqual(await Promise.all(greetings), ["it", "it", "it", "it", "it"]);
  assert.equal(served(), 7);
});

Deno.test("AcceptLoop.handOver() serves one of whom the runtime tells late", async () => {
  const listener = bindListener({ address: HERE });
  const address = addressOf(listener);
  const accept = listener.accept.bind(listener);
  let greeted: Promise<string> | undefined;
  const tellLate = async () => {
    const conn = await accept();
    for (let turn = 0; turn < 100; turn++) await null;
    return conn;
  };
  listener.accept = async () => {
    listener.accept = tellLate;
    const conn = await accept();
    greeted = greeting(address);
    using _after = await Deno.connect(address);
    return conn;
  };
  const { loop, served } = startLoop({ name: "it", listener });
  await loop.handOver();
  assert.equal(await greeted, "it");
  assert.equal(served(), 2);
});

Deno.test("AcceptLoop.handOver() ends soon where nobody comes, and without a successor", async () => {
  const listener = bindListener({ address: HERE });
  const { loop } = startLoop({ name: "it", listener });
  await within(loop.handOver(), { what: "the end of the loop" });
  assert.equal(await greeting(addressOf(listener)), "ConnectionRefused");
});

Deno.test("AcceptLoop.handOver() ends although the stream of connections does not", async () => {
  const listener = bindListener({ address: HERE });
  const address = addressOf(listener);
  const { loop } = startLoop({ name: "it", listener });
  let over = false;
  const stream = Promise.all(Array.from({ length: 20 }, async () => {
    while (!over) await greeting(address);
  }));
  try {
    await within(loop.handOver(), { what: "the end of the loop" });
  } finally {
    over = true;
    await stream;
  }
});

Deno.test("AcceptLoop.handOver() loses nobody to a successor", async () => {
  let listener = bindListener({ address: HERE });
  const address = addressOf(listener);
  let { loop } = startLoop({ name: "0", listener });
  let over = false;
  const greetings: string[] = [];
  const stream = (async () => {
    while (!over) {
      greetings.push(await greeting(address));
      await new Promise((resolve) => setTimeout(resolve, 20 * Math.random()));
    }
  })();
  for (let round = 1; round < 6; round++) {
    const enough = greetings.length + 10;
    await until(() => greetings.length > enough, { what: "connections" });
    listener = bindListener({
      address: { hostname: "127.0.0.1", port: address.port },
      beside: true,
    });
    const next = startLoop({ name: `${round}`, listener });
    await loop.handOver();
    ({ loop } = next);
  }
  await until(() => greetings.includes("5"), { what: "a greeting from the last successor" });
  over = true;
  await stream;
  await loop.close();
  assert.deepEqual(greetings.filter((name) => !/^\d$/.test(name)), []);
});
