/** Holds lib/routing/lookups/guarded_fetch.ts to the addresses and names that it must check. @module */

import assert from "node:assert/strict";
import {
  type Connection,
  type Dialer,
  guardedFetch,
  systemDialer,
} from "../../../lib/routing/lookups/guarded_fetch.ts";
import { get, type HttpAnswer } from "../../../lib/routing/lookups/http.ts";
import { addressCheck } from "../../../lib/routing/lookups/network.ts";
import { type Certificate, makeAuthority } from "../../support/certificates.ts";
import { HANG_MS, within } from "../../support/wait.ts";

const never = new AbortController().signal;
const loopback = addressCheck(["127.0.0.0/8"]);

function serve(answer: (request: Request) => Response, tls?: Certificate) {
  const pem = tls === undefined ? {} : { cert: tls.certificate, key: tls.key };
  return Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {}, ...pem }, answer);
}

function describe(answer: HttpAnswer): string {
  return answer.kind === "response" ? `${answer.status} ${answer.text}` : answer.detail;
}

Deno.test("guardedFetch() asks an address that is allowed, by name and by number", async () => {
  const server = serve((request) =>
    new Response(`${request.headers.get("host")} ${request.headers.get("x-key")}`)
  );
  const { port } = server.addr;
  for (const host of [`localhost:${port}`, `127.0.0.1:${port}`]) {
    const request = { url: `http://${host}/a?b=c`, headers: { "x-key": "k" }, limitMs: HANG_MS };
    assert.equal(describe(await get(request, never, guardedFetch(loopback))), `200 ${host} k`);
  }
  await server.shutdown();
});

Deno.test("guardedFetch() sends nothing to a private address, whatever its name", async () => {
  let asked = 0;
  const server = serve(() => {
    asked++;
    return new Response();
  });
  const { port } = server.addr;
  for (const host of ["localhost", "127.0.0.1", "0.0.0.0", "2130706433", "0x7f.1"]) {
    const request = { url: `http://${host}:${port}/`, headers: {}, limitMs: HANG_MS };
    const answer = await get(request, never, guardedFetch(addressCheck([])));
    assert.match(describe(answer), /list it under allow/);
  }
  assert.equal(asked, 0);
  await server.shutdown();
});

Deno.test("guardedFetch() does not even connect to a private address that is written out", async () => {
  const targets: string[] = [];
  const dialer: Dialer = {
    ...systemDialer(),
    connect: ({ hostname = "" }) => {
      targets.push(hostname);
      return Promise.reject(new Error("refused"));
    },
  };
  const fetch = guardedFetch(addressCheck([]), dialer);
  for (const host of ["127.0.0.1", "[::1]", "[::ffff:a00:1]", "8.8.8.8", "a.test"]) {
    await get({ url: `http://${host}/`, headers: {}, limitMs: HANG_MS }, never, fetch);
  }
  assert.deepEqual(targets, ["8.8.8.8", "a.test"]);
});

Deno.test("guardedFetch() checks the address that it talks to, not one that the name had", async () => {
  const server = serve(() => new Response("private"));
  const { port } = server.addr;
  const targets: string[] = [];
  const system = systemDialer();
  // The name resolves to a public address for whoever asks first, and to this host for the rest.
  const rebinding: Dialer = {
    ...system,
    connect: (target) => {
      targets.push(target.hostname ?? "");
      return system.connect({ ...target, hostname: "127.0.0.1" });
    },
  };
  const request = { url: `http://rebind.test:${port}/`, headers: {}, limitMs: HANG_MS };
  const refused = await get(request, never, guardedFetch(addressCheck([]), rebinding));
  assert.match(describe(refused), /^rebind\.test: 127\.0\.0\.1 is in the loopback network/);
  assert.equal(
    describe(await get(request, never, guardedFetch(loopback, rebinding))),
    "200 private",
  );
  assert.deepEqual(targets, ["rebind.test", "rebind.test"], "one resolution, by the connection");
  await server.shutdown();
});

const names = [
  { name: "the name", names: ["localhost"], says: /^200 secret$/ },
  { name: "another name", names: ["other.test"], says: /not valid for name "localhost"/ },
];

