/**
 * A peer that drips, 1 octet in 10 s, is closed within 10 minutes, whatever it drips and however long
 * it has waited before; on a wire and a clock that the test moves.
 *
 * @module
 */

import assert from "node:assert/strict";
import { createAuthenticator } from "../../lib/smtp/auth/authenticator.ts";
import { Connection } from "../../lib/smtp/connection.ts";
import type { ConnectionOptions } from "../../lib/smtp/connection_options.ts";
import { clientHello, extension, inRecords } from "../support/client_hello.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { openFileTls } from "../support/file_tls.ts";
import { latin1 } from "../support/octets.ts";
import { recordingService } from "../support/recording_service.ts";
import { scriptedWire } from "../support/scripted_wire.ts";
import { STANDING } from "../support/session_stage.ts";
import { LIMITS } from "../support/test_listener.ts";
import { within } from "../support/wait.ts";

const DRIP_MS = 10_000;
const LONGEST_MS = 600_000;

/** As long as a peer can say nothing but a NOOP now and then, in steps that are no silence yet. */
const WAITS_MS = [290_000, 290_000];

/** What drips. */
interface Drip {
  /** Its name. */
  readonly name: string;
  /** What is said at once before, on a connection that is new, and on one that has waited long. */
  readonly before?: string;
  /** What drips, over and over. */
  readonly drips: string;
  /** What is offered. */
  readonly offers?: Partial<ConnectionOptions>;
}

const { tls: server } = await openFileTls();

const STARTTLS = { tls: { server, mode: "starttls", required: false } } as const;
const IMPLICIT = { tls: { server, mode: "implicit", required: true } } as const;

const users = new Map([["nas", "secret"]]);
const AUTH = {
  auth: { authenticator: createAuthenticator({ users }), required: false, withoutTls: true },
};

const MAIL = "MAIL FROM:<>\r\nRCPT TO:<a@b.c>\r\n";

/** A hello that is longer than ten minutes. */
const HELLO = latin1(
  inRecords(
    clientHello({ version: 0x0303, extensions: [extension(0xaaaa, new Array(600).fill(0))] }),
    700,
  ),
);

const drips: readonly Drip[] = [
  { name: "what comes before the greeting", drips: "NOOP" },
  { name: "a handshake before the greeting", drips: HELLO, offers: IMPLICIT },
  { name: "a handshake", before: "STARTTLS\r\n", drips: HELLO, offers: STARTTLS },
  { name: "commands", drips: "NOOP\r\n" },
  { name: "a command without an end", drips: "x" },
  { name: "a login", drips: "AUTH LOGIN\r\nbmFz\r\n*\r\n", offers: AUTH },
  { name: "the response of a login", before: "AUTH PLAIN\r\n", drips: "A", offers: AUTH },
  { name: "a mail from its first command on", drips: `${MAIL}DATA\r\n${"x".repeat(500)}` },
  { name: "mails that are given up", drips: `${MAIL}RSET\r\n` },
  { name: "a header", before: `${MAIL}DATA\r\n`, drips: "x: y\r\n" },
  { name: "a body", before: `${MAIL}DATA\r\nx: y\r\n\r\n`, drips: "x\r\n" },
  { name: "dots", before: `${MAIL}DATA\r\n`, drips: "." },
  { name: "a chunk", before: `${MAIL}BDAT 9999 LAST\r\n`, drips: "x" },
  { name: "chunks", before: MAIL, drips: "BDAT 1\r\nx" },
  { name: "a chunk that nobody wants", before: "BDAT 9999\r\n", drips: "x" },
  { name: "chunks that nobody wants", drips: "BDAT 1\r\nx" },
];

for (const { name, before = "", drips: text, offers } of drips) {
  for (const waits of name.endsWith("the greeting") ? [[]] : [[], WAITS_MS]) {
    const when = waits.length > 0 ? "after a long wait" : "at once";
    Deno.test(`who drips ${name} is closed within ten minutes (${when})`, async () => {
      const visit = serve(offers);
      const { wire, clock } = visit;
      if (!name.endsWith("the greeting")) await visit.say("EHLO x\r\n");
      for (const waitMs of waits) {
        clock.advance(waitMs);
        await visit.say("NOOP\r\n");
      }
      await visit.say(before);
      for (let drop = 0; clock.now() < LONGEST_MS; drop++) {
        assert.ok(!visit.taken, "a mail was taken");
        await visit.say(text[drop % text.length] ?? "");
        clock.advance(DRIP_MS);
      }
      await visit.say("");
      assert.equal(clock.now(), LONGEST_MS);
      assert.ok(wire.closed || /^421 4\.4\.2 /m.test(wire.written), wire.written);
      clock.advance(1_000);
      await within(visit.served, { what: "the session to end" });
    });
  }
}

/** Serves a peer that takes whatever it is told. */
function serve(offers: Partial<ConnectionOptions> = {}) {
  const clock = new FakeClock();
  const service = recordingService();
  const wire = scriptedWire({ says: "", takes: Infinity });
  const options = { hostname: "relay.test", limits: LIMITS, service, clock, ...offers };
  const treatment = { allowed: true, standing: STANDING };
  const welcome = { ...treatment, listenFirst: false, treatmentOf: () => treatment };
  return {
    wire,
    clock,
    get taken() {
      return service.mails.length > 0;
    },
    served: new Connection(wire, options, welcome).serve(),
    say: async (text: string) => {
      wire.say(text);
      // All that this leads to is done by then: nothing here waits for a disk or a network.
      for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setTimeout(resolve));
    },
  };
}
