import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { once } from "node:events";
import { createServer } from "node:tls";
import type { AddressInfo } from "node:net";
import type { SmarthostTlsConfig } from "../../../lib/config/types.ts";
import { clientOpener, openClient } from "../../../lib/smtp/client/open_client.ts";
import { makeAuthority, selfSigned, writeCertificate } from "../../support/certificates.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import { startTlsFaultServer } from "../../support/tls_fault_server.ts";
import {
  authority,
  caFile,
  certificate,
  folder,
  optionsFor,
  password,
  refused,
  required,
  send,
  sendOver,
  signal,
} from "../../support/client_tls_stage.ts";

Deno.test("openClient() says nothing in clear but EHLO and STARTTLS when tls is required", async () => {
  await using server = startTlsFaultServer({
    certificate,
    inClear: ["STARTTLS", "SIZE 1", "AUTH X"],
  });
  assert.equal(await send(optionsFor(server.port, { tls: required, auth: password })), "delivered");
  assert.equal(server.seen.clear, "EHLO relay.test\r\nSTARTTLS\r\n");
  // The SIZE of the clear EHLO is forgotten: it would have refused the mail.
  const blob = Buffer.from("\0relay\0s3cret").toString("base64");
  assert.deepEqual(server.seen.lines.slice(0, 3), [
    "EHLO relay.test",
    `AUTH PLAIN ${blob}`,
    "MAIL FROM:<>",
  ]);
});

Deno.test("openClient() begins with TLS when tls is implicit", async () => {
  await using server = startTlsFaultServer({ certificate, implicit: true });
  const tls = { mode: "implicit", caFile } as const;
  assert.equal(await send(optionsFor(server.port, { tls, auth: password })), "delivered");
  assert.equal(server.seen.clear, "");
  assert.ok(server.seen.lines.includes("It broke."));
});

Deno.test("openClient() never says STARTTLS when tls is none", async () => {
  await using server = startTlsFaultServer({ certificate });
  assert.equal(await send(optionsFor(server.port)), "delivered");
  assert.doesNotMatch(server.seen.clear, /STARTTLS/);
});

Deno.test("openClient() accepts the name that it is told in place of the server's own", async () => {
  const named = await authority.issue({ names: ["mx.example.net"] });
  await using server = startTlsFaultServer({ certificate: named });
  const tls = { ...required, serverName: "mx.example.net" };
  assert.equal(await send(optionsFor(server.port, { tls })), "delivered");
});

Deno.test("openClient() takes any certificate when tls is opportunistic", async () => {
  await using server = startTlsFaultServer({ certificate: await selfSigned({ days: [-9, -1] }) });
  assert.equal(
    await send(optionsFor(server.port, { tls: { mode: "opportunistic" } })),
    "delivered",
  );
  assert.equal(server.seen.clear, "EHLO relay.test\r\nSTARTTLS\r\n");
});

for (const startTls of ["454 4.7.0 Not now\r\n", "502 5.5.1 What?\r\n"]) {
  Deno.test(`openClient() goes on in clear after ${startTls.slice(0, 3)} when tls is opportunistic`, async () => {
    await using server = startTlsFaultServer({ certificate, startTls });
    assert.equal(
      await send(optionsFor(server.port, { tls: { mode: "opportunistic" } })),
      "delivered",
    );
    assert.equal(server.connections, 1);
    assert.match(server.seen.clear, /It broke\./);
  });
}

Deno.test("clientOpener() goes on in clear for ten minutes where TLS breaks and tls is opportunistic", async () => {
  await using server = startTlsFaultServer({ handshake: "close" });
  const clock = new FakeClock();
  const open = clientOpener(optionsFor(server.port, { tls: { mode: "opportunistic" }, clock }));
  const connections = async () => {
    const before = server.connections;
    assert.equal(await sendOver(await open(signal)), "delivered");
    return server.connections - before;
  };
  assert.equal(await connections(), 2);
  clock.advance(599_999);
  assert.equal(await connections(), 1);
  clock.advance(1);
  assert.equal(await connections(), 2);
});

const files = [
  {
    name: "an authority",
    tls: { caFile: "/nowhere/ca.pem" },
    reason: /Cannot read \/nowhere\/ca\.pem for TLS: no such file/,
  },
  {
    name: "a certificate of ours",
    tls: { certificate: { certificateFile: "/nowhere/c.pem", keyFile: "/nowhere/k.pem" } },
    reason: /Cannot read \/nowhere\/c\.pem for TLS/,
  },
  {
    name: "something else",
    tls: { caFile: `${folder}/empty.pem` },
    reason: /no CERTIFICATE in PEM form/,
  },
] as const;

for (const { name, tls, reason } of files) {
  Deno.test(`openClient() names the file that should hold ${name} and does not`, async () => {
    await Deno.writeTextFile(`${folder}/empty.pem`, "nothing\n");
    await using server = startTlsFaultServer({ certificate });
    const wanted = { ...required, ...tls } satisfies SmarthostTlsConfig;
    await assert.rejects(
      send(optionsFor(server.port, { tls: wanted })),
      refused("tls-failed", reason),
    );
    assert.doesNotMatch(server.seen.clear, /MAIL/);
  });
}

Deno.test("openClient() reads the authorities again when their file has changed", async () => {
  await using server = startTlsFaultServer({ certificate });
  const path = `${folder}/changing.pem`;
  await Deno.writeTextFile(path, (await makeAuthority("Another")).certificate);
  const options = optionsFor(server.port, { tls: { mode: "required", caFile: path } });
  await assert.rejects(
    send(options),
    refused("tls-failed", /Test Authority, an unknown authority/),
  );
  // Several in one file, the right one last.
  const other = (await makeAuthority("Third")).certificate;
  await Deno.writeTextFile(path, `${other}\n${authority.certificate}`);
  assert.equal(await send(options), "delivered");
});

Deno.test("openClient() shows its own certificate, the one that the file holds now", async () => {
  const names: string[] = [];
  const { certificate: cert, key } = certificate;
  const server = createServer(
    { cert, key, ca: [authority.certificate], requestCert: true, rejectUnauthorized: false },
    (socket) => {
      names.push(String(socket.getPeerCertificate()?.subjectaltname));
      socket.on("error", () => {}); // The client hangs up.
      socket.end("554 no service here\r\n");
    },
  ).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  for (const name of ["one.example", "two.example.net"]) {
    const own = await writeCertificate(folder, await authority.issue({ names: [name] }), "own");
    const tls = { mode: "implicit", caFile, certificate: own } as const;
    await assert.rejects(send(optionsFor(port, { tls })), refused("peer-refused", /554/));
  }
  server.close();
  await once(server, "close");
  assert.deepEqual(names, ["DNS:one.example", "DNS:two.example.net"]);
});

Deno.test("openClient() gives up the handshake when the signal says stop", async () => {
  await using server = startTlsFaultServer({ handshake: "hang", implicit: true });
  const stop = new AbortController();
  const options = optionsFor(server.port, { tls: { mode: "implicit" } });
  const opening = openClient(options, stop.signal);
  setTimeout(() => stop.abort(), 50);
  await assert.rejects(opening, refused("aborted", /cut off/));
});
