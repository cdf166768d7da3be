import assert from "node:assert/strict";
import { join } from "node:path";
import type { SmarthostAuthConfig, SmarthostConfig } from "../../lib/config/types.ts";
import type { Outcomes } from "../../lib/destinations/destination.ts";
import { smarthost } from "../../lib/destinations/smarthost.ts";
import { startLog, stopLog } from "../../lib/log.ts";
import type { Envelope } from "../../lib/mail/envelope.ts";
import { makeAuthority } from "../support/certificates.ts";
import { sampleDelivery, sampleMail } from "../support/sample_mail.ts";
import { A, only, reasonOf } from "../support/smarthost_pair.ts";
import {
  startTlsFaultServer,
  type TlsFaults,
  type TlsFaultServer,
} from "../support/tls_fault_server.ts";
import { startTokenEndpoint } from "../support/token_endpoint.ts";
import { within } from "../support/wait.ts";

interface Stage extends AsyncDisposable {
  readonly servers: readonly TlsFaultServer[];
  readonly peers: readonly string[];
  readonly log: readonly string[];
  deliver(envelope?: Partial<Envelope>): Promise<Outcomes>;
}

/** Servers with good certificates, of an authority that only `trusting` modes know. */
async function stage(
  faults: readonly TlsFaults[],
  config: Partial<SmarthostConfig> = {},
): Promise<Stage> {
  const log: string[] = [];
  startLog("INFO", (line) => log.push(line));
  const folder = await Deno.makeTempDir();
  const authority = await makeAuthority();
  const caFile = join(folder, "ca.pem");
  await Deno.writeTextFile(caFile, authority.certificate);
  const certificate = await authority.issue();
  const servers = faults.map((fault) => startTlsFaultServer({ certificate, ...fault }));
  const configs = servers.map(({ port }): SmarthostConfig => ({
    hostname: "127.0.0.1",
    port,
    tls: { mode: "required", caFile },
    ...config,
  }));
  const destination = smarthost(configs, { hostname: "relay.test" });
  return {
    servers,
    peers: configs.map(({ hostname, port }) => `${hostname}:${port}`),
    log,
    deliver: (envelope = {}) =>
      within(
        destination.deliver(
          sampleMail({ envelope }),
          sampleDelivery(A),
          new AbortController().signal,
        ),
        { what: "outcomes" },
      ),
    async [Symbol.asyncDispose]() {
      await destination.close();
      for (const server of servers) await server[Symbol.asyncDispose]();
      await Deno.remove(folder, { recursive: true });
      stopLog();
    },
  };
}

const requireTls = { requireTls: true } as const;

Deno.test("smarthost.deliver() passes REQUIRETLS on over verified TLS", async () => {
  await using it = await stage([{ underTls: ["REQUIRETLS"] }]);
  const outcome = only(await it.deliver(requireTls));
  assert.equal(outcome.kind, "delivered", reasonOf(outcome));
  assert.ok(it.servers[0]?.seen.lines.includes("MAIL FROM:<gocd@example.org> REQUIRETLS"));
});

const unkept = [
  { name: "that does not offer it", underTls: [], mode: "required", status: "5.7.30" },
  {
    name: "whose certificate is not verified",
    underTls: ["REQUIRETLS"],
    mode: "opportunistic",
    status: "5.7.10",
  },
] as const;

for (const { name, underTls, mode, status } of unkept) {
  Deno.test(`smarthost.deliver() says nothing of a mail with REQUIRETLS to a server ${name}`, async () => {
    await using it = await stage([{ underTls }], mode === "required" ? {} : { tls: { mode } });
    const outcome = only(await it.deliver(requireTls));
    assert.ok(outcome.kind === "failed", reasonOf(outcome));
    assert.equal(outcome.reply?.status, status);
    assert.ok(outcome.reason.startsWith(`${it.peers[0]}: not sent: `), outcome.reason);
    const { clear, lines } = it.servers[0]?.seen ?? assert.fail();
    assert.doesNotMatch(clear + lines.join(), /MAIL|gocd|Build/);
    assert.equal(only(await it.deliver()).kind, "delivered");
  });
}

