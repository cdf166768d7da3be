/** `check` of listeners and mail servers with TLS, certificates and secrets. @module */

import assert from "node:assert/strict";
import { selfSigned, writeCertificate } from "../support/certificates.ts";
import { inWorld } from "../support/command_world.ts";
import { startRest } from "../support/rest_stage.ts";

const LISTENER = `local-smtp:
  - listen: 127.0.0.1:2525
    tls: {certificate: server.pem, key: server.key}`;

Deno.test("check exits 1 for a certificate that has expired, and says until when it was valid", () =>
  inWorld(async ({ run, configuration, terminal, folder }) => {
    await writeCertificate(folder, await selfSigned({ days: [-9, -1] }));
    await change(configuration, /^local-smtp: .*/, LISTENER);
    assert.equal(await run("check", "--config", configuration), 1);
    assert.match(
      terminal.stderr(),
      /relay\.yml: local-smtp 127\.0\.0\.1:2525: the certificate in \S+server\.pem has expired on \d{4}-\d\d-\d\d: renew it\n$/,
    );
  }));

Deno.test("check exits 0 for a certificate that ends soon, with a warning", () =>
  inWorld(async ({ run, configuration, terminal, folder }) => {
    await writeCertificate(folder, await selfSigned({ days: [-9, 3] }));
    await change(configuration, /^local-smtp: .*/, LISTENER);
    assert.equal(await run("check", "--config", configuration), 0);
    assert.match(terminal.stderr(), /relay\.yml: warning: .* expires in 2 d, on .*: renew it\n$/);
  }));

Deno.test("check exits 2 for a certificate that is not there", () =>
  inWorld(async ({ run, configuration, terminal }) => {
    await change(configuration, /^local-smtp: .*/, LISTENER);
    assert.equal(await run("check", "--config", configuration), 2);
    assert.match(terminal.stderr(), /:3: local-smtp\[0\]\.tls\.certificate: "server\.pem": there/);
    assert.match(terminal.stderr(), /:3: local-smtp\[0\]\.tls\.key: "server\.key": there is no/);
  }));

Deno.test("check warns of secrets that every user may read, in any file but a certificate", () =>
  inWorld(async ({ run, configuration, terminal, folder }) => {
    const files = await writeCertificate(folder, await selfSigned());
    await change(configuration, /^local-smtp: .*/, LISTENER);
    await change(configuration, /passwd: \$GOPASS/, "passwd: kalle");
    await Deno.writeTextFile(`${folder}/slack`, "pelle\n", { mode: 0o644 });
    await change(configuration, /^store:/m, "slack-token-file: slack\nstore:");
    for (const file of [configuration, ...Object.values(files)]) await Deno.chmod(file, 0o644);
    assert.equal(await run("check", "--config", configuration), 0);
    assert.deepEqual(
      terminal.stderr().replaceAll(`${folder}/`, "").split("\n").map((line) =>
        line.replace(/^relay.yml: warning: /, "")
      ),
      [
        "every user of this machine may read relay.yml, and the secret in managers[0].passwd: " +
        "chmod o= relay.yml, or keep secrets in files of their own",
        "every user of this machine may read the secret in server.key: chmod o= server.key",
        "every user of this machine may read the secret in slack: chmod o= slack",
        "",
      ],
    );
    assert.doesNotMatch(terminal.stderr(), /kalle|pelle/);
  }));

Deno.test("check --probe asks every mail server, and fails if one does", () =>
  inWorld(async ({ run, configuration, terminal }) => {
    await change(configuration, /^remote-smtp: (.*)$/m, "remote-smtp: ['$1', 'localhost:1']");
    assert.equal(await run("check", "--probe", "--config", configuration), 1);
    assert.match(terminal.stdout(), /^remote-smtp 127\.0\.0\.1:\d+: answers \(in clear; offers /m);
    assert.match(terminal.stderr(), /^remote-smtp localhost:1: .*refused/m);
  }));

Deno.test("check --probe asks every lookup, and says which it cannot ask", () =>
  inWorld(async ({ run, configuration, terminal }) => {
    await using stage = startRest(({ url }) =>
      url.endsWith("/gone") ? new Response(null, { status: 404 }) : Response.json({ tier: "gold" })
    );
    const { port } = new URL(stage.origin);
    const lookups = `lookups:
  owner: {url: "${stage.origin}/of/{{fields.host}}", allow: [127.0.0.0/8], timeout: 30s}
  duty: {url: "${stage.origin}/duty", allow: [127.0.0.0/8], timeout: 30s}
managers:`;
    await change(configuration, /^managers:/m, lookups);
    assert.equal(await run("check", "--probe", "--config", configuration), 0, terminal.stderr());
    const said = terminal.stdout().replaceAll(port, "PORT").split("\n").slice(-3);
    assert.deepEqual(said, [
      "lookup owner: http://127.0.0.1:PORT/of/{{fields.host}}: connects (its URL has placeholders: not asked)",
      "lookup duty: http://127.0.0.1:PORT/duty: answers (HTTP 200, 1 key)",
      "",
    ]);
    assert.equal(stage.requests.length, 1);
    await change(configuration, /\/duty/, "/gone");
    assert.equal(await run("check", "--probe", "--config", configuration), 1);
    assert.match(
      terminal.stderr(),
      /^lookup duty: http:\S+\/gone: HTTP 404: it knows of none, .*\n$/m,
    );
  }));

/** Changes a file. */
async function change(path: string, from: RegExp, to: string): Promise<void> {
  const text = await Deno.readTextFile(path);
  assert.match(text, from);
  await Deno.writeTextFile(path, text.replace(from, to));
}
