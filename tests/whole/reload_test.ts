/**
 * SIGHUP: the whole program takes a renewed certificate into use, and drops no session for it.
 *
 * @module
 */

import assert from "node:assert/strict";
import { makeAuthority, writeCertificate } from "../support/certificates.ts";
import { startProgram } from "../support/program.ts";
import { connectRaw, rawClient } from "../support/raw_client.ts";
import { startRecordingSink } from "../support/recording_sink.ts";
import { connectWithTls } from "../support/tls_client.ts";
import { until } from "../support/wait.ts";

Deno.test("SIGHUP reads renewed certificates at once, and sessions go on", async () => {
  await using sink = startRecordingSink();
  const folder = await Deno.makeTempDir({ prefix: "mail2alert-reload-" });
  try {
    const before = await makeAuthority("Before");
    await writeCertificate(folder, await before.issue());
    await using program = await startProgram(configuration(folder, sink.port));
    const { port } = program;
    using inClear = await connectRaw(port);
    using secure = rawClient(
      await connectWithTls({ port, ca: before.certificate, begin: "starttls" }),
    );
    const after = await makeAuthority("After");
    await writeCertificate(folder, await after.issue());
    program.signal("SIGHUP");
    // Nobody shakes hands meanwhile: it is the signal that makes the program look.
    await until(() => /INFO tls certificate replaced /.test(program.log()), {
      what: "the certificate to be replaced",
    });
    (await connectWithTls({ port, ca: after.certificate, begin: "starttls" })).close();
    assert.match(await secure.say("EHLO still.here") ?? "", /^250/);
    assert.match(await inClear.say("EHLO still.here") ?? "", /^250/);
    assert.equal(await program.stop(), 0);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

function configuration(folder: string, smarthostPort: number): string {
  return [
    "local-smtp:",
    "- listen: 127.0.0.1:0",
    `  tls: {certificate: ${folder}/server.pem, key: ${folder}/server.key}`,
    `remote-smtp: 127.0.0.1:${smarthostPort}`,
    "managers: []",
    "",
  ].join("\n");
}
