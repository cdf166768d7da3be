/** The listener that is proposed to an operator. @module */

import assert from "node:assert/strict";
import { newRecord, type SessionRecord } from "../../../lib/cli/doctor/record.ts";
import { snippet, type TlsOffer } from "../../../lib/cli/doctor/snippet.ts";
import type { Quirk } from "../../../lib/smtp/quirks.ts";

const PEM = "certificate: relay.pem, key: relay.key";

interface Case {
  readonly name: string;
  readonly quirks?: readonly Quirk[];
  readonly change?: Partial<SessionRecord>;
  readonly tls?: TlsOffer;
  readonly expected: readonly string[];
}

const cases: readonly Case[] = [
  { name: "nothing", expected: [] },
  { name: "a quirk that is tolerated", quirks: ["no-hello"], expected: ["profile: lenient"] },
  { name: "TLS at once", quirks: ["tls-at-once"], expected: [`tls: { ${PEM}, mode: implicit }`] },
  {
    name: "TLS",
    change: { secure: true },
    expected: [`tls: { self-signed: true } # or ${PEM}`],
  },
  {
    name: "TLS that came first",
    change: { secure: true },
    tls: "implicit",
    expected: [`tls: { self-signed: true, mode: implicit } # or ${PEM}`],
  },
  {
    name: "TLS that is not trusted",
    change: { tlsFailure: "the peer does not trust our certificate" },
    expected: [`tls: { ${PEM} }`],
  },
  {
    name: "TLS that is too old",
    quirks: ["old-tls"],
    change: { tlsFailure: "the peer offers TLS 1.0 at most" },
    expected: [],
  },
  {
    name: "STARTTLS that was not offered",
    quirks: ["tls-not-offered"],
    tls: "none",
    expected: [`tls: { ${PEM} }`],
  },
  {
    name: "a login over TLS",
    change: { secure: true, login: "LOGIN" },
    expected: [
      `tls: { self-signed: true } # or ${PEM}`,
      "auth: { users: { device: $DEVICE_PASSWORD } } # its user and password",
    ],
  },
  {
    name: "a login in clear",
    quirks: ["auth-before-tls"],
    change: { login: "LOGIN" },
    expected: [
      "auth: { without-tls: true, users: { device: $DEVICE_PASSWORD } } # its user and password",
    ],
  },
];

for (const { name, quirks = [], change, tls = "starttls", expected } of cases) {
  Deno.test(`snippet() of a device with ${name}`, () => {
    const record = { ...newRecord("192.0.2.7"), ...change };
    for (const quirk of quirks) record.quirks.set(quirk, true);
    const text = snippet(record, { listen: "0.0.0.0:2525", tls });
    const [head, listen, allow, ...rest] = text.trimEnd().split("\n");
    assert.deepEqual([head, listen], ["local-smtp:", "  - listen: 0.0.0.0:2525"]);
    assert.equal(allow, "    allow: [192.0.2.7]");
    assert.deepEqual(rest.map((line) => line.replace(/^ {4}/, "")), expected);
  });
}

Deno.test("snippet() quotes IPv6 addresses, and leaves out the link", () => {
  const text = snippet(newRecord("fe80::1%eth0"), { listen: "[::]:2525", tls: "starttls" });
  assert.equal(text, 'local-smtp:\n  - listen: "[::]:2525"\n    allow: ["fe80::1"]\n');
});

Deno.test("snippet() of a load balancer lets it speak for others", () => {
  const record = newRecord("192.0.2.7");
  record.quirks.set("proxy-header", false);
  const lines = snippet(record, { listen: "0.0.0.0:2525", tls: "starttls" }).split("\n");
  assert.deepEqual(lines.slice(2), [
    "    proxy: [192.0.2.7]",
    "    allow: [10.0.0.0/8] # the addresses of those that it speaks for",
    "",
  ]);
});
