/** Doubtful settings. @module */

import assert from "node:assert/strict";
import { reviewConfiguration } from "../../lib/config/review.ts";
import { parseHere } from "../support/configuration.ts";

const VERIFIED = "{server: mx.example.com, tls: required}";

const settings = [
  { name: "a plain configuration", more: "", expected: [] },
  {
    name: "a listener open to the world",
    local: '[{listen: "0.0.0.0:25", allow: [10.0.0.0/8, 0.0.0.0/0]}]',
    more: "",
    expected: [
      "local-smtp 0.0.0.0:25 takes mail from anyone (allow: 0.0.0.0/0): name the networks of " +
      "your notifiers",
    ],
  },
  {
    name: "a listener of 2017 that others cannot use any more",
    local: '"[::]:1025"',
    more: "",
    expected: [
      "local-smtp [::]:1025 takes mail from this machine only: to admit others, name their " +
      "networks in allow",
    ],
  },
  {
    name: "a listener for one network",
    local: "[{listen: 0.0.0.0, allow: [127.0.0.1, 10.0.0.0/8]}]",
    more: "",
    expected: [],
  },
  {
    name: "a listener open to the world that must authenticate",
    local: '[{listen: "0.0.0.0:587", allow: [0.0.0.0/0], tls: {certificate: c, key: k}, ' +
      "auth: {required: true, users: {a: b}}}]",
    more: "",
    expected: [],
  },
  {
    name: "a listener open to the world whose networks need not authenticate",
    local: '[{listen: "0.0.0.0:587", allow: [0.0.0.0/0], tls: {certificate: c, key: k}, ' +
      "auth: {users: {a: b}}}]",
    more: "",
    expected: [
      "local-smtp 0.0.0.0:587 takes mail from anyone (allow: 0.0.0.0/0): name the networks of " +
      "your notifiers",
    ],
  },
  {
    name: "a listener for those who authenticate only",
    local: '[{listen: "0.0.0.0:587", tls: {certificate: c, key: k}, auth: {users: {a: b}}}]',
    more: "",
    expected: [],
  },
  {
    name: "a certificate that nobody can verify",
    local: "[{listen: localhost, tls: {self-signed: true}}]",
    more: "",
    expected: [
      "local-smtp localhost:25 shows a certificate of its own that nobody can verify: for first " +
      "steps only, then set certificate and key",
    ],
  },
  {
    name: "STARTTLS on the port of TLS",
    local: '[{listen: "localhost:465", tls: {certificate: c, key: k}}]',
    more: "",
    expected: [
      "local-smtp localhost:465 waits for STARTTLS where TLS comes first (RFC 8314): set mode: " +
      "implicit",
    ],
  },
  {
    name: "TLS on the port of TLS",
    local: '[{listen: "localhost:465", tls: {certificate: c, key: k, mode: implicit}}]',
    more: "",
    expected: [],
  },
  {
    name: "passwords in clear",
    local: '[{listen: "[::]:25", auth: {without-tls: true, users: {a: b}}}]',
    more: "",
    expected: [
      "local-smtp [::]:25 takes passwords in clear, for anyone on the way to read: use TLS where " +
      "you can",
    ],
  },
  {
    name: "passwords in clear on this machine",
    local: "[{listen: localhost, auth: {without-tls: true, users: {a: b}}}, " +
      '{listen: "unix:/s", profile: lenient, auth: {without-tls: true, users: {a: b}}}]',
    more: "",
    expected: [],
  },
  {
    name: "leniency with the world",
    local: "[{listen: 0.0.0.0, allow: [10.0.0.0/8], profile: lenient, " +
      "tls: {certificate: c, key: k}, auth: {users: {a: b}}}]",
    more: "",
    expected: [
      "local-smtp 0.0.0.0:25 is lenient with the whole world: name the networks of the devices " +
      "in lenient instead",
    ],
  },
  {
    name: "leniency with one's own network",
    local: "[{listen: 0.0.0.0, allow: [10.0.0.0/8], profile: lenient}]",
    more: "",
    expected: [],
  },
  {
    name: "mail in clear",
    remote: '[mx.example.com, "[::1]:26", "[2001:db8::1]"]',
    more: "",
    expected: ["mx.example.com:25", "[2001:db8::1]:25"].map((server) =>
      `remote-smtp ${server} gets all mail in clear, for anyone on the way to read: set tls: ` +
      "required, or tls: opportunistic where its certificate cannot be verified"
    ),
  },
  {
    name: "TLS with whom it may concern",
    remote: "[{server: mx.example.com, tls: opportunistic}, " +
      "{server: '[::1]:26', tls: opportunistic}]",
    more: "",
    expected: [
      "remote-smtp mx.example.com:25 is not asked who it is (tls: opportunistic): that keeps out " +
      "who listens, not who stands in between; set tls: required when its certificate can be " +
      "verified",
    ],
  },
  {
    name: "TLS that begins otherwise than the port",
    remote: '[{server: "a.example.com:465", tls: required}, ' +
      '{server: "a.example.com:587", tls: implicit}]',
    more: "",
    expected: [
      "remote-smtp a.example.com:465 expects TLS from the first octet on this port (RFC 8314): " +
      "set tls: implicit",
      "remote-smtp a.example.com:587 expects STARTTLS on this port: set tls: required",
    ],
  },
  {
    name: "TLS that begins as it should",
    remote: '["a.example.com:465", {server: "a.example.com:2465", tls: implicit}]',
    more: "",
    expected: [],
  },
  {
    name: "a queue, a journal and a store that differ from the usual",
    more: "ack: queued\nstore: {path: x}\nhistory: none\nduplicates: {window: 0s}\n" +
      "queue: {first-retry: 1s, give-up-after: 2s, delay-notice: 0s}",
    expected: [],
  },
  {
    name: "the longest path of a store that can be asked",
    more: `store: {path: /${"x".repeat(93)}}`,
    expected: [],
  },
  {
    name: "a store whose path is too long for a socket",
    more: `store: {path: /${"é".repeat(47)}}`,
    expected: [
      "store.path has 95 octets: beyond 94 nobody can ask the running program, so queue retry, " +
      "queue drop, --if-not-running and --replace do not work: take a shorter one",
    ],
  },
  {
    name: "a store without a guard",
    more: "store: {min-free: 0MB}",
    expected: [
      "store.min-free is 0: mail is taken until the disk is full, and nothing else can write",
    ],
  },
  {
    name: "a queue that never tries again",
    more: "queue: {give-up-after: 30s}",
    expected: [
      "queue.give-up-after is no longer than first-retry: what fails once is never tried again",
    ],
  },
  {
    name: "a journal that forgets before the duplicate window is over",
    more: "history: {keep: 5m}",
    expected: [
      "history.keep is shorter than duplicates.window: a mail that comes again after a restart " +
      "may be delivered twice",
    ],
  },
];

for (const { name, local = "localhost:1025", remote = VERIFIED, more, expected } of settings) {
  Deno.test(`reviewConfiguration() says ${expected.length || "nothing"} about ${name}`, () => {
    const text = `local-smtp: ${local}\nremote-smtp: ${remote}\n${more}\n`;
    const configuration = parseHere(text);
    assert.deepEqual(reviewConfiguration(configuration), expected);
  });
}
