/** Listeners that serve by another configuration: who comes from now on, and who is in already. @module */

import assert from "node:assert/strict";
import { join } from "node:path";
import { type Listeners, listensElsewhere, openListeners } from "../../lib/app/listeners.ts";
import { loadConfiguration } from "../../lib/config/load.ts";
import type { Configuration } from "../../lib/config/types.ts";
import { makeAuthority, writeCertificate } from "../support/certificates.ts";
import { BASE, parseHere } from "../support/configuration.ts";
import { connectRaw, type RawClient } from "../support/raw_client.ts";
import { recordingService } from "../support/recording_service.ts";
import { connectWithTls } from "../support/tls_client.ts";

/** Listeners of a configuration, and their renewal. */
interface Stage {
  readonly folder: string;
  readonly listeners: Listeners;
  readonly port: number;
  /** Has them serve by a configuration: lines of its one listener, and others. */
  renew(listener: string, more?: string): Promise<void>;
}

async function configurationOf(
  folder: string,
  listener: string,
  more = "",
): Promise<Configuration> {
  const file = join(folder, "relay.yml");
  const store = `store: {path: ${folder}/store}`;
  const text = `local-smtp: [{listen: 127.0.0.1:0${listener}}]\n${store}\nremote-smtp: localhost:9`;
  await Deno.writeTextFile(file, `${text}\nmanagers: []\n${more}`);
  return await loadConfiguration(file);
}

async function onStage(listener: string, play: (stage: Stage) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "renewed-" });
  const authority = await makeAuthority();
  await writeCertificate(folder, await authority.issue());
  await Deno.writeTextFile(join(folder, "ca.pem"), authority.certificate);
  const listeners = await openListeners(await configurationOf(folder, listener), {
    service: recordingService(),
    beside: false,
  });
  const renew = async (listener: string, more?: string) => {
    const put = await listeners.prepare(await configurationOf(folder, listener, more));
    put();
  };
  try {
    await play({ folder, listeners, port: listeners.all[0]?.address.port ?? 0, renew });
  } finally {
    await listeners.close(0);
    await Deno.remove(folder, { recursive: true });
  }
}

/** What a client is offered. */
async function offers(client: RawClient): Promise<string> {
  return await client.say("EHLO notifier.test") ?? "(closed)";
}

const TLS = ", tls: {certificate: server.pem, key: server.key}";
const USERS = "users: {nas: secret}";

Deno.test("prepare() changes nothing before its result is called", () =>
  onStage("", async ({ folder, listeners, port }) => {
    const put = await listeners.prepare(
      await configurationOf(folder, TLS, "limits: {recipients: 200}"),
    );
    using before = await connectRaw(port);
    assert.doesNotMatch(await offers(before), /STARTTLS|RCPTMAX=200/);
    put();
    using after = await connectRaw(port);
    assert.match(await offers(after), /RCPTMAX=200[^]*STARTTLS|STARTTLS[^]*RCPTMAX=200/);
    assert.doesNotMatch(await offers(before), /STARTTLS|RCPTMAX=200/);
  }));

Deno.test("a listener takes name, networks and logins of another configuration", () =>
  onStage("", async ({ port, renew }) => {
    await renew(
      `, auth: {without-tls: true, required: true, ${USERS}}, lenient: [127.0.0.1]`,
      "hostname: other.example.com\n",
    );
    using client = await connectRaw(port);
    assert.match(client.greeting, /^220 other\.example\.com /);
    assert.match(await offers(client), /^250-other\.example\.com\n[^]*AUTH /);
    assert.match(await client.say("MAIL FROM:<a@example.net>") ?? "", /^530 /);
    await renew(", allow: [10.0.0.0/8]");
    using stranger = await connectRaw(port);
    assert.match(stranger.greeting, /^554 /);
  }));

Deno.test("a session that began before may still begin TLS with the certificate of then", () =>
  onStage(TLS, async ({ folder, port, renew }) => {
    using before = await connectRaw(port);
    assert.match(await offers(before), /STARTTLS/);
    const other = await makeAuthority("Other");
    await Deno.mkdir(join(folder, "other"));
    await writeCertificate(join(folder, "other"), await other.issue());
    await renew(", tls: {certificate: other/server.pem, key: other/server.key}");
    assert.match(await before.say("STARTTLS") ?? "", /^220 /);
    (await connectWithTls({ port, ca: other.certificate, begin: "starttls" })).close();
    const ca = await Deno.readTextFile(join(folder, "ca.pem"));
    await assert.rejects(connectWithTls({ port, ca, begin: "starttls" }));
    await renew(TLS);
    (await connectWithTls({ port, ca, begin: "starttls" })).close();
  }));

