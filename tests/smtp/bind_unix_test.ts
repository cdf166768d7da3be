import assert from "node:assert/strict";
import { join } from "node:path";
import { RelayError } from "../../lib/errors.ts";
import { AcceptLoop } from "../../lib/smtp/accept_loop.ts";
import {
  bindUnix,
  refuseIfAlive,
  temporaryPath,
  type UnixSocket,
} from "../../lib/smtp/bind_unix.ts";
import { SYSTEM_CLOCK } from "../../lib/smtp/deadline.ts";
import { plainWire } from "../../lib/smtp/wire.ts";
import { latin1, octets } from "../support/octets.ts";
import { until, within } from "../support/wait.ts";

/** A folder for sockets; removed with the test. */
async function makeFolder(): Promise<AsyncDisposable & { folder: string; path: string }> {
  const folder = await Deno.makeTempDir({ prefix: "m2a-" });
  return {
    folder,
    path: join(folder, "smtp.sock"),
    [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
  };
}

function bind(path: string, mode = 0o600): UnixSocket {
  return bindUnix({ address: { path, mode } });
}

function modeOf(path: string): string {
  return ((Deno.lstatSync(path).mode ?? 0) & 0o777).toString(8);
}

function namesIn(folder: string): string[] {
  return [...Deno.readDirSync(folder)].map(({ name }) => name);
}

/** Leaves a socket behind as a process does that is killed: on closing, the runtime removes it. */
function leaveDead(path: string): void {
  using _listener = Deno.listen({ transport: "unix", path: `${path}~` });
  Deno.renameSync(`${path}~`, path);
}

/** Puts something in the place of the runtime's `renameSync` while a socket is bound. */
function whileRenaming(renameSync: typeof Deno.renameSync, act: () => void): void {
  const { renameSync: original } = Deno;
  Deno.renameSync = renameSync;
  try {
    act();
  } finally {
    Deno.renameSync = original;
  }
}

function listenFailed(pattern: RegExp): (error: unknown) => boolean {
  return (error) =>
    error instanceof RelayError && error.code === "listen-failed" && pattern.test(error.message);
}

/** Greets whoever connects with a name. */
function greeter(name: string, listener: UnixSocket): AcceptLoop {
  const serve: ConstructorParameters<typeof AcceptLoop>[1]["serve"] = async (conn) => {
    const wire = plainWire(conn);
    assert.equal(wire.peer, "unix");
    wire.hurry();
    await wire.write(octets(name));
    wire.close();
  };
  return new AcceptLoop(listener, { serve, clock: SYSTEM_CLOCK });
}

async function greeting(path: string): Promise<string> {
  try {
    using conn = await Deno.connect({ transport: "unix", path });
    const buffer = new Uint8Array(10);
    const count = await within(conn.read(buffer), { what: "a greeting" });
    return latin1(buffer.subarray(0, count ?? 0)) || "(closed)";
  } catch (error) {
    return (error as Error).name;
  }
}

for (const mode of [0o600, 0o660, 0o666]) {
  Deno.test(`bindUnix() makes a socket of mode ${mode.toString(8)}`, async () => {
    await using place = await makeFolder();
    const listener = bind(place.path, mode);
    assert.equal(modeOf(place.path), mode.toString(8));
    assert.deepEqual(namesIn(place.folder), ["smtp.sock"]);
    listener.close();
    assert.deepEqual(namesIn(place.folder), []);
  });
}

Deno.test("bindUnix() shows nobody a socket of wider rights", async () => {
  await using place = await makeFolder();
  const { renameSync } = Deno;
  const seen: string[] = [];
  const look: typeof renameSync = (from, to) => {
    assert.equal(from, temporaryPath(place.path));
    seen.push(modeOf(`${place.path}.new`), modeOf(temporaryPath(place.path)));
    renameSync(from, to);
  };
  whileRenaming(look, () => bind(place.path, 0o620).close());
  assert.deepEqual(seen, ["700", "620"]);
});

Deno.test("bindUnix() takes the place of a socket that a dead process left", async () => {
  await using place = await makeFolder();
  leaveDead(place.path);
  assert.ok((await Deno.lstat(place.path)).isSocket);
  await refuseIfAlive(place.path);
  const loop = greeter("it", bind(place.path));
  assert.equal(await greeting(place.path), "it");
  await loop.close();
});

Deno.test("bindUnix() clears away what a process left that died while it bound", async () => {
  await using place = await makeFolder();
  await Deno.mkdir(`${place.path}.new`);
  bind(place.path).close();
  await Deno.mkdir(`${place.path}.new`);
  leaveDead(temporaryPath(place.path));
  bind(place.path).close();
  assert.deepEqual(namesIn(place.folder), []);
});

Deno.test("refuseIfAlive() refuses a socket that answers, and no other path", async () => {
  await using place = await makeFolder();
  await refuseIfAlive(place.path);
  const listener = bind(place.path);
  await assert.rejects(refuseIfAlive(place.path), listenFailed(/another program listens there/));
  listener.close();
  await refuseIfAlive(place.path);
  await assert.rejects(refuseIfAlive("x".repeat(200)), listenFailed(/cannot tell whether/));
});

Deno.test("bindUnix() replaces nothing but sockets", async () => {
  await using place = await makeFolder();
  await Deno.writeTextFile(place.path, "precious");
  assert.throws(() => bind(place.path), listenFailed(/a file of that name, and no socket/));
  assert.equal(await Deno.readTextFile(place.path), "precious");
  await Deno.remove(place.path);
  await Deno.symlink("nowhere", place.path);
  assert.throws(() => bind(place.path), listenFailed(/no socket/));
});

Deno.test("bindUnix() says what to do about the folder", async () => {
  await using place = await makeFolder();
  const path = join(place.folder, "none", "smtp.sock");
  assert.throws(() => bind(path), listenFailed(/there is no folder .*none; make it/));
});

Deno.test("bindUnix() takes the longest path there is, and refuses a longer one", async () => {
  await using place = await makeFolder();
  const longest = join(place.folder, "x".repeat(101 - place.folder.length - 1));
  const loop = greeter("it", bind(longest));
  assert.equal(await greeting(longest), "it");
  await loop.close();
  assert.throws(() => bind(`${longest}x`), listenFailed(/has 102 octets and may have 101/));
});

Deno.test("bindUnix() leaves nothing behind when it fails", async () => {
  await using place = await makeFolder();
  const refuse = () => {
    throw new Deno.errors.PermissionDenied("not today");
  };
  whileRenaming(refuse, () => {
    assert.throws(() => bind(place.path), listenFailed(/let the user write there/));
  });
  assert.deepEqual(namesIn(place.folder), []);
});

Deno.test("a unix socket that is closed does not remove its successor's file", async () => {
  await using place = await makeFolder();
  const first = bind(place.path);
  const second = greeter("second", bind(place.path));
  first.close();
  assert.equal(await greeting(place.path), "second");
  await second.close();
  assert.equal(await greeting(place.path), "NotFound");
});

Deno.test("AcceptLoop.handOver() of a unix socket serves those who have come already", async () => {
  await using place = await makeFolder();
  const loop = greeter("it", bind(place.path));
  const greetings = Array.from({ length: 20 }, () => greeting(place.path));
  await within(loop.handOver(), { what: "the end of the loop" });
  assert.deepEqual(new Set(await Promise.all(greetings)), new Set(["it"]));
  assert.equal(await greeting(place.path), "NotFound");
});

Deno.test("AcceptLoop.handOver() of a unix socket loses nobody to a successor", async () => {
  await using place = await makeFolder();
  let loop = greeter("0", bind(place.path));
  let over = false;
  const greetings: string[] = [];
  const stream = Promise.all(Array.from({ length: 3 }, async () => {
    while (!over) greetings.push(await greeting(place.path));
  }));
  for (let round = 1; round < 6; round++) {
    const enough = greetings.length + 50;
    await until(() => greetings.length > enough, { what: "connections" });
    const next = greeter(`${round}`, bind(place.path));
    await loop.handOver();
    loop = next;
  }
  await until(() => greetings.includes("5"), { what: "a greeting from the last successor" });
  over = true;
  await stream;
  await loop.close();
  assert.deepEqual(greetings.filter((name) => !/^\d$/.test(name)), []);
});
