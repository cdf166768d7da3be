/**
 * Sessions whose peer does not take what it is told: every wait has its end, whatever was going on
 * before.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { Envelope } from "../../lib/mail/envelope.ts";
import { createAuthenticator } from "../../lib/smtp/auth/authenticator.ts";
import { Connection } from "../../lib/smtp/connection.ts";
import type { ConnectionOptions } from "../../lib/smtp/connection_options.ts";
import type { TlsServer } from "../../lib/smtp/tls/tls_server.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { recordingService } from "../support/recording_service.ts";
import { type ScriptedWire, scriptedWire } from "../support/scripted_wire.ts";
import { STANDING } from "../support/session_stage.ts";
import { LIMITS } from "../support/test_listener.ts";
import { until, within } from "../support/wait.ts";

const MAIL = "MAIL FROM:<>\r\nRCPT TO:<a@b.c>\r\n";
const DATA = `EHLO x\r\n${MAIL}DATA\r\nx\r\n.\r\n`;
const HELP = "HELP\r\n".repeat(600);

const LINGER_MS = 1_000;

/** Serves one peer on a clock that stands still, with whatever can be offered. */
function serveOn(wire: ScriptedWire, over: Partial<ConnectionOptions> = {}) {
  const clock = new FakeClock();
  const users = new Map([["nas", "secret"]]);
  const options: ConnectionOptions = {
    hostname: "relay.test",
    limits: LIMITS,
    service: recordingService(),
    auth: { authenticator: createAuthenticator({ users }), required: false, withoutTls: true },
    clock,
    ...over,
  };
  const treatment = { allowed: true, standing: STANDING };
  const connection = new Connection(wire, options, {
    ...treatment,
    listenFirst: false,
    treatmentOf: () => treatment,
  });
  return { clock, connection, served: connection.serve() };
}

/** TLS that must not begin. */
const NO_TLS: TlsServer = {
  secure: () => Promise.reject(new Error("a handshake on a wire that is not taken")),
  reload: () => Promise.resolve(),
  close: () => Promise.resolve(),
};

const deaf = [
  { name: "commands", says: `EHLO x\r\n${HELP}` },
  { name: "commands behind a message", says: `${DATA}${HELP}` },
  {
    name: "commands behind a message that came in chunks",
    says: `EHLO x\r\n${MAIL}BDAT 3 LAST\r\nx\r\n${HELP}`,
  },
  { name: "commands behind a login", says: `EHLO x\r\nAUTH PLAIN AG5hcwBzZWNyZXQ=\r\n${HELP}` },
  {
    name: "commands behind a message that was given up",
    says: `EHLO x\r\n${MAIL}BDAT 3\r\nx\r\nRSET\r\n${HELP}`,
  },
  { name: "STARTTLS behind a message", says: `${DATA}STARTTLS\r\n` },
];

for (const { name, says } of deaf) {
  Deno.test(`a peer that takes no reply to ${name} is closed after the longest silence`, async () => {
    const wire = scriptedWire({ says, takes: 1 });
    const tls = { server: NO_TLS, mode: "starttls", required: false } as const;
    const { clock, served } = serveOn(wire, { tls });
    await until(() => wire.stalled, { what: "a reply that is not taken" });
    // What waits for it must be under way.
    await new Promise((resolve) => setTimeout(resolve));
    clock.advance(LIMITS.idleMs + LINGER_MS - 1);
    assert.equal(wire.closed, false);
    clock.advance(1);
    assert.equal(wire.closed, true);
    await within(served, { what: "the session to end" });
  });
}

for (const begin of ["starttls", "implicit"] as const) {
  Deno.test(`a shutdown within a handshake (${begin}) says nothing in clear`, async () => {
    const says = begin === "starttls" ? "EHLO x\r\nSTARTTLS\r\n" : "";
    const wire = scriptedWire({ says, takes: 10 });
    const shaking = Promise.withResolvers<string>();
    const server: TlsServer = {
      ...NO_TLS,
      secure: async (clear) => {
        shaking.resolve(wire.written);
        await clear.read(new Uint8Array(1));
        return { kind: "failed", reason: "closed" };
      },
    };
    const tls = { server, mode: begin, required: true } as const;
    const { clock, connection, served } = serveOn(wire, { tls });
    const before = await within(shaking.promise, { what: "the handshake" });
    assert.match(before, begin === "starttls" ? /\r\n220 2\.0\.0 [^\n]*\n$/ : /^$/);
    connection.shutDown();
    clock.advance(LINGER_MS - 1);
    assert.equal(wire.closed, false);
    clock.advance(1);
    assert.equal(wire.closed, true);
    await within(served, { what: "the session to end" });
    assert.equal(wire.written, before);
  });
}

for (const taken of [true, false]) {
  const how = taken ? "taken at last" : "never taken";
  Deno.test(`a shutdown while STARTTLS is answered begins no handshake (${how})`, async () => {
    const wire = scriptedWire({ says: "EHLO x\r\nSTARTTLS\r\n", takes: 1 });
    const tls = { server: NO_TLS, mode: "starttls", required: false } as const;
    const { clock, connection, served } = serveOn(wire, { tls });
    await until(() => wire.stalled, { what: "the reply" });
    connection.shutDown();
    if (taken) wire.take();
    else clock.advance(LINGER_MS);
    wire.hangUp();
    await within(served, { what: "the session to end" });
    assert.match(wire.written, /^220 2\.0\.0 /m);
    assert.doesNotMatch(wire.written, /^421/m);
  });
}

Deno.test("a peer whose time is over is closed before long, however slowly its message is dropped", async () => {
  const wire = scriptedWire({ says: `EHLO x\r\n${MAIL}DATA\r\nhalf`, takes: 10 });
  const aborting = Promise.withResolvers<void>();
  const aborted = Promise.withResolvers<void>();
  const abort = () => {
    aborting.resolve();
    return aborted.promise;
  };
  const { begin } = recordingService();
  const service = { begin: (envelope: Envelope) => ({ ...begin(envelope), abort }) };
  const { clock, served } = serveOn(wire, { service });
  await until(() => /^354 /m.test(wire.written), { what: "the message" });
  clock.advance(LIMITS.idleMs);
  await until(() => /^421 4\.4\.2 /m.test(wire.written), { what: "the last reply" });
  wire.hangUp();
  await within(aborting.promise, { what: "the message to be dropped" });
  clock.advance(LINGER_MS);
  assert.equal(wire.closed, true);
  aborted.resolve();
  await within(served, { what: "the session to end" });
});
