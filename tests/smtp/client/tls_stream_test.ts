import assert from "node:assert/strict";
import { beginTls, type SecureStream } from "../../../lib/smtp/client/tls_stream.ts";
import { type Certificate, makeAuthority } from "../../support/certificates.ts";
import { until, within } from "../../support/wait.ts";

const authority = await makeAuthority();
const certificate = await authority.issue();

/** A TLS server for one connection. */
function listen({ certificate: cert, key }: Certificate = certificate) {
  return Deno.listenTls({ hostname: "127.0.0.1", port: 0, cert, key });
}

async function open(port: number): Promise<SecureStream> {
  const conn = await Deno.connect({ hostname: "127.0.0.1", port });
  const authorities = [authority.certificate];
  return await beginTls(conn, { verify: true, serverName: "127.0.0.1", authorities });
}

async function pair(): Promise<[SecureStream, Deno.TlsConn]> {
  using listener = listen();
  const accepting = listener.accept();
  const opening = open((listener.addr as Deno.NetAddr).port);
  const server = await accepting;
  await server.handshake();
  return [await opening, server];
}

async function writeAll(to: Pick<Deno.Conn, "write">, octets: Uint8Array): Promise<void> {
  for (let sent = 0; sent < octets.length;) sent += await to.write(octets.subarray(sent));
}

Deno.test("beginTls() carries 25 MB there and back, octet for octet", async () => {
  const [client, server] = await pair();
  const echo = (async () => {
    const buffer = new Uint8Array(65_536);
    for (let n; (n = await server.read(buffer)) !== null;) {
      await writeAll(server, buffer.subarray(0, n));
    }
  })().catch(() => {}); // The client closes without a farewell.
  const block = crypto.getRandomValues(new Uint8Array(65_536));
  const total = 400 * block.length;
  const reading = (async () => {
    const buffer = new Uint8Array(50_000);
    let count = 0;
    for (; count < total;) {
      const n = await client.read(buffer) ?? assert.fail("ended early");
      for (let i = 0; i < n; i++) {
        if (buffer[i] !== block[(count + i) % block.length]) assert.fail();
      }
      count += n;
    }
    return count;
  })();
  for (let sent = 0; sent < total; sent += block.length) await writeAll(client, block);
  assert.equal(await within(reading, { what: "the echo", withinMs: 300_000 }), total);
  client.close();
  await echo;
  server.close();
});

Deno.test("beginTls() reads into a buffer of any size, and says when the server has ended", async () => {
  const [client, server] = await pair();
  await writeAll(server, new TextEncoder().encode("250 Ok\r\n"));
  await server.closeWrite();
  let text = "";
  const buffer = new Uint8Array(3);
  for (let n; (n = await client.read(buffer)) !== null;) {
    text += new TextDecoder().decode(buffer.subarray(0, n));
  }
  assert.equal(text, "250 Ok\r\n");
  client.close();
  server.close();
});

Deno.test("beginTls() holds what fits into buffers of a server that reads nothing, and no more", async () => {
  const [client, server] = await pair();
  const block = new Uint8Array(65_536);
  let taken = 0;
  const writing = (async () => {
    for (;;) {
      await writeAll(client, block);
      taken += block.length;
    }
  })();
  let before = -1;
  await until(() => before === taken || (before = taken, false), {
    what: "a full pipe",
    everyMs: 300,
  });
  assert.ok(taken < 32e6, `${taken}`);
  client.close();
  await assert.rejects(within(writing, { what: "the end of the write" }));
  server.close();
});

Deno.test("beginTls() takes nothing from a server that floods until somebody reads", async () => {
  const [client, server] = await pair();
  const block = new Uint8Array(65_536);
  let sent = 0;
  const flooding = (async () => {
    for (;;) sent += await server.write(block);
  })();
  let before = -1;
  await until(() => before === sent || (before = sent, false), {
    what: "a full pipe",
    everyMs: 300,
  });
  assert.ok(sent < 32e6, `${sent}`);
  client.close();
  await assert.rejects(within(flooding, { what: "the end of the flood" }));
  server.close();
});

Deno.test("beginTls() ends reads and refuses writes once closed", async () => {
  const [client, server] = await pair();
  const reading = client.read(new Uint8Array(10));
  client.close();
  client.close();
  await assert.rejects(within(reading, { what: "the end of the read" }));
  await assert.rejects(client.read(new Uint8Array(10)));
  await assert.rejects(client.write(new Uint8Array(10)));
  server.close();
});

Deno.test("beginTls() serves 200 connections at once", async () => {
  using listener = listen();
  const { port } = listener.addr as Deno.NetAddr;
  const clients = Array.from({ length: 200 }, () => open(port));
  const servers: Deno.TlsConn[] = [];
  const serving: Promise<void>[] = [];
  while (servers.length < clients.length) {
    const server = await listener.accept();
    servers.push(server);
    serving.push((async () => {
      const buffer = new Uint8Array(10);
      const n = await server.read(buffer);
      await writeAll(server, buffer.subarray(0, n ?? 0));
    })());
  }
  const answers = await Promise.all(clients.map(async (opening, index) => {
    const client = await opening;
    await writeAll(client, new TextEncoder().encode(`${index}`));
    const buffer = new Uint8Array(10);
    const n = await client.read(buffer);
    client.close();
    return new TextDecoder().decode(buffer.subarray(0, n ?? 0)) === `${index}`;
  }));
  await Promise.all(serving);
  assert.deepEqual(answers.filter((same) => !same), []);
  for (const server of servers) server.close();
});
