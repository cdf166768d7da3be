/**
 * What every test of a wicked mail server with TLS does: open a connection, send a mail should
 * that work, and look for what must not be anywhere.
 *
 * @module
 */

import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { createHmac } from "node:crypto";
import type { SmarthostTlsConfig } from "../../lib/config/types.ts";
import { RelayError } from "../../lib/errors.ts";
import { compose } from "../../lib/mail/compose.ts";
import type { ClientAuth } from "../../lib/smtp/client/authenticate.ts";
import { deferred } from "../../lib/smtp/client/client.ts";
import { openClient } from "../../lib/smtp/client/open_client.ts";
import { makeAuthority } from "./certificates.ts";
import { sampleDelivery, sampleMail } from "./sample_mail.ts";
import { startTlsFaultServer, type TlsFaults } from "./tls_fault_server.ts";
import { HANG_MS, within } from "./wait.ts";

/** The password that must be nowhere. */
export const PASSWORD = "Canary-pä55/w0rd?";
/** The access token that must be nowhere. */
export const TOKEN = "canary.token-ya29_0123456789";
/** The challenge that the digest below answers. */
export const CHALLENGE = "<1896.697170952@fault.test>";
const DIGEST = createHmac("md5", Buffer.from(PASSWORD)).update(CHALLENGE).digest("hex");

const password: ClientAuth = { kind: "password", user: "relay", password: PASSWORD };

/** The authority that is trusted. */
export const authority = await makeAuthority();
/** A certificate that nothing is wrong with. */
export const good = await authority.issue();
const caFile = await Deno.makeTempFile({ suffix: ".pem" });
await Deno.writeTextFile(caFile, authority.certificate);
addEventListener("unload", () => Deno.removeSync(caFile));

/** A wicked server, and what must come of it. */
export interface HostileCase {
  /** Completes "when a server …". */
  readonly name: string;
  /** What it does. */
  readonly faults: TlsFaults;
  /** What is configured besides `mode: required` and the authority. */
  readonly tls?: Partial<SmarthostTlsConfig>;
  /** Who we are; the user with the password unless said. */
  readonly auth?: ClientAuth | "nobody";
  /** The code of the failure. */
  readonly code: string;
  /** What the reason says. */
  readonly reason: RegExp;
}

/** Plays a case: nothing secret goes out in clear, and the mail is deferred for its own reason. */
export async function playHostile(hostile: HostileCase): Promise<void> {
  const { faults, tls, auth = password, code, reason } = hostile;
  await using server = startTlsFaultServer(faults);
  const options = {
    hostname: "127.0.0.1",
    port: server.port,
    helloName: "relay.test",
    tls: { mode: "required", caFile, ...tls } as const,
    ...(auth !== "nobody" && { auth }),
    trustLoopback: false,
    limits: { handshakeMs: faults.handshake === "hang" ? 300 : HANG_MS },
  };
  const refused = attempt(options).then(() => null, (error) => error);
  const error = await within(refused, { what: "the end of the attempt", withinMs: 2 * HANG_MS });
  assert.ok(error instanceof RelayError, `not refused: ${error}`);
  assert.equal(error.code, code, error.message);
  const outcome = deferred("fault.test:587", error);
  assert.equal(outcome.kind, "deferred");
  assert.match(outcome.kind === "deferred" ? outcome.reason : "", reason);
  assertNoSecret(JSON.stringify([outcome, error.message, String(error.stack)]));
  assertNoSecret(server.seen.clear);
  assert.doesNotMatch(server.seen.clear, /AUTH|MAIL|RCPT|DATA|It broke/);
  assert.doesNotMatch(server.seen.lines.join("\n"), /MAIL|RCPT|DATA|It broke/);
}

/** Opens a connection and, should that work, sends a mail. */
async function attempt(options: Parameters<typeof openClient>[0]): Promise<void> {
  const { signal } = new AbortController();
  const client = await openClient(options, signal);
  const content = compose(sampleMail(), sampleDelivery());
  const submission = { reversePath: "", recipients: ["a@example.org"], smtpUtf8: false } as const;
  await client.send({ ...submission, body: "7BIT", content }, signal);
  await client.quit();
}

/** Neither in clear nor in what anybody could undo at a glance. */
function assertNoSecret(text: string): void {
  for (const secret of [PASSWORD, TOKEN, DIGEST, "pä55", "p??55", "w0rd"]) {
    const forms = [
      secret,
      Buffer.from(secret).toString("base64").replace(/=+$/, ""),
      Buffer.from(`\0relay\0${secret}`).toString("base64").replace(/=+$/, ""),
      Buffer.from(`\0relay\0${secret}`).toString("base64").slice(12, -4),
      Buffer.from(secret).toString("hex"),
      encodeURIComponent(secret),
    ];
    for (const form of forms.filter(({ length }) => length >= 4)) {
      assert.ok(!text.includes(form), `${form} in ${text}`);
    }
  }
}
