/** Certificates that several lease: how often they are opened, and when they are closed. @module */

import assert from "node:assert/strict";
import { TlsServers } from "../../lib/app/tls_servers.ts";
import type { TlsServer } from "../../lib/smtp/tls/tls_server.ts";

/** Opens servers that do nothing but be counted. */
function stage() {
  const open: string[] = [];
  let opened = 0;
  const opener = (key: string) => () => {
    opened++;
    open.push(key);
    const server: TlsServer = {
      secure: () => Promise.resolve({ kind: "failed", reason: "no TLS here" }),
      reload: () => Promise.resolve(),
      close: async () => {
        await Promise.resolve();
        open.splice(open.indexOf(key), 1);
      },
    };
    return Promise.resolve(server);
  };
  const servers = new TlsServers();
  return {
    servers,
    open,
    lease: (key: string) => servers.lease(key, opener(key)),
    opened: () => opened,
  };
}

Deno.test("lease() opens a certificate once for all, also for those who come while it is opened", async () => {
  const { servers, lease, opened } = stage();
  const [one, two] = await Promise.all([lease("a"), lease("a")]);
  assert.equal(one.server, two.server);
  assert.notEqual((await lease("b")).server, one.server);
  assert.equal(opened(), 2);
  await servers.close();
});

Deno.test("a certificate is closed with its last lease, and opened anew for the next", async () => {
  const { servers, open, lease, opened } = stage();
  const [one, two, other] = [await lease("a"), await lease("a"), await lease("b")];
  one.end();
  assert.deepEqual(open, ["a", "b"]);
  two.end();
  const again = await lease("a");
  assert.notEqual(again.server, one.server);
  assert.deepEqual([open, opened()], [["b", "a"], 3]);
  other.end();
  again.end();
  await servers.close();
  assert.deepEqual(open, []);
});

Deno.test("a certificate that cannot be opened is leased by nobody, and tried again", async () => {
  const { servers, open, lease } = stage();
  const fail = () => servers.lease("a", () => Promise.reject(new Error("no such file")));
  const both = await Promise.allSettled([fail(), fail()]);
  assert.deepEqual(both.map(({ status }) => status), ["rejected", "rejected"]);
  (await lease("a")).end();
  await servers.close();
  assert.deepEqual(open, []);
});

Deno.test("close() closes what is leased; leases may come back later", async () => {
  const { servers, open, lease } = stage();
  const { end } = await lease("a");
  await servers.close();
  assert.deepEqual(open, []);
  end();
  await servers.close();
});
