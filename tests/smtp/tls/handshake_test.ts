import assert from "node:assert/strict";
import { FakeClock } from "../../support/fake_clock.ts";
import { clientHello, extension, inRecords } from "../../support/client_hello.ts";
import { octets } from "../../support/octets.ts";
import { failureOf, openTlsStage, readAll, readExactly, wireOf } from "../../support/tls_stage.ts";
import { makeAuthority, writeCertificate } from "../../support/certificates.ts";
import { shakeHands } from "../../support/tls_client.ts";
import { until, within } from "../../support/wait.ts";

const NOT_TLS = "554 5.5.1 This port speaks TLS; use an SMTP client with TLS\r\n";
const SIGNATURES = extension(13, [0, 2, 4, 3]);
const CURVES = extension(10, [0, 2, 0, 23]);

for (const begin of ["implicit", "starttls"] as const) {
  Deno.test(`secure(${begin}) leads to a wire on which both can talk`, async () => {
    await using stage = await openTlsStage();
    const { client, wire } = await stage.meetSecurely(begin);
    assert.equal(wire.peer, "127.0.0.1");
    assert.equal(await wire.write(octets("220 hello\r\n")), true);
    assert.equal(await readExactly(client, 11), "220 hello\r\n");
    await client.write(octets("EHLO x\r\n"));
    assert.equal(await readExactly(wire, 8), "EHLO x\r\n");
  });
}

Deno.test("what was said in clear before the handshake does not come out of the secure wire", async () => {
  await using stage = await openTlsStage();
  const { client, wire } = await stage.meet();
  await client.write(octets("EHLO x\r\nSTARTTLS\r\n"));
  assert.equal(await readExactly(wire, 18), "EHLO x\r\nSTARTTLS\r\n");
  await wire.write(octets("220 go\r\n"));
  assert.equal(await readExactly(client, 8), "220 go\r\n");
  // Injected between STARTTLS and the handshake: no TLS comes of it, and nothing is read.
  await client.write(octets("MAIL FROM:<a@example.net>\r\n"));
  const reason = await failureOf(stage.server.secure(wire, "starttls"));
  assert.equal(reason, "the peer speaks in clear where TLS was to begin");
  assert.equal(await readAll(client), "");
});

Deno.test("secure() takes a handshake that comes octet by octet", async () => {
  await using stage = await openTlsStage();
  const { client, wire } = await stage.meet();
  const handshake = stage.server.secure(wire, "implicit");
  // A hello that only offers what nobody has: its alert shows that all of it was understood.
  const hello = clientHello({ version: 0x0303, extensions: [SIGNATURES, CURVES] });
  for (const octet of inRecords(hello, 3)) await client.write(Uint8Array.of(octet));
  assert.equal((await readAll(client)).at(0), "\x15");
  client.close();
  assert.match(await failureOf(handshake), /^no cipher, curve or signature in common/);
});

const inClear = [
  "EHLO x\r\n",
  "GET / HTTP/1.1\r\n\r\n",
  "\0",
  "SSH-2.0-x\r\n",
  "\x15\x03\x01\0\x02\x02(",
];

for (const text of inClear) {
  Deno.test(`secure(implicit) says that it speaks TLS to ${JSON.stringify(text)}`, async () => {
    await using stage = await openTlsStage();
    const { client, wire } = await stage.meet();
    const handshake = stage.server.secure(wire, "implicit");
    await client.write(octets(text));
    assert.equal(await readAll(client), NOT_TLS);
    client.close();
    assert.equal(await failureOf(handshake), "the peer speaks in clear where TLS was to begin");
  });
}

Deno.test("a peer that is turned away and does not close is closed after a second", async () => {
  const clock = new FakeClock();
  await using stage = await openTlsStage({ clock });
  const { client, wire } = await stage.meet();
  const handshake = stage.server.secure(wire, "implicit");
  await client.write(octets("hello\r\n"));
  assert.equal(await readAll(client), NOT_TLS);
  await until(() => clock.pending === 1, { what: "the limit" });
  clock.advance(999);
  assert.equal(clock.pending, 1);
  clock.advance(1);
  await failureOf(handshake);
  assert.equal(clock.pending, 0);
});

