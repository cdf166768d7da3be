/** What listeners and mail servers of a configuration may say, and what it means. @module */

import assert from "node:assert/strict";
import type { ListenerConfig, SmarthostConfig } from "../../lib/config/types.ts";
import { parseHere } from "../support/configuration.ts";

const HASH = "$scrypt$ln=15,r=8,p=1$c2FsdHNhbHQ$MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE";

function listener(text: string, variables: Record<string, string> = {}): ListenerConfig {
  const [only] = parseHere(`local-smtp:\n  - ${text}\nremote-smtp: mx.example.com`, variables)
    .listeners;
  assert.ok(only);
  return only;
}

function smarthost(text: string, variables: Record<string, string> = {}): SmarthostConfig {
  return parseHere(`local-smtp: localhost:1025\nremote-smtp: ${text}\n`, variables).smarthosts[0];
}

const FILES = {
  certificateFile: "/etc/mail2alert/relay.pem",
  keyFile: "/etc/mail2alert/relay.key",
};

const listenerTls = [
  {
    text: "{certificate: relay.pem, key: relay.key}",
    expected: { mode: "starttls", required: false, certificate: FILES },
  },
  {
    text: "{certificate: relay.pem, key: relay.key, required: true, self-signed: false}",
    expected: { mode: "starttls", required: true, certificate: FILES },
  },
  {
    text: "{self-signed: true, mode: implicit, required: false}",
    expected: { mode: "implicit", required: true, certificate: "self-signed" },
  },
];

for (const { text, expected } of listenerTls) {
  Deno.test(`parseConfiguration() reads tls: ${text} of a listener`, () => {
    assert.deepEqual(listener(`{listen: "0.0.0.0:25", tls: ${text}}`).tls, expected);
  });
}

Deno.test("parseConfiguration() reads users with passwords, variables, files and hashes", () => {
  const users = `{nas: $NAS, ups: {password-file: ups.password}, printer: "${HASH}", cam:
      {password: a b}, "o'ne 1": $HASH}`;
  const text = `{listen: "0.0.0.0:25", auth: {without-tls: true, users: ${users}}}`;
  const { auth } = listener(text, { NAS: "pa$$NAS", HASH });
  assert.deepEqual(auth, {
    required: false,
    withoutTls: true,
    users: new Map([
      ["nas", "pa$$NAS"],
      ["ups", "content-of-ups.password"],
      ["printer", HASH],
      ["cam", "a b"],
      ["o'ne 1", HASH],
    ]),
  });
});

Deno.test("parseConfiguration() lets a listener with TLS ask for authentication", () => {
  const { auth, tls } = listener(
    '{listen: "0.0.0.0:587", tls: {self-signed: true}, auth: {required: true, users: {a: b}}}',
  );
  assert.equal(tls?.mode, "starttls");
  assert.deepEqual([auth?.required, auth?.withoutTls], [true, false]);
});

Deno.test("parseConfiguration() serves whom leniently that the profile or the list says", () => {
  assert.deepEqual(listener("{listen: localhost, profile: strict}").lenient, []);
  assert.deepEqual(listener("{listen: localhost, profile: lenient}").lenient, [
    "0.0.0.0/0",
    "::/0",
  ]);
  assert.deepEqual(listener("{listen: localhost, lenient: [10.1.0.0/16]}").lenient, [
    "10.1.0.0/16",
  ]);
});

Deno.test("parseConfiguration() reads load balancers, mail servers in front and LMTP", () => {
  const { proxy, xclient, protocol } = listener(
    '{listen: "localhost:24", proxy: [10.0.0.1], xclient: ["::1"], protocol: lmtp}',
  );
  assert.deepEqual([proxy, xclient, protocol], [["10.0.0.1"], ["::1"], "lmtp"]);
});

const sockets = [
  { text: "unix:/run/m/smtp.sock", unix: { path: "/run/m/smtp.sock", mode: 0o660 } },
  { text: '{listen: "unix:/s", mode: "600"}', unix: { path: "/s", mode: 0o600 } },
  { text: "{listen: unix:/s, mode: 0666}", unix: { path: "/s", mode: 0o666 } },
  { text: "{listen: unix:/s, protocol: lmtp}", unix: { path: "/s", mode: 0o660 } },
  { text: `unix:/${"x".repeat(100)}`, unix: { path: `/${"x".repeat(100)}`, mode: 0o660 } },
];

for (const { text, unix } of sockets) {
  Deno.test(`parseConfiguration() reads the unix socket ${text}`, () => {
    const { hostname, port, unix: read } = listener(text);
    assert.deepEqual([hostname, port, read], ["", 0, unix]);
  });
}

