import assert from "node:assert/strict";
import { RelayError } from "../../lib/errors.ts";
import { askControl } from "../../lib/control/client.ts";
import type { ControlStatus } from "../../lib/control/protocol.ts";
import { run } from "../support/tools.ts";
import { HANG_MS, until } from "../support/wait.ts";
import { connectControl, STATUS, withControl } from "../support/control_stage.ts";

function failsWith(message: RegExp): (error: unknown) => boolean {
  return (error) =>
    error instanceof RelayError && error.code === "control-failed" && message.test(error.message);
}

const SOON = { timeoutMs: HANG_MS };

Deno.test("askControl() gives the status", () =>
  withControl({}, async ({ path }) => {
    assert.deepEqual(await askControl(path, { command: "status" }, SOON), STATUS);
  }));

Deno.test("askControl() carries each request and its answer", () =>
  withControl({}, async ({ path, asked }) => {
    assert.deepEqual(await askControl(path, { command: "retry" }, SOON), { queueIds: ["A", "B"] });
    assert.deepEqual(await askControl(path, { command: "retry", queueId: "Q" }, SOON), {
      queueIds: ["Q"],
    });
    assert.deepEqual(await askControl(path, { command: "drop", queueId: "Q" }, SOON), {
      found: true,
      underWay: false,
    });
    assert.deepEqual(await askControl(path, { command: "drain" }, SOON), {});
    assert.deepEqual(asked, ["retry all", "retry Q", "drop Q", "drain"]);
  }));

Deno.test("askControl() carries a very long answer", () => {
  const queueIds = Array.from({ length: 50_000 }, (_, index) => `${index}`.padStart(26, "0"));
  return withControl({ retry: () => Promise.resolve({ queueIds }) }, async ({ path }) => {
    assert.deepEqual(await askControl(path, { command: "retry" }, SOON), { queueIds });
  });
});

Deno.test("askControl() tells why a request failed", () =>
  withControl({ drain: () => Promise.reject(new Error("the disk is full")) }, async ({ path }) => {
    await assert.rejects(
      () => askControl(path, { command: "drain" }, SOON),
      failsWith(/^Cannot drain: the program says: the disk is full$/),
    );
    assert.deepEqual(await askControl(path, { command: "status" }, SOON), STATUS);
  }));

Deno.test("askControl() gives up on a program that does not answer", () => {
  const silent = Promise.withResolvers<ControlStatus>();
  return withControl({ status: () => silent.promise }, async ({ path }) => {
    await assert.rejects(
      () => askControl(path, { command: "status" }, { timeoutMs: 50 }),
      failsWith(/: no answer within 50 ms$/),
    );
    silent.resolve(STATUS);
  });
});

Deno.test("askControl() says that nobody listens", () =>
  withControl({}, async ({ path, server }) => {
    await assert.rejects(
      () => askControl(`${path}.not`, { command: "status" }, SOON),
      failsWith(/: nobody listens there$/),
    );
    await server.close();
    await assert.rejects(
      () => askControl(path, { command: "status" }, SOON),
      failsWith(/: nobody listens there$/),
    );
  }));

const nonsense = [
  { name: "no JSON", reply: "250 OK\n", message: /makes no sense/ },
  { name: "another command's reply", reply: '{"reply":{"queueIds":[]}}\n', message: /no sense/ },
  { name: "a line without an end", reply: '{"reply":{}}', message: /without an answer/ },
  { name: "nothing", reply: "", message: /without an answer/ },
];

for (const { name, reply, message } of nonsense) {
  Deno.test(`askControl() refuses a reply that is ${name}`, async () => {
    const folder = await Deno.makeTempDir();
    const path = `${folder}/c.sock`;
    using listener = Deno.listen({ transport: "unix", path });
    const served = listener.accept().then(async (conn) => {
      await conn.read(new Uint8Array(1000));
      await conn.write(new TextEncoder().encode(reply));
      conn.close();
    });
    await assert.rejects(() => askControl(path, { command: "status" }, SOON), failsWith(message));
    await served;
    await Deno.remove(folder, { recursive: true });
  });
}

Deno.test("askControl() says that a path is too long, and so does startControl()", () =>
  withControl({}, async ({ path, start }) => {
    const long = path.replace(/control\.sock$/, "x".repeat(100));
    const message = /the path \S+x has \d+ octets, a unix socket's may have 107; take a shorter/;
    await assert.rejects(() => askControl(long, { command: "status" }, SOON), failsWith(message));
    await assert.rejects(() => start(long), failsWith(message));
  }));

Deno.test("startControl() makes a socket for its owner only", () =>
  withControl({}, async ({ path }) => {
    assert.equal(((await Deno.stat(path)).mode ?? 0) & 0o777, 0o600);
  }));

Deno.test("startControl() replaces the socket of a dead process", () =>
  withControl({}, async ({ path, start }) => {
    const dead = `${path}.dead`;
    const program = `Deno.listen({ transport: "unix", path: ${JSON.stringify(dead)} });
      Deno.kill(Deno.pid, "SIGKILL");`;
    await run(Deno.execPath(), ["eval", program]);
    assert.ok((await Deno.lstat(dead)).isSocket);
    const server = await start(dead);
    assert.deepEqual(await askControl(dead, { command: "status" }, SOON), STATUS);
    await server.close();
  }));

Deno.test("startControl() leaves a file alone that is no socket", () =>
  withControl({}, async ({ path, start }) => {
    await Deno.writeTextFile(`${path}.txt`, "mine");
    await assert.rejects(() => start(`${path}.txt`), failsWith(/which is no socket$/));
    assert.equal(await Deno.readTextFile(`${path}.txt`), "mine");
  }));

Deno.test("startControl() says why there is no socket", () =>
  withControl({}, async ({ path, start }) => {
    await assert.rejects(
      () => start(`${path}.none/x`),
      failsWith(/^Cannot open the control socket .*No such file/),
    );
  }));

Deno.test("ControlServer.retire() frees the path for a successor, and gives the reply under way", async () => {
  const free = Promise.withResolvers<void>();
  await withControl({ drain: () => free.promise }, async ({ path, server, asked, start }) => {
    const drained = askControl(path, { command: "drain" }, SOON);
    await until(() => asked.includes("drain"), { what: "the request" });
    await server.retire();
    await assert.rejects(() => Deno.lstat(path), Deno.errors.NotFound);
    const successor = await start(path);
    free.resolve();
    assert.deepEqual(await drained, {});
    await server.close();
    assert.deepEqual(await askControl(path, { command: "status" }, SOON), STATUS);
    await successor.close();
  });
});

Deno.test("ControlServer.close() waits a moment for the reply under way", async () => {
  const free = Promise.withResolvers<void>();
  await withControl({ drain: () => free.promise }, async ({ path, server, asked }) => {
    const drained = askControl(path, { command: "drain" }, SOON);
    await until(() => asked.includes("drain"), { what: "the request" });
    const closed = server.close();
    await server.retire();
    // Whatever close() does next, it has done when a round through the sockets is over.
    await assert.rejects(() => askControl(path, { command: "status" }, SOON));
    free.resolve();
    assert.deepEqual(await drained, {});
    await closed;
  });
});

Deno.test("ControlServer.close() cuts off whoever keeps it waiting", () =>
  withControl({}, async ({ path, server }) => {
    using client = await connectControl(path);
    await client.write('{"command":');
    await until(() => server.open === 1, { what: "the connection" });
    await server.close();
    assert.equal(await client.rest(), "");
  }, { closeMs: 50 }));
