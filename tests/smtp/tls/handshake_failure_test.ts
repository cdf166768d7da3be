import assert from "node:assert/strict";
import {
  clientHello,
  extension,
  inRecords,
  supportedVersions,
} from "../../support/client_hello.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import { failureOf, openTlsStage, readAll } from "../../support/tls_stage.ts";

const OLD_REMEDY = "give it a listener without tls, in clear, with allow for its address alone";
const SIGNATURES = extension(13, [0, 2, 4, 3]);
const CURVES = extension(10, [0, 2, 0, 23]);

const old = [
  { offer: "SSL 2.0", hello: Uint8Array.of(0x80, 0x2e, 1, 0, 2, 0, 0x15, 0, 0) },
  { offer: "TLS 1.0", hello: Uint8Array.of(0x80, 0x2e, 1, 3, 1, 0, 0x15, 0, 0) },
  { offer: "SSL 3.0", hello: inRecords(clientHello({ version: 0x0300 })) },
  { offer: "TLS 1.0", hello: inRecords(clientHello({ version: 0x0301 })) },
  { offer: "TLS 1.1", hello: inRecords(clientHello({ version: 0x0302 }), 5) },
  {
    offer: "TLS 1.1",
    hello: inRecords(clientHello({
      version: 0x0302,
      extensions: [extension(21, new Array<number>(5_000).fill(0)), supportedVersions(0x0302)],
    })),
  },
  {
    offer: "TLS 1.1",
    hello: inRecords(clientHello({ version: 0x0303, extensions: [supportedVersions(0x0302)] })),
  },
];

for (const { offer, hello } of old) {
  Deno.test(`a peer that offers ${offer} at most is told, and so is the operator (${hello.length} octets)`, async () => {
    await using stage = await openTlsStage();
    const { client, wire } = await stage.meet();
    const handshake = stage.server.secure(wire, "starttls");
    await client.write(hello);
    assert.equal(await readAll(client), "\x15\x03\x01\x00\x02\x02\x46");
    client.close();
    assert.equal(
      await failureOf(handshake),
      `the peer offers ${offer} at most; this relay speaks 1.2 and 1.3: ${OLD_REMEDY}`,
    );
  });
}

const broken: readonly (readonly [string, Uint8Array<ArrayBuffer>, RegExp])[] = [
  [
    "old ciphers only",
    inRecords(clientHello({ version: 0x0303, extensions: [SIGNATURES, CURVES] })),
    /^no cipher, curve or signature in common; .* \[peer is incompatible: NoCipherSuitesInCommon\]$/,
  ],
  [
    "no curve in common",
    inRecords(clientHello({
      version: 0x0303,
      suites: [0xc02b],
      extensions: [SIGNATURES, extension(10, [0, 2, 0, 5])],
    })),
    /^no cipher, curve or signature in common; .*NoKxGroupsInCommon/,
  ],
  [
    "a hello that breaks off inside",
    Uint8Array.of(22, 3, 1, 0, 5, 1, 0, 0, 1, 3),
    /^the peer does not speak TLS properly \[.*MissingData/,
  ],
  [
    "a ServerHello",
    Uint8Array.of(22, 3, 1, 0, 4, 2, 0, 0, 0),
    /^the peer does not speak TLS properly/,
  ],
  ["nothing but handshake octets", new Uint8Array(40_000).fill(22), /^the peer does not speak/],
];

for (const [what, hello, reason] of broken) {
  Deno.test(`secure() gets an alert to a peer with ${what}, and says why`, async () => {
    // Its clock stands still: the end comes with the alert, not with a limit.
    await using stage = await openTlsStage({ clock: new FakeClock() });
    const { client, wire } = await stage.meet();
    const handshake = stage.server.secure(wire, "implicit");
    await client.write(hello);
    const said = await readAll(client);
    assert.equal(said.length, 7);
    assert.equal(said.slice(0, 2) + said.slice(3, 6), "\x15\x03\x00\x02\x02");
    client.close();
    assert.match(await failureOf(handshake), reason);
  });
}