Deno.test("parseConfiguration() takes unix:25 for a host that is called unix", () => {
  const { hostname, port, unix } = listener("unix:25");
  assert.deepEqual([hostname, port, unix], ["unix", 25, undefined]);
});

const modes = [
  { text: "mx.example.com", mode: "none" },
  { text: "mx.example.com:465", mode: "implicit" },
  { text: '{server: "mx.example.com:465", tls: none}', mode: "none" },
  { text: "{server: mx.example.com, auth: {user: a, password: b}}", mode: "required" },
  { text: '{server: "mx.example.com:465", auth: {user: a, password: b}}', mode: "implicit" },
  { text: "{server: mx.example.com, tls: opportunistic}", mode: "opportunistic" },
  { text: "{server: 127.0.0.1, tls: none, auth: {user: a, password: b}}", mode: "none" },
  { text: "{server: localhost, tls: opportunistic, auth: {user: a, password: b}}" },
];

for (const { text, mode = "opportunistic" } of modes) {
  Deno.test(`parseConfiguration() speaks to ${text} with TLS ${mode}`, () => {
    assert.equal(smarthost(text).tls.mode, mode);
  });
}

Deno.test("parseConfiguration() reads all that may be said of TLS towards a mail server", () => {
  const text = `{server: mx.example.com, tls: required, tls-ca-file: ca.pem,
    tls-server-name: mail.example.com, tls-certificate: relay.pem, tls-key: relay.key}`;
  assert.deepEqual(smarthost(text), {
    hostname: "mx.example.com",
    port: 25,
    tls: {
      mode: "required",
      caFile: "/etc/mail2alert/ca.pem",
      serverName: "mail.example.com",
      certificate: FILES,
    },
  });
});

const logins = [
  {
    text: "{user: relay, password: $PASS}",
    expected: { kind: "password", user: "relay", password: "pelle" },
  },
  {
    text: "{user: relay, password-file: p, mechanism: cram-md5}",
    expected: {
      kind: "password",
      user: "relay",
      password: "content-of-p",
      mechanism: "CRAM-MD5",
    },
  },
  {
    text: `{user: me@example.com, mechanism: oauthbearer, oauth: {
      token-url: "https://login.example.com/t?x=1", client-id: id, client-secret-file: s,
      refresh-token: $PASS, scope: mail.send}}`,
    expected: {
      kind: "oauth",
      user: "me@example.com",
      mechanism: "OAUTHBEARER",
      token: {
        url: "https://login.example.com/t?x=1",
        clientId: "id",
        clientSecret: "content-of-s",
        refreshToken: "pelle",
        scope: "mail.send",
      },
    },
  },
  {
    text: `{user: me, oauth: {token-url: "http://127.0.0.1:1/t", client-id: id, client-secret: s}}`,
    expected: {
      kind: "oauth",
      user: "me",
      token: { url: "http://127.0.0.1:1/t", clientId: "id", clientSecret: "s" },
    },
  },
  {
    text: `{user: me, oauth: {token-url: "https://x.org/t", client-id: id, refresh-token-file: r}}`,
    expected: {
      kind: "oauth",
      user: "me",
      token: { url: "https://x.org/t", clientId: "id", refreshToken: "content-of-r" },
    },
  },
];

for (const { text, expected } of logins) {
  Deno.test(`parseConfiguration() reads auth: ${text}`, () => {
    const read = smarthost(`{server: "mx.example.com:587", auth: ${text}}`, { PASS: "pelle" });
    assert.deepEqual(read.auth, expected);
  });
}

Deno.test("parseConfiguration() reads mail servers in their order, each in either form", () => {
  const { smarthosts } = parseHere(
    "local-smtp: localhost:1025\nremote-smtp:\n  - one.example.com\n" +
      "  - {server: one.example.com:587, tls: required}\n  - '[::1]'\n",
  );
  assert.deepEqual(smarthosts.map(({ hostname, port, tls }) => [hostname, port, tls.mode]), [
    ["one.example.com", 25, "none"],
    ["one.example.com", 587, "required"],
    ["::1", 25, "none"],
  ]);
});

Deno.test("parseConfiguration() replaces variables in all that looks like a hash and is none", () => {
  const text = "{server: mx.example.com, auth: {user: a, password: $scrypt$ln=15}}";
  const { auth } = smarthost(text, { scrypt: "pel", ln: "le" });
  assert.equal(auth?.kind === "password" && auth.password, "pelle=15");
});