for (const { name, names: certified, says } of names) {
  Deno.test(`guardedFetch() sends to a server whose certificate is for ${name}`, async () => {
    const authority = await makeAuthority();
    const seen: string[] = [];
    const server = serve((request) => {
      seen.push(request.url);
      return new Response("secret");
    }, await authority.issue({ names: certified }));
    const fetch = guardedFetch(loopback, systemDialer([authority.certificate]));
    const request = {
      url: `https://localhost:${server.addr.port}/`,
      headers: {},
      limitMs: HANG_MS,
    };
    const said = describe(await get(request, never, fetch));
    assert.match(said, says);
    assert.equal(seen.length, said.startsWith("200") ? 1 : 0);
    await server.shutdown();
  });
}

Deno.test("guardedFetch() trusts no certificate of an authority that it does not know", async () => {
  const server = serve(() => new Response("x"), await (await makeAuthority()).issue());
  const request = { url: `https://localhost:${server.addr.port}/`, headers: {}, limitMs: HANG_MS };
  assert.match(describe(await get(request, never, guardedFetch(loopback))), /certificate/);
  await server.shutdown();
});

/** A connection to nowhere whose TLS handshake ends when the test says so. */
function slowTls() {
  const shaking = Promise.withResolvers<void>();
  const closed: string[] = [];
  const conn = (name: string): Connection => ({
    read: () => Promise.resolve(null),
    write: (octets) => Promise.resolve(octets.length),
    close: () => void closed.push(name),
    remoteAddr: { transport: "tcp", hostname: "127.0.0.1", port: 1 },
  });
  const dialer: Dialer = {
    connect: () => Promise.resolve(conn("plain")),
    startTls: () => Promise.resolve({ ...conn("tls"), handshake: () => shaking.promise }),
  };
  return { dialer, closed, shaking };
}

Deno.test("guardedFetch() begins no more handshakes while too many wait for the server", async () => {
  const { dialer, closed, shaking } = slowTls();
  const fetch = guardedFetch(loopback, dialer);
  const request = { url: "https://127.0.0.1/", headers: {}, limitMs: 300 };
  const asking = Array.from({ length: 32 }, () => get(request, never, fetch));
  for (const answer of await Promise.all(asking)) {
    assert.equal(describe(answer), "no answer within 300 ms");
  }
  assert.match(describe(await get(request, never, fetch)), /^32 TLS handshakes wait/);
  shaking.reject(new Error("gone"));
  await shaking.promise.catch(() => {});
  assert.equal(describe(await get(request, never, fetch)), "gone");
  assert.equal(closed.filter((name) => name === "tls").length, 33);
});

for (const protocol of ["http", "https"]) {
  Deno.test(`guardedFetch() ends in time with a server that is silent on ${protocol}`, async () => {
    const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const accepting = listener.accept();
    const url = `${protocol}://localhost:${listener.addr.port}/`;
    const { dialer, closed } = watchedTls();
    const fetch = guardedFetch(loopback, dialer);
    // The limit is for the look at the host's name and the connection, too.
    const answer = await get({ url, headers: {}, limitMs: 2_000 }, never, fetch);
    assert.equal(describe(answer), "no answer within 2000 ms");
    const peer = await within(accepting, { what: "the connection" });
    const ended = protocol === "http" ? drain(peer) : Promise.resolve();
    await within(ended, { what: "the connection to be closed" });
    peer.close();
    listener.close();
    if (protocol === "https") await within(closed, { what: "the handshake to let go" });
  });
}

/** The system's dialer, and when it closes a connection with TLS. */
function watchedTls() {
  const { promise: closed, resolve } = Promise.withResolvers<void>();
  const system = systemDialer();
  const dialer: Dialer = {
    ...system,
    startTls: async (conn, hostname) => {
      const tls = await system.startTls(conn, hostname);
      return {
        read: (buffer) => tls.read(buffer),
        write: (octets) => tls.write(octets),
        handshake: () => tls.handshake(),
        remoteAddr: tls.remoteAddr,
        close: () => {
          tls.close();
          resolve();
        },
      };
    },
  };
  return { dialer, closed };
}

async function drain(conn: Deno.Conn): Promise<void> {
  const buffer = new Uint8Array(1_024);
  while (await conn.read(buffer) !== null);
}
