/** Certificates and keys in PEM files. @module */

import assert from "node:assert/strict";
import { loadConfiguration } from "../../lib/config/load.ts";
import { certificatesOf, checkPem, keyOf } from "../../lib/config/pem.ts";
import { RelayError } from "../../lib/errors.ts";
import { makeAuthority, selfSigned, writeCertificate } from "../support/certificates.ts";

const { certificate, key } = await selfSigned();
const lines = (text: string) => text.trim().split("\n");
const damage = (pem: string) => [lines(pem)[0], "AAAA", lines(pem).at(-1)].join("\n");

const RIGHT = [
  { name: "a certificate", kind: "certificate", text: certificate },
  { name: "a chain with remarks", kind: "certificate", text: `x\n${certificate}y\n${certificate}` },
  { name: "a certificate beside its key", kind: "certificate", text: `${key}\n${certificate}` },
  { name: "a certificate of DOS", kind: "certificate", text: certificate.replaceAll("\n", "\r\n") },
  { name: "a key", kind: "key", text: key },
  { name: "a key behind its certificate", kind: "key", text: `${certificate}\n${key}` },
] as const;

for (const { name, kind, text } of RIGHT) {
  Deno.test(`checkPem() takes ${name}`, () => {
    assert.equal(checkPem(text, kind).kind, "value");
  });
}

const NO_KEY = /no key in it: expected PEM, with -----BEGIN PRIVATE KEY-----$/;
const NO_CERTIFICATE = /no certificate in it: expected PEM, with -----BEGIN CERTIFICATE-----$/;
const WRONG = [
  { name: "an empty file", kind: "certificate", text: "", reason: NO_CERTIFICATE },
  { name: "a key for a certificate", kind: "certificate", text: key, reason: NO_CERTIFICATE },
  {
    name: "a certificate cut short",
    kind: "certificate",
    text: lines(certificate).slice(0, -1).join("\n"),
    reason: NO_CERTIFICATE,
  },
  {
    name: "a damaged certificate",
    kind: "certificate",
    text: damage(certificate),
    reason: /the certificate in it is damaged: copy it again$/,
  },
  {
    name: "a damaged certificate behind a good one",
    kind: "certificate",
    text: `${certificate}\n${damage(certificate)}`,
    reason: /the certificate in it is damaged/,
  },
  { name: "a certificate for a key", kind: "key", text: certificate, reason: NO_KEY },
  {
    name: "a certificate in DER",
    kind: "certificate",
    text: "0\ufffd\u0001\ufffd",
    reason: /DER: expected PEM; openssl x509 -inform der -in FILE -out NEW writes it so$/,
  },
  {
    name: "a key in DER",
    kind: "key",
    text: "0\ufffd\u0001\ufffd",
    reason: /DER: expected PEM; openssl pkey -inform der -in FILE -out NEW writes it so$/,
  },
  { name: "DER for a key", kind: "key", text: "0\u0081\u0087\u0002\u0001", reason: NO_KEY },
  { name: "a damaged key", kind: "key", text: damage(key), reason: /the key in it is damaged/ },
  {
    name: "an encrypted key",
    kind: "key",
    text: key.replaceAll("PRIVATE", "ENCRYPTED PRIVATE"),
    reason: /encrypted.*openssl pkey -in FILE -out FILE/,
  },
  {
    name: "an encrypted key of the old form",
    kind: "key",
    text: "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES\n\nAAAA\n",
    reason: /encrypted/,
  },
] as const;

for (const { name, kind, text, reason } of WRONG) {
  Deno.test(`checkPem() refuses ${name}, without quoting it`, () => {
    const reading = checkPem(text, kind);
    assert.equal(reading.kind, "problem");
    assert.match(reading.kind === "problem" ? reading.text : "", reason);
    assert.doesNotMatch(reading.kind === "problem" ? reading.text : "", /AAAA/);
  });
}

Deno.test("certificatesOf() and keyOf() find what is there, in order", async () => {
  const authority = await makeAuthority("Order");
  const own = await authority.issue();
  const chain = certificatesOf(`${own.certificate}\n${authority.certificate}\n${own.key}`);
  assert.deepEqual(chain.map(({ subject }) => subject), ["CN=test server", "CN=Order"]);
  assert.equal(keyOf(`${own.certificate}\n${own.key}`)?.trim(), own.key.trim());
  assert.equal(keyOf(own.certificate), null);
});

Deno.test("loadConfiguration() finds PEM files beside the configuration, and says so", async () => {
  await inFolder(async (folder) => {
    await writeCertificate(folder, { certificate, key }, "relay");
    await Deno.writeTextFile(`${folder}/c.yaml`, LISTENER);
    const asked: string[] = [];
    const { listeners } = await loadConfiguration(
      `${folder}/c.yaml`,
      () => undefined,
      (file, holds) => asked.push(`${file} ${holds}`),
    );
    assert.deepEqual(listeners[0]?.tls?.certificate, {
      certificateFile: `${folder}/relay.pem`,
      keyFile: `${folder}/relay.key`,
    });
    assert.deepEqual(asked, [`${folder}/relay.pem certificate`, `${folder}/relay.key key`]);
  });
});

Deno.test("loadConfiguration() says what is wrong with PEM files, all at once", async () => {
  await inFolder(async (folder) => {
    await Deno.mkdir(`${folder}/relay.pem`);
    const remote = "{server: mx.example.com, tls: required, tls-ca-file: large.pem}";
    await Deno.writeTextFile(`${folder}/large.pem`, "x".repeat(1_048_577));
    await Deno.writeTextFile(`${folder}/c.yaml`, LISTENER.replace("localhost:8025", remote));
    await assert.rejects(
      () => loadConfiguration(`${folder}/c.yaml`, () => undefined),
      (error) => {
        assert.ok(error instanceof RelayError && error.code === "config-invalid");
        assert.deepEqual(error.message.replaceAll(`${folder}/`, "").split("\n"), [
          'c.yaml:3: local-smtp[0].tls.certificate: "relay.pem": not a file: name a file',
          'c.yaml:3: local-smtp[0].tls.key: "relay.key": there is no such file: create it, or ' +
          "correct its path, which begins at the folder of this file",
          'c.yaml:4: remote-smtp.tls-ca-file: "large.pem": over 1048576 octets: name a smaller file',
        ]);
        return true;
      },
    );
  });
});

Deno.test("loadConfiguration() says how certificates and keys in DER become PEM", async () => {
  await inFolder(async (folder) => {
    const der = Uint8Array.of(0x30, 0x82, 0x03, 0xff, 0x30, 0x82);
    await Deno.writeFile(`${folder}/relay.pem`, der);
    await Deno.writeFile(`${folder}/relay.key`, der);
    await Deno.writeTextFile(`${folder}/c.yaml`, LISTENER);
    await assert.rejects(
      () => loadConfiguration(`${folder}/c.yaml`, () => undefined),
      /"relay.pem": DER: .*x509 -inform der.*"relay.key": DER: .*pkey -inform der/s,
    );
  });
});

const LISTENER = `local-smtp:
  - listen: localhost:1025
    tls: {certificate: relay.pem, key: relay.key}
remote-smtp: localhost:8025
`;

async function inFolder(use: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "mail2alert-pem-" });
  try {
    await use(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
