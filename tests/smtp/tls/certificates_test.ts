import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { RelayError } from "../../../lib/errors.ts";
import { readCredentials, stateOf, warningsOf } from "../../../lib/smtp/tls/certificates.ts";
import { openTlsServer } from "../../../lib/smtp/tls/open_tls_server.ts";
import { makeAuthority, selfSigned, writeCertificate } from "../../support/certificates.ts";
import { until } from "../../support/wait.ts";

const DAY_MS = 86_400_000;
const authority = await makeAuthority();
const good = await authority.issue();
const other = await authority.issue();

async function inFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await work(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const encrypted = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey
  .export({ type: "pkcs8", format: "pem", cipher: "aes-256-cbc", passphrase: "secret" });

const bad = [
  {
    what: "a key of another certificate",
    pair: { ...good, key: other.key },
    says:
      /^TLS: the key in .*server\.key does not belong to the first certificate in .*server\.pem; the server's own must come first/,
  },
  {
    what: "a chain that begins with the authority",
    pair: { ...good, certificate: authority.certificate + good.certificate },
    says: /does not belong to the first certificate/,
  },
  {
    what: "no certificate",
    pair: { ...good, certificate: "hello" },
    says: /^TLS: cannot read the certificate .*server\.pem: no CERTIFICATE in PEM; openssl x509/,
  },
  {
    what: "a damaged certificate",
    pair: { ...good, certificate: good.certificate.replace(/\n.{20}/, "\nAAAA") },
    says: /^TLS: cannot read the certificate .*server\.pem: it is damaged: /,
  },
  {
    what: "no key",
    pair: { ...good, key: good.certificate },
    says: /^TLS: cannot read the key .*server\.key: no PRIVATE KEY in PEM; openssl pkey/,
  },
  {
    what: "an encrypted key",
    pair: { ...good, key: String(encrypted) },
    says: /^TLS: cannot read the key .*server\.key: it is encrypted; openssl pkey/,
  },
  {
    what: "an old encrypted key",
    pair: {
      ...good,
      key: "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\nAAAA\n" +
        "-----END RSA PRIVATE KEY-----\n",
    },
    says: /: it is encrypted; /,
  },
  {
    what: "a damaged key",
    pair: { ...good, key: good.key.replace(/\n.{20}/, "\nAAAA") },
    says: /^TLS: the certificate in .* with the key in .* cannot be used: .*; keys are RSA/,
  },
  {
    what: "a key file without end",
    pair: { ...good, key: good.key.padEnd(1_048_577) },
    says: /^TLS: cannot read the key .*: it is over 1048576 octets long/,
  },
];

for (const { what, pair, says } of bad) {
  Deno.test(`openTlsServer() refuses ${what}`, () =>
    inFolder(async (folder) => {
      const certificate = await writeCertificate(folder, pair);
      const opening = openTlsServer({ certificate, folder, hostname: "relay.test" });
      await assert.rejects(opening, (error) => {
        assert.ok(error instanceof RelayError);
        assert.equal(error.code, "config-invalid");
        assert.match(error.message, says);
        assert.doesNotMatch(error.message, /PRIVATE KEY-----|AAAA/);
        return true;
      });
    }));
}

Deno.test("readCredentials() says that a file is not there, is a folder, or may not be read", () =>
  inFolder(async (folder) => {
    const files = await writeCertificate(folder, good);
    const missing = { ...files, keyFile: `${folder}/none.key` };
    await assert.rejects(readCredentials(missing), /key .*none\.key: there is no such file/);
    const aFolder = { ...files, certificateFile: folder };
    await assert.rejects(readCredentials(aFolder), /certificate .*: it is no file/);
  }));

Deno.test({
  name: "readCredentials() names the permission that is missing",
  permissions: { read: false, write: false },
  fn: async () => {
    const files = { certificateFile: "/somewhere/server.pem", keyFile: "/somewhere/server.key" };
    await assert.rejects(
      readCredentials(files),
      /certificate \/somewhere\/server\.pem: this program was not given the permission .*--allow-read/,
    );
  },
});

Deno.test({
  name: "openTlsServer() names the permission to listen",
  permissions: { read: true, write: true, net: false },
  fn: () =>
    inFolder(async (folder) => {
      const certificate = await writeCertificate(folder, good);
      const opening = openTlsServer({ certificate, folder, hostname: "relay.test" });
      await assert.rejects(
        opening,
        /permission to listen on 127\.0\.0\.1: --allow-net=127\.0\.0\.1/,
      );
    }),
});

const dated = [
  { what: "valid for long", days: [-1, 30], says: [] },
  { what: "valid for 15 days more", days: [-1, 15], says: [] },
  {
    what: "valid for 13 days more",
    days: [-1, 13],
    says: [/^expires on \d{4}-\d\d-\d\d; renew it$/],
  },
  { what: "expired", days: [-9, -1], says: [/^expired on \d{4}-\d\d-\d\d; renew it$/] },
  { what: "not valid yet", days: [1, 90], says: [/^not valid before \d{4}-\d\d-\d\d; look at/] },
] as const;

for (const { what, days, says } of dated) {
  Deno.test(`warningsOf() a certificate ${what}`, () =>
    inFolder(async (folder) => {
      const files = await writeCertificate(folder, await selfSigned({ days }));
      const warnings = warningsOf(await readCredentials(files), Date.now());
      assert.equal(warnings.length, says.length, warnings.join());
      says.forEach((pattern, index) => assert.match(warnings[index] ?? "", pattern));
    }));
}

Deno.test("warningsOf() an authority's certificate in a server's place", () =>
  inFolder(async (folder) => {
    const { certificate } = authority;
    const files = await writeCertificate(folder, { certificate, key: other.key });
    const warnings = warningsOf(await readCredentials(files), Date.now());
    assert.deepEqual(warnings, [
      "is marked as an authority's (CA:TRUE), which some clients refuse of a server",
    ]);
  }));

Deno.test("readCredentials() knows how long a certificate is valid, and its fingerprint", () =>
  inFolder(async (folder) => {
    const files = await writeCertificate(folder, good);
    const { fingerprint, notAfter, notBefore } = await readCredentials(files);
    assert.match(fingerprint, /^([0-9A-F]{2}:){31}[0-9A-F]{2}$/);
    assert.equal(Math.round((notAfter - notBefore) / DAY_MS), 31);
    assert.ok(Math.abs(notAfter - 30 * DAY_MS - Date.now()) < 120_000);
  }));

Deno.test("stateOf() changes with what is in either file, and with a file that goes", () =>
  inFolder(async (folder) => {
    const files = await writeCertificate(folder, good);
    const states = [await stateOf(files)];
    await Deno.writeTextFile(files.keyFile, `${good.key}\n`);
    states.push(await stateOf(files));
    // Same size, same time, another file in its place.
    const { mtime } = await Deno.stat(files.certificateFile);
    await Deno.writeTextFile(`${folder}/new`, good.certificate);
    await Deno.utime(`${folder}/new`, mtime ?? 0, mtime ?? 0);
    await Deno.rename(`${folder}/new`, files.certificateFile);
    states.push(await stateOf(files));
    await Deno.utime(files.certificateFile, 1, 1);
    states.push(await stateOf(files));
    // What changes the right to read it: same size, same time, same file.
    await until(async () => {
      await Deno.chmod(files.certificateFile, 0o644);
      return await stateOf(files) !== states.at(-1);
    }, { what: "the change to show" });
    states.push(await stateOf(files));
    await Deno.remove(files.certificateFile);
    states.push(await stateOf(files));
    assert.equal(new Set(states).size, 6);
    assert.equal(await stateOf(files), states[5]);
  }));
