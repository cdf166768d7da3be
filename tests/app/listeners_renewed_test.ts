/** Listeners that serve by another configuration: who comes from now on, and who is in already. @module */

import assert from "node:assert/strict";
import { listensElsewhere } from "../../lib/app/listeners.ts";
import { BASE, parseHere } from "../support/configuration.ts";
import { connectRaw } from "../support/raw_client.ts";
import { configurationOf, offers, onStage, TLS } from "../support/renewed_listeners.ts";

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
