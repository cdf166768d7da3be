import assert from "node:assert/strict";
import { type Certificate, makeAuthority, writeCertificate } from "../../support/certificates.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import { octets } from "../../support/octets.ts";
import { openTlsStage, readExactly, type TlsStage, wireOf } from "../../support/tls_stage.ts";
import { shakeHands } from "../../support/tls_client.ts";

const next = await makeAuthority("Next Authority");
const second = await next.issue();

/** Whether a new handshake shows the certificate that an authority has signed. */
async function shows(stage: TlsStage, ca: string): Promise<boolean> {
  const { client, wire } = await stage.meet();
  const handshake = stage.server.secure(wire, "implicit");
  try {
    const secure = await shakeHands(client, { ca, name: "localhost" });
    wireOf(await handshake).close();
    secure.close();
    return true;
  } catch {
    await handshake;
    return false;
  }
}

function warnings({ lines }: TlsStage): string[] {
  return lines.filter((line) => line.includes(" WARNING tls certificate "));
}

async function replaceKey({ files }: TlsStage, { key }: Certificate): Promise<void> {
  await Deno.writeTextFile(files.keyFile, key);
}

async function replaceCertificate({ files }: TlsStage, { certificate }: Certificate) {
  await Deno.writeTextFile(files.certificateFile, certificate);
}

Deno.test("changed files are used from the next handshake on, a second after the last look", async () => {
  const clock = new FakeClock();
  await using stage = await openTlsStage({ clock });
  const { client, wire } = await stage.meetSecurely();
  await replaceCertificate(stage, second);
  await replaceKey(stage, second);
  clock.advance(999);
  assert.equal(await shows(stage, next.certificate), false);
  clock.advance(1);
  assert.equal(await shows(stage, next.certificate), true);
  assert.ok(stage.lines.some((line) => line.includes(" INFO tls certificate replaced ")));
  // The session that there was goes on.
  await client.write(octets("NOOP\r\n"));
  assert.equal(await readExactly(wire, 6), "NOOP\r\n");
  await wire.write(octets("250 OK\r\n"));
  assert.equal(await readExactly(client, 8), "250 OK\r\n");
});

for (const first of ["certificate", "key"] as const) {
  Deno.test(`a rotation that begins with the ${first} keeps the pair before until it is whole`, async () => {
    const clock = new FakeClock();
    await using stage = await openTlsStage({ clock });
    const steps = [replaceCertificate, replaceKey];
    if (first === "key") steps.reverse();
    await steps[0]?.(stage, second);
    for (let looks = 0; looks < 3; looks++) {
      clock.advance(1_000);
      assert.equal(await shows(stage, stage.authority.certificate), true);
    }
    assert.equal(warnings(stage).length, 1, stage.lines.join(""));
    assert.match(
      warnings(stage)[0] ?? "",
      /not replaced; the one before stays in force error=.* does not belong/,
    );
    await steps[1]?.(stage, second);
    clock.advance(1_000);
    assert.equal(await shows(stage, next.certificate), true);
    assert.equal(warnings(stage).length, 1);
  });
}

Deno.test("files that are gone leave the certificate in force, and are said once", async () => {
  const clock = new FakeClock();
  await using stage = await openTlsStage({ clock });
  await Deno.remove(stage.files.keyFile);
  for (let looks = 0; looks < 3; looks++) {
    clock.advance(1_000);
    assert.equal(await shows(stage, stage.authority.certificate), true);
  }
  assert.equal(warnings(stage).length, 1);
  assert.match(warnings(stage)[0] ?? "", /there is no such file/);
});

/** Lets reading a file fail as it does when too many are open. */
function failToRead(file: string): Disposable {
  const { readTextFile } = Deno;
  Deno.readTextFile = (path, options) =>
    path === file
      ? Promise.reject(new Error("Too many open files (os error 24)"))
      : readTextFile(path, options);
  return { [Symbol.dispose]: () => void (Deno.readTextFile = readTextFile) };
}

