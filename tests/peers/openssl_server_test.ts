/**
 * `openssl s_server` as a mail server with bad TLS: the mail stays with us, with a reason that
 * names the fault, and nothing of it or of our credentials goes out, encrypted or not.
 *
 * @module
 */

import assert from "node:assert/strict";
import { join } from "node:path";
import { makeAuthority, selfSigned, writeCertificate } from "../support/certificates.ts";
import { freePort } from "../support/ports.ts";
import { startSendingRelay } from "../support/sending_relay.ts";
import { toolPath } from "../support/tools.ts";
import { until, within } from "../support/wait.ts";

const LOGIN = `auth: {user: relay, password: "canary-93"}`;
/** What must not reach a server whom we do not trust. */
const SECRET = /EHLO|MAIL|RCPT|AUTH|a@example|Subject|canary|Y2FuYXJ5/;

/** What the server says to whoever shakes hands, so that a client that trusted it would go on. */
const REPLIES = "220 openssl.test\r\n250-openssl.test\r\n250 AUTH PLAIN\r\n535 5.7.8 No\r\n";

/** What it says when a client is gone, or has had no handshake. */
const OVER = /CONNECTION CLOSED|:error:/;

interface Server extends AsyncDisposable {
  readonly port: number;
  /** What came out of the TLS, and what openssl says of the handshakes, once somebody has been there. */
  output(): Promise<string>;
}

async function startServer(folder: string, args: readonly string[]): Promise<Server> {
  const port = freePort();
  const files = ["-cert", join(folder, "server.pem"), "-key", join(folder, "server.key")];
  const child = new Deno.Command(toolPath("openssl"), {
    args: ["s_server", "-accept", `127.0.0.1:${port}`, ...files, ...args],
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  let said = "";
  const listening = [child.stdout, child.stderr].map(async (pipe) => {
    for await (const piece of pipe.pipeThrough(new TextDecoderStream())) said += piece;
  });
  const stop = async () => {
    child.kill("SIGKILL");
    await within(Promise.all([child.status, ...listening]), { what: "the end of openssl" });
  };
  let stopped: Promise<void> | undefined;
  const dispose = async () => {
    await (stopped ??= stop());
    await stdin.close().catch(() => {}); // The pipe ends with its reader.
  };
  const stdin = child.stdin.getWriter();
  await stdin.write(new TextEncoder().encode(REPLIES));
  await until(() => said.includes("ACCEPT"), { what: `openssl s_server on port ${port}` });
  return {
    port,
    output: async () => {
      // It reads on when its client knows all already: what it says to everybody is said at once.
      await until(() => OVER.test(said), { what: "the end of a connection" });
      await dispose();
      return said;
    },
    [Symbol.asyncDispose]: dispose,
  };
}

/** A server, and what is wrong with it. */
interface Fault {
  readonly name: string;
  readonly args?: readonly string[];
  /** Its certificate; one that is all right when absent. */
  readonly names?: readonly string[];
  readonly days?: readonly [number, number];
  readonly selfSigned?: boolean;
}

const faults: readonly (Fault & { readonly reason: RegExp })[] = [
  {
    name: "speaks TLS 1.0 only",
    args: ["-tls1", "-cipher", "DEFAULT@SECLEVEL=0"],
    reason: /: the server speaks only TLS older than 1\.2$/,
  },
  {
    name: "speaks TLS 1.1 only",
    args: ["-tls1_1", "-cipher", "DEFAULT@SECLEVEL=0"],
    reason: /: the server speaks only TLS older than 1\.2$/,
  },
  {
    name: "has no cipher in common with us",
    args: ["-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-SHA@SECLEVEL=0"],
    reason: /: TLS handshake failed: /,
  },
  {
    name: "has a certificate for another name",
    names: ["mx.test", "192.0.2.1"],
    reason: /certificate is for other names \(DNS:mx\.test, IP Address:192\.0\.2\.1\), not for 127/,
  },
  {
    name: "has a certificate that has expired",
    days: [-30, -2],
    reason: /certificate has expired since \d{4}-\d\d-\d\dT\d\d:\d\dZ$/,
  },
  {
    name: "has a certificate that is not valid yet",
    days: [2, 30],
    reason: /certificate is not valid before \d{4}-\d\d-\d\dT\d\d:\d\dZ$/,
  },
  {
    name: "has a certificate that it has signed itself",
    selfSigned: true,
    reason: /certificate is self-signed; trusted are \S+ca\.pem/,
  },
];

/** Sends a mail by a server of that kind. */
async function sendBy({ args = [], ...certificate }: Omit<Fault, "name">): Promise<{
  readonly reply: string;
  readonly reason: string;
  readonly output: string;
}> {
  const folder = await Deno.makeTempDir({ prefix: "openssl-server-" });
  try {
    const authority = await makeAuthority();
    await Deno.writeTextFile(join(folder, "ca.pem"), authority.certificate);
    const made = certificate.selfSigned ? selfSigned() : authority.issue(certificate);
    await writeCertificate(folder, await made);
    await using server = await startServer(folder, args);
    const trust = `tls: implicit, tls-ca-file: ${folder}/ca.pem`;
    const configured = `server: "127.0.0.1:${server.port}", ${trust}, ${LOGIN}`;
    await using relay = await startSendingRelay([configured]);
    const reply = await relay.send();
    assert.doesNotMatch(relay.log(), /canary/);
    return { reply, reason: relay.reasons().join(), output: await server.output() };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

for (const { name, reason, ...fault } of faults) {
  Deno.test(`an openssl s_server that ${name}: deferred, and it gets nothing`, async () => {
    const outcome = await sendBy(fault);
    assert.match(outcome.reply, /^250 2\.0\.0 queued as /);
    assert.match(outcome.reason, reason);
    assert.doesNotMatch(outcome.output, SECRET);
  });
}

Deno.test("an openssl s_server that is all right hears all that the others must not", async () => {
  const { reply, reason, output } = await sendBy({});
  assert.match(reply, /^250 2\.0\.0 queued as /);
  assert.match(reason, /: AUTH PLAIN answered with 535 5\.7\.8 No$/);
  assert.ok(output.includes(`AUTH PLAIN ${btoa("\0relay\0canary-93")}`), output);
});
