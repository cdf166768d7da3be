import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { startLog, stopLog } from "../../../lib/log.ts";
import { keepSelfSigned } from "../../../lib/smtp/tls/self_signed.ts";
import { selfSigned } from "../../support/certificates.ts";

const DAY_MS = 86_400_000;

async function inFolder(work: (folder: string, lines: string[]) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  const lines: string[] = [];
  startLog("INFO", (line) => lines.push(line));
  try {
    await work(folder, lines);
  } finally {
    stopLog();
    await Deno.remove(folder, { recursive: true });
  }
}

async function read(folder: string, hostname: string, now = Date.now()) {
  const { certificateFile } = await keepSelfSigned({ folder, hostname, now });
  return new X509Certificate(await Deno.readTextFile(certificateFile));
}

Deno.test("keepSelfSigned() makes a certificate for our name and this machine", () =>
  inFolder(async (folder, lines) => {
    const made = await read(`${folder}/a/b`, "Relay.example.com");
    assert.equal(
      made.subjectAltName,
      "DNS:relay.example.com, DNS:localhost, IP Address:127.0.0.1, IP Address:::1",
    );
    assert.equal(made.ca, false);
    assert.equal(made.subject, "CN=Relay.example.com");
    assert.ok(made.verify(made.publicKey));
    assert.ok(Date.parse(made.validTo) > Date.now() + 3_640 * DAY_MS);
    assert.ok(Date.parse(made.validFrom) < Date.now());
    assert.equal(lines.length, 1);
    assert.match(lines[0] ?? "", / INFO tls self-signed certificate made hostname=Relay/);
    assert.ok(lines[0]?.includes(`sha256=${made.fingerprint256}`));
  }));

Deno.test("keepSelfSigned() lets nobody else read the key, and leaves nothing else behind", () =>
  inFolder(async (folder) => {
    await read(folder, "relay.test");
    const { mode } = await Deno.stat(`${folder}/self-signed.key`);
    assert.equal((mode ?? 0) & 0o777, 0o600);
    const names = (await Array.fromAsync(Deno.readDir(folder))).map(({ name }) => name).sort();
    assert.deepEqual(names, ["self-signed.key", "self-signed.pem"]);
  }));

Deno.test("keepSelfSigned() gives the same certificate again", () =>
  inFolder(async (folder, lines) => {
    const first = await read(folder, "relay.test");
    assert.equal((await read(folder, "RELAY.test")).fingerprint256, first.fingerprint256);
    assert.equal(lines.length, 1);
  }));

const changes: readonly (readonly [string, (folder: string) => Promise<void>, number?])[] = [
  ["the key is damaged", (folder) => Deno.writeTextFile(`${folder}/self-signed.key`, "x")],
  ["the certificate is gone", (folder) => Deno.remove(`${folder}/self-signed.pem`)],
  ["the key is another one's", async (folder) => {
    await Deno.writeTextFile(`${folder}/self-signed.key`, (await selfSigned()).key);
  }],
  ["the key is damaged inside", async (folder) => {
    const key = await Deno.readTextFile(`${folder}/self-signed.key`);
    await Deno.writeTextFile(`${folder}/self-signed.key`, key.replace(/\n.{20}/, "\nAAAA"));
  }],
  ["it is expired", () => Promise.resolve(), Date.now() + 3_651 * DAY_MS],
  ["it is not valid yet", () => Promise.resolve(), Date.now() - 2 * DAY_MS],
];

for (const [what, change, now] of changes) {
  Deno.test(`keepSelfSigned() makes another certificate when ${what}`, () =>
    inFolder(async (folder) => {
      const first = await read(folder, "relay.test");
      await change(folder);
      const second = await read(folder, "relay.test", now);
      assert.notEqual(second.fingerprint256, first.fingerprint256);
    }));
}

Deno.test("keepSelfSigned() makes another certificate when our name has changed", () =>
  inFolder(async (folder) => {
    const first = await read(folder, "relay.test");
    assert.notEqual((await read(folder, "other.test")).fingerprint256, first.fingerprint256);
  }));

const names = [
  `${"a".repeat(60)}.${"b".repeat(60)}.example.com`,
  "localhost",
  "192.0.2.1",
  "o,dd=x",
];

for (const hostname of names) {
  Deno.test(`keepSelfSigned() makes and keeps a certificate for ${hostname}`, () =>
    inFolder(async (folder, lines) => {
      const first = await read(folder, hostname);
      assert.equal((await read(folder, hostname)).fingerprint256, first.fingerprint256);
      assert.equal(lines.length, 1);
    }));
}

Deno.test("keepSelfSigned() says what to do when it cannot write", () =>
  inFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/file`, "");
    await assert.rejects(
      keepSelfSigned({ folder: `${folder}/file`, hostname: "relay.test", now: Date.now() }),
      {
        code: "config-invalid",
        message: /cannot keep a self-signed certificate in .*; let this user/,
      },
    );
  }));
