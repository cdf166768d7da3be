/**
 * A peer that drips, 1 octet in 10 s, is closed within 10 minutes of its connection or its last mail,
 * whatever it drips and however long it has waited before; on a clock that the test moves.
 *
 * @module
 */

import assert from "node:assert/strict";
import { createAuthenticator } from "../../lib/smtp/auth/authenticator.ts";
import type { ConnectionOptions } from "../../lib/smtp/connection_options.ts";
import { clientHello, extension, inRecords } from "../support/client_hello.ts";
import { clockedVisit } from "../support/clocked_visit.ts";
import { openFileTls } from "../support/file_tls.ts";
import { latin1 } from "../support/octets.ts";
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
  { name: "a login behind a chunk", before: "BDAT 1\r\nxAUTH PLAIN\r\n", drips: "A", offers: AUTH },
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

/** A mail, with what follows it in the same group (RFC 2920 §3.1). */
const GROUPS: Readonly<Record<string, string>> = {
  "behind DATA": `${MAIL}DATA\r\nx: y\r\n\r\nx\r\n.\r\n`,
  "behind BDAT": `${MAIL}BDAT 6 LAST\r\nx: y\r\n`,
};

/** What a peer has done before. */
interface Past {
  /** When it begins to drip. */
  readonly when: string;
  /** How long it has waited, in ms. */
  readonly waits: readonly number[];
  /** What it says together with what comes before the drip. */
  readonly group: string;
}

const BARE: Past = { when: "at once", waits: [], group: "" };
const PASTS: readonly Past[] = [
  BARE,
  { when: "after a long wait", waits: WAITS_MS, group: "" },
  ...Object.entries(GROUPS).map(([when, group]) => ({ when, waits: WAITS_MS, group })),
];

for (const { name, before = "", drips: text, offers } of drips) {
  for (const { when, waits, group } of name.endsWith("the greeting") ? [BARE] : PASTS) {
    Deno.test(`who drips ${name} is closed within ten minutes (${when})`, async () => {
      const visit = clockedVisit(offers);
      const { wire, clock } = visit;
      if (!name.endsWith("the greeting")) await visit.say("EHLO x\r\n");
      for (const waitMs of waits) {
        clock.advance(waitMs);
        await visit.say("NOOP\r\n");
      }
      await visit.say(`${group}${before}`);
      const { taken } = visit;
      const endsAt = LONGEST_MS + (taken > 0 ? clock.now() : 0);
      for (let drop = 0; clock.now() < endsAt; drop++) {
        assert.equal(visit.taken, taken, "a mail was taken");
        await visit.say(text[drop % text.length] ?? "");
        clock.advance(DRIP_MS);
      }
      await visit.say("");
      assert.equal(clock.now(), endsAt);
      assert.ok(wire.closed || /^421 4\.4\.2 /m.test(wire.written), wire.written);
      clock.advance(1_000);
      await within(visit.served, { what: "the session to end" });
    });
  }
}