Deno.test("a peer that is turned away and floods is closed", async () => {
  const clock = new FakeClock();
  await using stage = await openTlsStage({ clock });
  const { client, wire } = await stage.meet();
  const handshake = stage.server.secure(wire, "implicit");
  const flood = async () => {
    try {
      for (;;) await client.write(new Uint8Array(65_536));
    } catch {
      return true;
    }
  };
  assert.equal(await within(flood(), { what: "the flood to end" }), true);
  await failureOf(handshake);
});

Deno.test("a peer that does not know our authority is told of, with a remedy", async () => {
  await using stage = await openTlsStage();
  const stranger = await makeAuthority("Stranger");
  const { client, wire } = await stage.meet();
  const handshake = stage.server.secure(wire, "implicit");
  await assert.rejects(shakeHands(client, { ca: stranger.certificate, name: "localhost" }));
  assert.match(
    await failureOf(handshake),
    /^the peer does not trust our certificate; give it one .* \(it calls us localhost\) \[.*UnknownCA\]$/,
  );
});

Deno.test("a peer that finds our certificate expired is told of", async () => {
  await using stage = await openTlsStage();
  await writeCertificate(stage.folder, await stage.authority.issue({ days: [-9, -1] }));
  await stage.server.reload();
  const { client, wire } = await stage.meet();
  const handshake = stage.server.secure(wire, "implicit");
  const ca = stage.authority.certificate;
  await assert.rejects(shakeHands(client, { ca, name: "localhost" }));
  assert.match(await failureOf(handshake), /^the peer says that our certificate is expired/);
});

Deno.test("a peer that looks for another name in our certificate is told of", async () => {
  await using stage = await openTlsStage();
  const { client, wire } = await stage.meet();
  const handshake = stage.server.secure(wire, "implicit");
  const ca = stage.authority.certificate;
  await assert.rejects(shakeHands(client, { ca, name: "mail.example.com" }));
  assert.match(await failureOf(handshake), /certificate.* \(it calls us mail\.example\.com\) \[/);
});

const partial = inRecords(clientHello({ version: 0x0303 })).subarray(0, 20);
const whole = inRecords(clientHello({
  version: 0x0303,
  suites: [0xc02b],
  extensions: [SIGNATURES, CURVES],
}));

const departures = [
  {
    when: "before it says anything",
    said: new Uint8Array(),
    says: /went away before the handshake/,
  },
  { when: "in the middle of its hello", said: partial, says: /went away before the handshake/ },
  { when: "after its hello", said: whole, says: /went away during the handshake/ },
];

for (const { when, said, says } of departures) {
  Deno.test(`a peer that closes its side ${when} ends the handshake`, async () => {
    await using stage = await openTlsStage();
    const { client, wire } = await stage.meet();
    const handshake = stage.server.secure(wire, "implicit");
    await client.write(said);
    await client.closeWrite();
    await readAll(client);
    assert.match(await failureOf(handshake), says);
  });

  Deno.test(`closing the wire of a peer that falls silent ${when} ends the handshake`, async () => {
    await using stage = await openTlsStage();
    const { client, wire } = await stage.meet();
    const handshake = stage.server.secure(wire, "implicit");
    await client.write(said);
    // Wherever the handshake has got to: its answer to the whole hello shows that it is under way.
    if (said === whole) assert.equal((await readExactly(client, 5)).slice(0, 2), "\x16\x03");
    wire.close();
    assert.match(await failureOf(handshake), /went away/);
  });
}

Deno.test("secure() works for self-signed certificates, and for whoever trusts them", async () => {
  await using stage = await openTlsStage({ certificate: "self-signed" });
  const { client, wire } = await stage.meet();
  const ca = await Deno.readTextFile(`${stage.folder}/self-signed.pem`);
  const handshake = stage.server.secure(wire, "implicit");
  const secure = await shakeHands(client, { ca, name: "relay.test" });
  wireOf(await handshake).close();
  assert.equal(await readAll(secure), "");
  secure.close();
});
