/**
 * A password for mail servers that refuse it, send it back, or lose it: it comes to light nowhere,
 * not in the log, not in a reply, the bounce, the store, or what the command line tells.
 *
 * @module
 */

import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { askEverything } from "../support/ask_everything.ts";
import { CANARY, filesBelow, findSecret } from "../support/canary.ts";
import { makeAuthority } from "../support/certificates.ts";
import { startProgram } from "../support/program.ts";
import { sendRaw } from "../support/raw_client.ts";
import { startTlsFaultServer, type TlsFaults } from "../support/tls_fault_server.ts";
import { until } from "../support/wait.ts";

/** A mail server, and what its failure is called. */
interface Case {
  /** Completes "a mail server that …". */
  readonly name: string;
  readonly faults: TlsFaults;
  /** What the log says of the mail. */
  readonly says: RegExp;
}

const base64 = (text: string) => Buffer.from(text).toString("base64");
const hex = (text: string) => Buffer.from(text).toString("hex");

/** Answers the line of the login that holds the password. */
const onPassword = (reply: string) => (line: string) =>
  line.startsWith("AUTH PLAIN") ? reply : undefined;

const onRecipient = (reply: string) => (line: string) =>
  line.startsWith("RCPT") ? reply : undefined;

const cases: readonly Case[] = [
  {
    name: "refuses it",
    faults: { react: onPassword("535 5.7.8 no") },
    says: /AUTH PLAIN answered with 535 5\.7\.8 no/,
  },
  {
    name: "sends it back in clear",
    faults: { react: onPassword(`535 5.7.8 "${CANARY}" is wrong`) },
    says: /AUTH PLAIN answered with 535 5\.7\.8 .*\[hidden\]/,
  },
  {
    name: "sends it back in base64, wherever it begins",
    faults: {
      react: onPassword(
        [0, 1, 2].map((at) => `535-${base64(`${"x".repeat(at)}${CANARY}`)}`)
          .concat(`535 ${base64(`\0relay\0${CANARY}`)}`).join("\r\n"),
      ),
    },
    says: /AUTH PLAIN answered with 535 .*\[hidden\].*\[hidden\]/,
  },
  {
    name: "sends it back in capitals, and as hexadecimal digits",
    faults: { react: onPassword(`454 4.7.0 ${CANARY.toUpperCase()} ${hex(CANARY)}`) },
    says: /AUTH PLAIN answered with 454 4\.7\.0 \[hidden\] \[hidden\]/,
  },
  {
    name: "sends it back as a challenge",
    faults: { react: onPassword(`334 ${base64(CANARY)}`) },
    says: /AUTH PLAIN answered with/,
  },
  {
    name: "sends it back as no reply at all",
    faults: { react: onPassword(`${CANARY} ${base64(`\0relay\0${CANARY}`)}`) },
    says: /Cannot read reply/,
  },
  {
    name: "hangs up",
    faults: { react: onPassword("DROP") },
    says: /instead of a reply to AUTH PLAIN/,
  },
  {
    name: "offers no login",
    faults: { underTls: [] },
    says: /the server offers no authentication/,
  },
  {
    name: "takes it, and defers the recipient with it",
    faults: { react: onRecipient(`451 4.3.0 ${CANARY} ${base64(`ab${CANARY}`)}`) },
    says: /RCPT answered with 451 4\.3\.0 \[hidden\]/,
  },
  {
    name: "takes it, and refuses the recipient with it",
    faults: { react: onRecipient(`550 5.1.1 ${base64(`\0relay\0${CANARY}`)} ${CANARY}`) },
    says: /RCPT answered with 550 5\.1\.1 .*\[hidden\]/,
  },
];

for (const { name, faults, says } of cases) {
  Deno.test(`a password comes to light nowhere, at a mail server that ${name}`, async () => {
    const authority = await makeAuthority();
    const folder = await Deno.makeTempDir({ prefix: "mail2alert-canary-" });
    try {
      await Deno.writeTextFile(`${folder}/ca.pem`, authority.certificate);
      await using server = startTlsFaultServer({ certificate: await authority.issue(), ...faults });
      const env = { CANARY, LOGLEVEL: "DEBUG" };
      await using program = await startProgram(configurationOf(server.port), { folder, env });
      const reply = await sendRaw(program.port);
      const bounced = () => / INFO queue notice .* about=failed /.test(program.log());
      await until(bounced, { what: "the bounce", withinMs: 120_000 });
      const told = await askEverything(folder, env);
      assert.equal(await program.stop(), 0);
      const log = program.log();
      assert.match(log, says);
      const files = filesBelow(program.store);
      const stored = [...files.values()].map((content) => Buffer.from(content).toString("latin1"));
      assert.ok(stored.some((text) => text.includes("multipart/report")), "the bounce is stored");
      const places = new Map<string, string | Uint8Array>([...files, ...told]);
      places.set("the log", log).set("the reply", reply);
      assert.deepEqual(findSecret(places), []);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });
}

/** Mail is given up soon, and what tells of it goes the same way. */
function configurationOf(port: number): string {
  return `
local-smtp: 127.0.0.1:0
remote-smtp:
  server: localhost:${port}
  tls: required
  tls-ca-file: ca.pem
  auth: {user: relay, password: $CANARY}
ack: queued
history: full
queue: {first-retry: 100ms, max-retry: 100ms, give-up-after: 1s, delay-notice: 0s}
managers: []
`;
}