Deno.test("a certificate that cannot be used leaves everything as it is", () =>
  onStage("", async ({ folder, listeners, port }) => {
    const next = await configurationOf(folder, TLS, "limits: {recipients: 200}");
    await Deno.writeTextFile(join(folder, "server.key"), "no key any more");
    await assert.rejects(listeners.prepare(next), { code: "config-invalid" });
    using client = await connectRaw(port);
    assert.doesNotMatch(await offers(client), /STARTTLS|RCPTMAX=200/);
  }));

Deno.test("limits on connections count those that are open already", () =>
  onStage("", async ({ port, renew }) => {
    using _first = await connectRaw(port);
    await renew("", "limits: {connections: 1}\n");
    using second = await connectRaw(port);
    assert.match(second.greeting, /^421 /);
    await renew("", "limits: {connections: 2}\n");
    using third = await connectRaw(port);
    assert.match(third.greeting, /^220 /);
  }));

/** What somebody hears who logs in. */
async function login(port: number, password: string): Promise<string> {
  using client = await connectRaw(port);
  await offers(client);
  return await client.say(`AUTH PLAIN ${btoa(`\0nas\0${password}`)}`) ?? "";
}

const withUsers = (users: string) => `, auth: {without-tls: true, users: {${users}}}`;

Deno.test("who guesses has five tries, whatever users a reload adds, and stays paused", () =>
  onStage(withUsers("nas: secret"), async ({ port, renew }) => {
    for (let guesses = 0; guesses < 3; guesses++) {
      assert.match(await login(port, "wrong"), /^535 /);
    }
    await renew(withUsers("nas: secret, ups: secret"), "limits: {recipients: 200}\n");
    assert.match(await login(port, "secret"), /^235 /);
    assert.match(await login(port, "wrong"), /^535 /);
    assert.match(await login(port, "wrong"), /^421 /);
    await renew(withUsers("nas: other"));
    assert.match(await login(port, "other"), /^421 /);
  }));

Deno.test("who guesses has five tries on all listeners together, whatever their users", () =>
  onStage(
    `${withUsers("nas: secret")}}, {listen: "127.0.0.1:0"${withUsers("nas: other")}`,
    async ({ listeners, port }) => {
      const other = listeners.all[1]?.address.port ?? assert.fail();
      for (const at of [port, other, port, other]) {
        assert.match(await login(at, "wrong"), /^535 /);
      }
      assert.match(await login(port, "wrong"), /^421 /);
      assert.match(await login(other, "other"), /^421 /);
    },
  ));

const places: readonly (readonly [before: string, after: string, elsewhere: boolean])[] = [
  ["127.0.0.1:1025", "127.0.0.1:1025", false],
  ["127.0.0.1:1025", "127.0.0.1:1026", true],
  ["[127.0.0.1:1025, 127.0.0.1:1026]", "[127.0.0.1:1026, 127.0.0.1:1025]", false],
  ["127.0.0.1:1025", "[127.0.0.1:1025, 127.0.0.1:1026]", true],
  ["127.0.0.1:1025", "[{listen: 127.0.0.1:1025, allow: [10.0.0.0/8]}]", false],
  ["127.0.0.1:1025", "[{listen: 127.0.0.1:1025, protocol: lmtp}]", true],
  ["[{listen: unix:/a, mode: '660'}]", "[{listen: unix:/a, mode: '666'}]", true],
];

for (const [before, after, elsewhere] of places) {
  Deno.test(`listensElsewhere() from ${before} to ${after}: ${elsewhere}`, () => {
    const [one, other] = [before, after].map((listen) =>
      parseHere(BASE.replace(/^local-smtp: .*/m, `local-smtp: ${listen}`) + "managers: []\n")
        .listeners
    );
    assert.equal(listensElsewhere(one ?? [], other ?? []), elsewhere);
  });
}