Deno.test("smarthost.deliver() takes a mail with REQUIRETLS to the server that can keep it", async () => {
  await using it = await stage([{ underTls: [] }, { underTls: ["REQUIRETLS"] }]);
  assert.match(reasonOf(only(await it.deliver(requireTls))), new RegExp(`^${it.peers[1]}: 250`));
});

const absences: { name: string; fault: TlsFaults; reason: RegExp }[] = [
  { name: "offers no TLS", fault: { inClear: [] }, reason: /reason=".*STARTTLS/ },
  { name: "breaks off the handshake", fault: { handshake: "close" }, reason: /reason=".*TLS/ },
  { name: "refuses STARTTLS", fault: { startTls: "454 4.7.0 Later\r\n" }, reason: /reason=".*454/ },
];

for (const { name, fault, reason } of absences) {
  Deno.test(`smarthost.deliver() goes on to the next server when one ${name}`, async () => {
    await using it = await stage([fault, {}]);
    const outcome = only(await it.deliver());
    assert.match(reasonOf(outcome), new RegExp(`^${it.peers[1]}: 250`));
    assert.doesNotMatch(it.servers[0]?.seen.clear ?? "", /MAIL|gocd/);
    assert.match(it.log.find((line) => line.includes("passed over")) ?? "", reason);
  });
}

const password: SmarthostAuthConfig = { kind: "password", user: "relay", password: "canary-71" };

function refuseAuth(line: string): string | undefined {
  return line.startsWith("AUTH") ? "535 5.7.8 No" : undefined;
}

function acceptAuth(line: string): string | undefined {
  return line.startsWith("AUTH") ? "235 2.7.0 Yes" : undefined;
}

Deno.test("smarthost.deliver() goes on to the next server when one refuses the password", async () => {
  await using it = await stage([
    { underTls: ["AUTH PLAIN"], react: refuseAuth },
    { underTls: ["AUTH PLAIN"], react: acceptAuth },
  ], { auth: password });
  assert.match(reasonOf(only(await it.deliver())), new RegExp(`^${it.peers[1]}: 250`));
  assert.ok(it.servers[1]?.seen.lines.includes(`AUTH PLAIN ${btoa("\0relay\0canary-71")}`));
  assert.doesNotMatch(it.log.join(""), /canary/);
});

Deno.test("smarthost.deliver() logs in with an access token, and asks for one only once", async () => {
  await using endpoint = startTokenEndpoint();
  const auth = { kind: "oauth", user: "relay@x", token: endpoint.config } as const;
  await using it = await stage([{
    underTls: ["AUTH XOAUTH2", "LIMITS MAILMAX=1"],
    react: acceptAuth,
  }], { auth });
  for (let mail = 0; mail < 2; mail++) {
    assert.equal(reasonOf(only(await it.deliver())), "250 Taken");
  }
  const { lines } = it.servers[0]?.seen ?? assert.fail();
  const initial = btoa("user=relay@x\x01auth=Bearer token-1\x01\x01");
  assert.equal(lines.filter((line) => line === `AUTH XOAUTH2 ${initial}`).length, 2);
  assert.equal(endpoint.requests.length, 1);
});

Deno.test("smarthost.deliver() says that there is no access token, and sends nothing", async () => {
  await using endpoint = startTokenEndpoint(() =>
    Response.json({ error: "invalid_grant" }, { status: 400 })
  );
  const token = { ...endpoint.config, refreshToken: "canary-72" };
  await using it = await stage([{ underTls: ["AUTH XOAUTH2"] }], {
    auth: { kind: "oauth", user: "relay@x", token },
  });
  const outcome = only(await it.deliver());
  assert.equal(outcome.kind, "deferred");
  assert.match(reasonOf(outcome), /: token endpoint http:\S+ answered with 400 invalid_grant$/);
  assert.doesNotMatch(it.servers[0]?.seen.lines.join() ?? "", /MAIL|AUTH/);
  assert.doesNotMatch(it.log.join("") + reasonOf(outcome), /canary/);
});
