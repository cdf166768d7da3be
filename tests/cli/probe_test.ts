/** What `check --probe` finds out about mail servers. @module */

import assert from "node:assert/strict";
import { probeAll } from "../../lib/cli/probe.ts";
import type { SmarthostConfig } from "../../lib/config/types.ts";
import type { Clock } from "../../lib/smtp/deadline.ts";
import { makeAuthority } from "../support/certificates.ts";
import { BASE, parseHere } from "../support/configuration.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { startFaultServer } from "../support/fault_smtp_server.ts";
import { faulty } from "../support/smarthosts.ts";
import { startTlsFaultServer, type TlsFaults } from "../support/tls_fault_server.ts";
import { startTokenEndpoint } from "../support/token_endpoint.ts";
import { within } from "../support/wait.ts";

const authority = await makeAuthority();
const now = Date.now();
const certificate = await authority.issue({ days: [-1, 30], now });
const UNTIL = new Date(now + 30 * 86_400_000).toISOString().slice(0, 10);
const password = { kind: "password", user: "relay", password: "pelle" } as const;

/** What came of a probe of one mail server. */
interface Probed {
  readonly said: string;
  readonly failure: string | undefined;
  readonly commands: readonly string[];
}

function probeOf(smarthost: SmarthostConfig, clock?: Clock) {
  return probeAll({ ...parseHere(BASE), smarthosts: [smarthost] }, clock);
}

/** What a probe of one mail server with TLS says. */
async function probed(
  faults: TlsFaults,
  wishes: Partial<SmarthostConfig> = {},
): Promise<Probed> {
  await using server = startTlsFaultServer(faults);
  const folder = await Deno.makeTempDir({ prefix: "mail2alert-probe-" });
  try {
    const caFile = `${folder}/ca.pem`;
    await Deno.writeTextFile(caFile, authority.certificate);
    const { tls = { mode: "required", caFile }, auth } = wishes;
    const smarthost = { hostname: "localhost", port: server.port, tls, ...auth && { auth } };
    const [answer] = await probeOf(smarthost);
    assert.equal(answer?.what, `remote-smtp localhost:${server.port}`);
    const { failure, facts = "" } = answer;
    return { said: failure ?? facts, failure, commands: server.seen.lines };
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
  assert.deepEqual(
    commands.map((line) => line.replace(/^(EHLO|AUTH) .*/, "$1")),
    ["EHLO", "AUTH", "MAIL FROM:<>", "RSET", "QUIT"],
  );
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

for (const reply of ["530 5.7.0 Must issue a STARTTLS command first", "538 5.7.11 Encrypt"]) {
  Deno.test(`probeAll() says that mail waits for TLS or a login after ${reply}`, async () => {
    const { failure, commands } = await probed({
      certificate,
      react: (line) => line.startsWith("MAIL") ? reply : undefined,
    });
    assert.equal(
      failure,
      `MAIL answered with ${reply}: set auth of remote-smtp, or check the one that is set`,
    );
    assert.deepEqual(commands.slice(1), ["MAIL FROM:<>", "QUIT"]);
  });
}

Deno.test("probeAll() says in clear that TLS may be missing, too", async () => {
  await using server = startFaultServer(faulty("MAIL", "530 5.7.0 No"));
  const { port } = server;
  const [answer] = await probeOf({ hostname: "127.0.0.1", port, tls: { mode: "none" } });
  assert.equal(
    answer?.failure,
    "MAIL answered with 530 5.7.0 No: set tls or auth of remote-smtp",
  );
  assert.deepEqual(server.commands.slice(1), ["MAIL FROM:<>", "QUIT"]);
});

const policies = [
  "451 4.7.1 Greylisted",
  "550 5.7.1 No bounces here",
  "530 5.1.8 No such sender",
  "553 <> is no address",
];

for (const reply of policies) {
  Deno.test(`probeAll() takes "${reply}" to MAIL for an answer, and tells it`, async () => {
    await using server = startFaultServer(faulty("MAIL", reply));
    const { port } = server;
    const [answer] = await probeOf({ hostname: "127.0.0.1", port, tls: { mode: "none" } });
    assert.equal(answer?.failure, undefined);
    assert.match(answer?.facts ?? "", /^in clear; offers .*; MAIL FROM:<> answered with \d/);
    assert.ok(answer?.facts?.includes(reply), answer?.facts);
  });
}

Deno.test("probeAll() fails where the server closes instead of taking mail", async () => {
  for (const reply of ["421 4.3.2 Going down", "354 What?"]) {
    await using server = startFaultServer(faulty("MAIL", reply));
    const { port } = server;
    const [answer] = await probeOf({ hostname: "127.0.0.1", port, tls: { mode: "none" } });
    assert.ok(answer?.failure?.startsWith(`MAIL answered with ${reply}`), answer?.failure);
  }
});

for (const command of ["EHLO", "AUTH", "MAIL", "RSET"] as const) {
  Deno.test(`probeAll() says that there is no reply to ${command}`, async () => {
    const clock = new FakeClock();
    const { promise: heard, resolve: hear } = Promise.withResolvers<void>();
    await using server = startTlsFaultServer({
      inClear: ["AUTH PLAIN"],
      react: (line) => {
        if (!line.startsWith(command)) return undefined;
        hear();
        // What is not a whole reply.
        return "250-Wait";
      },
    });
    const { port } = server;
    const tls = { mode: "none" } as const;
    const probing = probeOf({ hostname: "127.0.0.1", port, tls, auth: password }, clock);
    await within(heard, { what: command });
    clock.advance(10_000);
    const [answer] = await within(probing, { what: "the answer" });
    const name = command === "AUTH" ? "AUTH CRAM-MD5" : command;
    assert.ok(answer?.failure?.startsWith(`no reply to ${name.slice(0, 4)}`), answer?.failure);
    assert.ok(answer?.failure?.endsWith(" within 10000 ms"), answer?.failure);
  });
}

Deno.test("probeAll() does not wait long for a server that is slow each time", async () => {
  const clock = new FakeClock();
  await using server = startTlsFaultServer({
    inClear: ["AUTH CRAM-MD5"],
    react: (line) => {
      clock.advance(9_000);
      return line.startsWith("AUTH") ? "334 eA==" : undefined;
    },
  });
  const { port } = server;
  const tls = { mode: "none" } as const;
  const probing = probeOf({ hostname: "127.0.0.1", port, tls, auth: password }, clock);
  const [answer] = await within(probing, { what: "the answer" });
  assert.equal(answer?.failure, "not ready for mail within 20000 ms");
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
