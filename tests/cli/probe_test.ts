/** What `check --probe` finds out about mail servers. @module */

import assert from "node:assert/strict";
import { probeAll } from "../../lib/cli/probe.ts";
import type { SmarthostConfig } from "../../lib/config/types.ts";
import { makeAuthority } from "../support/certificates.ts";
import { BASE, parseHere } from "../support/configuration.ts";
import { startTlsFaultServer, type TlsFaults } from "../support/tls_fault_server.ts";
import { startTokenEndpoint } from "../support/token_endpoint.ts";

const authority = await makeAuthority();
const now = Date.now();
const certificate = await authority.issue({ days: [-1, 30], now });
const UNTIL = new Date(now + 30 * 86_400_000).toISOString().slice(0, 10);
const password = { kind: "password", user: "relay", password: "pelle" } as const;

/** What a probe of one mail server says, without its port. */
async function probed(
  faults: TlsFaults,
  wishes: Partial<SmarthostConfig> = {},
): Promise<{ readonly said: string; readonly commands: readonly string[] }> {
  await using server = startTlsFaultServer(faults);
  const folder = await Deno.makeTempDir({ prefix: "mail2alert-probe-" });
  try {
    const caFile = `${folder}/ca.pem`;
    await Deno.writeTextFile(caFile, authority.certificate);
    const { tls = { mode: "required", caFile }, auth } = wishes;
    const smarthost = { hostname: "localhost", port: server.port, tls, ...auth && { auth } };
    const [answer] = await probeAll({ ...parseHere(BASE), smarthosts: [smarthost] });
    assert.equal(answer?.what, `remote-smtp localhost:${server.port}`);
    return { said: answer.failure ?? answer.facts ?? "", commands: server.seen.lines };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("probeAll() logs in under TLS, says until when the certificate is valid, and quits", async () => {
  const { said, commands } = await probed({ certificate }, { auth: password });
  assert.equal(
    said.replace(/; offers .*/, ""),
    `TLS, its certificate verified, valid until ${UNTIL}; logged in as relay`,
  );
  assert.match(said, /; offers .*\bAUTH PLAIN LOGIN CRAM-MD5 XOAUTH2 OAUTHBEARER$/);
  assert.deepEqual(commands.map((line) => line.split(" ", 1)[0]), ["EHLO", "AUTH", "QUIT"]);
});

Deno.test("probeAll() says that a certificate was not verified", async () => {
  const { said } = await probed({ certificate }, { tls: { mode: "opportunistic" } });
  assert.match(said, /^TLS, its certificate not verified, valid until /);
});

Deno.test("probeAll() says that STARTTLS is there to be used", async () => {
  const { said, commands } = await probed({ certificate }, { tls: { mode: "none" } });
  assert.match(said, /^in clear, although it offers STARTTLS; offers nothing beyond plain SMTP$/);
  assert.deepEqual(commands, []);
});

Deno.test("probeAll() says why TLS does not come about", async () => {
  const { said } = await probed({ certificate, inClear: ["SIZE"] });
  assert.match(said, /does not offer STARTTLS although tls is required/);
});

Deno.test("probeAll() says that a login was refused, and not with what", async () => {
  const { said } = await probed(
    { certificate, react: (line) => line.startsWith("AUTH") ? "535 5.7.8 No" : undefined },
    { auth: password },
  );
  assert.match(said, /535 5\.7\.8 No/);
  assert.doesNotMatch(said, /pelle|cGVsbGU/);
});

Deno.test("probeAll() asks the token endpoint, and logs in with what it grants", async () => {
  await using endpoint = startTokenEndpoint();
  const { said, commands } = await probed({ certificate }, {
    auth: { kind: "oauth", user: "relay", token: endpoint.config },
  });
  assert.match(said, /; logged in as relay; /);
  assert.equal(endpoint.requests.length, 1);
  assert.match(
    commands.find((line) => line.startsWith("AUTH")) ?? "",
    /^AUTH (XOAUTH2|OAUTHBEARER)/,
  );
});

Deno.test("probeAll() says what the token endpoint says", async () => {
  await using endpoint = startTokenEndpoint(() =>
    Response.json({ error: "invalid_grant" }, { status: 400 })
  );
  const { said, commands } = await probed({ certificate }, {
    auth: { kind: "oauth", user: "relay", mechanism: "XOAUTH2", token: endpoint.config },
  });
  assert.match(said, /invalid_grant/);
  assert.ok(commands.every((line) => !line.startsWith("AUTH")));
});