Deno.test("files that could not be read are used once they can, though they look the same", async () => {
  const clock = new FakeClock();
  await using stage = await openTlsStage({ clock });
  await writeCertificate(stage.folder, second);
  {
    using _ = failToRead(stage.files.keyFile);
    for (let looks = 0; looks < 3; looks++) {
      clock.advance(1_000);
      assert.equal(await shows(stage, stage.authority.certificate), true);
    }
    assert.equal(warnings(stage).length, 1, stage.lines.join(""));
    assert.match(warnings(stage)[0] ?? "", /not replaced; .* Too many open files/);
  }
  for (let looks = 0; looks < 2; looks++) {
    clock.advance(1_000);
    assert.equal(await shows(stage, next.certificate), true);
  }
  assert.equal(warnings(stage).length, 1);
  // Once in force they are left alone.
  assert.equal(stage.lines.filter((line) => / INFO tls certificate /.test(line)).length, 1);
});

Deno.test("what keeps files from being used is said again once they could be meanwhile", async () => {
  const clock = new FakeClock();
  await using stage = await openTlsStage({ clock });
  for (const times of [1, 2]) {
    await Deno.remove(stage.files.keyFile);
    for (let looks = 0; looks < 2; looks++) {
      clock.advance(1_000);
      await shows(stage, next.certificate);
    }
    assert.equal(warnings(stage).length, times);
    await writeCertificate(stage.folder, second);
    clock.advance(1_000);
    assert.equal(await shows(stage, next.certificate), true);
  }
});

Deno.test("reload() reads at once, also files that look unchanged", async () => {
  await using stage = await openTlsStage({ clock: new FakeClock() });
  await writeCertificate(stage.folder, second);
  await stage.server.reload();
  assert.equal(await shows(stage, next.certificate), true);
  await stage.server.reload();
  const said = stage.lines.flatMap((line) => line.match(/certificate (replaced|read again)/) ?? []);
  assert.deepEqual(said.filter((_, index) => index % 2 === 1), ["replaced", "read again"]);
});

Deno.test("reload() with a bad pair keeps the good one, and does not reject", async () => {
  await using stage = await openTlsStage();
  await replaceKey(stage, second);
  await stage.server.reload();
  await stage.server.reload();
  assert.equal(await shows(stage, stage.authority.certificate), true);
  assert.equal(warnings(stage).length, 2);
});

Deno.test("reload() while handshakes are under way breaks none", async () => {
  await using stage = await openTlsStage();
  let reloading = true;
  const reloads = (async () => {
    while (reloading) await stage.server.reload();
  })();
  try {
    for (let round = 0; round < 20; round++) {
      const four = [1, 2, 3, 4].map(() => shows(stage, stage.authority.certificate));
      assert.deepEqual(await Promise.all(four), [true, true, true, true]);
    }
  } finally {
    reloading = false;
    await reloads;
  }
});

Deno.test("reload() makes a self-signed certificate again that is gone", async () => {
  await using stage = await openTlsStage({ certificate: "self-signed" });
  const file = `${stage.folder}/self-signed.pem`;
  const first = await Deno.readTextFile(file);
  await Deno.remove(file);
  await stage.server.reload();
  const again = await Deno.readTextFile(file);
  assert.notEqual(again, first);
  assert.equal(await shows(stage, again), true);
});

Deno.test("a certificate that comes near its end is said once", async () => {
  const clock = new FakeClock();
  let now = Date.now();
  await using stage = await openTlsStage({ clock, now: () => now });
  assert.equal(warnings(stage).length, 0);
  now += 20 * 86_400_000;
  for (let looks = 0; looks < 3; looks++) {
    clock.advance(1_000);
    assert.equal(await shows(stage, stage.authority.certificate), true);
  }
  assert.equal(warnings(stage).length, 1);
  assert.match(
    warnings(stage)[0] ?? "",
    /certificate expires on \d{4}-\d\d-\d\d; renew it file=.* sha256=/,
  );
});

Deno.test("close() while files are read again leaves nothing open", async () => {
  await using stage = await openTlsStage();
  const reload = stage.server.reload();
  await stage.server.close();
  await reload;
  await stage.server.reload();
});

Deno.test("secure() on a closed server fails, closes the wire, and says so", async () => {
  await using stage = await openTlsStage();
  await stage.server.close();
  const { client, wire } = await stage.meet();
  const handshake = stage.server.secure(wire, "implicit");
  const ca = stage.authority.certificate;
  await assert.rejects(shakeHands(client, { ca, name: "localhost" }));
  assert.deepEqual(await handshake, { kind: "failed", reason: "TLS failed on our side" });
});
