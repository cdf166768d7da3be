/**
 * aiosmtpd with TLS and logins as the mail server that we use.
 *
 * @module
 */

import assert from "node:assert/strict";
import { join } from "node:path";
import { type Aiosmtpd, startAiosmtpd } from "../support/aiosmtpd.ts";
import { makeAuthority, writeCertificate } from "../support/certificates.ts";
import { bodyOf } from "../support/octets.ts";
import { startSendingRelay } from "../support/sending_relay.ts";
import { until } from "../support/wait.ts";

const USER = "relay";
const PASSWORD = "canary-91/+=%&;~?";
const BODY = ".\r\n..x\r\nGr\xfc\xdfe\r\n";
const MAIL = {
  message: `Subject: to aiosmtpd\r\n\r\n${BODY.replace(/^\./gm, "..")}`,
  parameters: "BODY=8BITMIME",
} as const;

/** The server, and what the relay needs to trust it. */
interface Secure extends AsyncDisposable {
  readonly server: Aiosmtpd;
  readonly caFile: string;
}

async function start(tls: "starttls" | "implicit", without: readonly string[]): Promise<Secure> {
  const folder = await Deno.makeTempDir({ prefix: "aiosmtpd-secrets-" });
  const authority = await makeAuthority();
  const caFile = join(folder, "ca.pem");
  await Deno.writeTextFile(caFile, authority.certificate);
  const { certificateFile, keyFile } = await writeCertificate(folder, await authority.issue());
  const server = await startAiosmtpd([
    ...["--tls", tls, "--certificate", certificateFile, "--key", keyFile],
    ...["--user", USER, "--password", PASSWORD],
    ...without.flatMap((mechanism) => ["--without", mechanism]),
  ]);
  return {
    server,
    caFile,
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      await Deno.remove(folder, { recursive: true });
    },
  };
}

function configured({ server, caFile }: Secure, tls: string, password = PASSWORD): string {
  const mode = tls === "implicit" ? "implicit" : "required";
  return `server: "127.0.0.1:${server.port}", tls: ${mode}, tls-ca-file: ${caFile}, ` +
    `auth: {user: ${USER}, password: "${password}"}`;
}

for (const tls of ["starttls", "implicit"] as const) {
  for (const [mechanism, other] of [["PLAIN", "LOGIN"], ["LOGIN", "PLAIN"]] as const) {
    Deno.test(`aiosmtpd takes our mail, ${tls}, with AUTH ${mechanism}`, async () => {
      await using secure = await start(tls, [other]);
      await using relay = await startSendingRelay([configured(secure, tls)]);
      assert.match(await relay.send(MAIL), /^250 2\.0\.0 Accepted as /);
      const mail = await until(() => secure.server.messages()[0], { what: "the mail" });
      assert.equal(bodyOf(mail), BODY);
      assert.doesNotMatch(relay.log(), /canary/);
    });

    Deno.test(`aiosmtpd refuses our password, ${tls}, with AUTH ${mechanism}`, async () => {
      await using secure = await start(tls, [other]);
      await using relay = await startSendingRelay([configured(secure, tls, "canary-92")]);
      assert.match(await relay.send(MAIL), /^250 2\.0\.0 queued as /);
      assert.match(
        relay.reasons().join(),
        new RegExp(`^127\\.0\\.0\\.1:\\d+: AUTH ${mechanism} answered with 535 5\\.7\\.8 `),
      );
      assert.deepEqual(secure.server.messages(), []);
      assert.doesNotMatch(relay.log(), /canary/);
    });
  }
}
