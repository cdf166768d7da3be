/**
 * The flags that `permissions` prints, given to `deno run` and nothing beside them.
 *
 * @module
 */

import assert from "node:assert/strict";
import { join } from "node:path";
import { askControl } from "../../lib/control/client.ts";
import { RelayError } from "../../lib/errors.ts";
import { controlSocket } from "../../lib/store/layout.ts";
import { type Authority, makeAuthority, writeCertificate } from "../support/certificates.ts";
import { passThrough } from "../support/configuration.ts";
import { freePort, isListening } from "../support/ports.ts";
import { ROOT } from "../support/program.ts";
import { rawClient, sendOn, sendRaw } from "../support/raw_client.ts";
import { startRecordingSink } from "../support/recording_sink.ts";
import { connectWithTls } from "../support/tls_client.ts";
import { startTlsFaultServer } from "../support/tls_fault_server.ts";
import { startTokenEndpoint } from "../support/token_endpoint.ts";
import { run } from "../support/tools.ts";
import { HANG_MS, until } from "../support/wait.ts";

/** What `mail2alert hash` has made of `pelle`. */
const HASH =
  "$scrypt$ln=15,r=8,p=1$5LolCE41/1ivHiHk8q1v2A$x6kTFZcCkWbFC+m3trp8AE2k7pQHdW1urDJWg3EpLPc";

const PROGRAM = join(ROOT, "main.ts");
const RUN = ["run", "--quiet", "--no-prompt", "--config", join(ROOT, "deno.json")];

Deno.test("fault 6: serve needs the printed permissions only, so no console can be opened", async () => {
  await using sink = startRecordingSink();
  const port = freePort();
  const configuration = passThrough(sink.port).replace("127.0.0.1:0", `127.0.0.1:${port}`);
  await serveWithPrinted({ configuration, port }, async ({ folder, flags }) => {
    // Over 1 MiB, so that the spool is written to as well.
    const message = `Subject: large\r\n\r\n${`${"x".repeat(98)}\r\n`.repeat(12_000)}`;
    assert.match(await sendRaw(port, { message }), /^250 /);
    const asked = await run(
      Deno.execPath(),
      [...RUN, ...flags, PROGRAM, "serve", "--if-not-running"],
      { cwd: folder },
    );
    assert.equal(asked.code, 0, asked.stderr);
  });
  assert.equal(sink.mails.length, 1);
});

Deno.test("serve needs the printed permissions only for TLS, logins, unix sockets and mail servers", async () => {
  await using sink = startRecordingSink();
  const port = freePort();
  const configuration = `local-smtp:
  - listen: 127.0.0.1:${port}
    tls: {self-signed: true, mode: implicit}
    auth: {required: true, users: {nas: {password-file: nas.hash}}}
  - listen: unix:SOCKETS/smtp.sock
remote-smtp: [127.0.0.1:1, 127.0.0.1:${sink.port}]
`;
  const known = /nobody can verify|went away before the handshake|mail server passed over/;
  await serveWithPrinted({ configuration, port, known }, async ({ folder }) => {
    const ca = await Deno.readTextFile(join(folder, "mail2alert-store/tls/self-signed.pem"));
    using secure = rawClient(await connectWithTls({ port, ca, begin: "implicit" }));
    assert.match(await secure.reply() ?? "", /^220 /);
    assert.match(await secure.say("EHLO nas.test") ?? "", /^250-/);
    assert.match(await secure.say(`AUTH PLAIN ${btoa("\0nas\0pelle")}`) ?? "", /^235 /);
    assert.match(await sendOn(secure), /^250 /);
    const path = join(folder, "sockets/smtp.sock");
    using local = rawClient(await Deno.connect({ transport: "unix", path }));
    assert.match(await local.reply() ?? "", /^220 /);
    assert.match(await sendOn(local), /^250 /);
  });
  assert.equal(sink.mails.length, 2);
});

Deno.test("serve refuses to be led to a mail server that the printed permissions do not name", async () => {
  await using sink = startRecordingSink();
  const port = freePort();
  const configuration = passThrough(sink.port).replace("127.0.0.1:0", `127.0.0.1:${port}`);
  const known = /configuration refused/;
  await serveWithPrinted({ configuration, port, known }, async ({ folder }) => {
    const elsewhere = configuration.replace(`127.0.0.1:${sink.port}`, "127.0.0.2:25");
    await Deno.writeTextFile(join(folder, "configuration.yml"), elsewhere);
    const refused = async () => {
      const socket = controlSocket(join(folder, "mail2alert-store"));
      try {
        const status = await askControl(socket, { command: "status" }, { timeoutMs: HANG_MS });
        return status.configuration?.refused?.problems ?? null;
      } catch (error) {
        // It listens for mail a moment before it listens here.
        if (error instanceof RelayError && error.code === "control-failed") return null;
        throw error;
      }
    };
    assert.deepEqual(await until(refused, { what: "the refusal" }), [
      "remote-smtp: this process may not connect to 127.0.0.2:25: restart it with the flags that " +
      "`mail2alert permissions` prints",
    ]);
    assert.match(await sendRaw(port, { message: "Subject: x\r\n\r\nbody\r\n" }), /^250 /);
  });
  assert.equal(sink.mails.length, 1);
});

Deno.test("check --probe needs the printed permissions only for TLS and a login at a mail server", async () => {
  const authority = await makeAuthority();
  await using server = startTlsFaultServer({ certificate: await authority.issue() });
  await using endpoint = startTokenEndpoint();
  const { url, clientId, clientSecret } = endpoint.config;
  const configuration = `local-smtp:
  - listen: 127.0.0.1:${freePort()}
    tls: {certificate: relay.pem, key: relay.key}
remote-smtp:
  server: localhost:${server.port}
  tls: required
  tls-ca-file: ca.pem
  tls-certificate: relay.pem
  tls-key: relay.key
  auth: {user: a, oauth: {token-url: "${url}", client-id: ${clientId}, client-secret: "${clientSecret}"}}
`;
  await withPrinted(configuration, async ({ folder, flags }) => {
    const checked = await run(Deno.execPath(), [...RUN, ...flags, PROGRAM, "check", "--probe"], {
      cwd: folder,
    });
    assert.equal(checked.code, 0, checked.stderr);
    assert.match(checked.stdout, /answers \(TLS, its certificate verified.*; logged in as a; /);
  }, authority);
});

/** What to serve. */
interface Serving {
  readonly configuration: string;
  /** The port of a listener in it. */
  readonly port: number;
  /** Warnings that it deserves. */
  readonly known?: RegExp;
}

/** A program that runs with the flags that it has printed for its configuration. */
interface Served {
  readonly folder: string;
  readonly flags: readonly string[];
}

/** Starts a relay in a folder of its own, which must not warn of anything that is not known. */
async function serveWithPrinted(
  serving: Serving,
  use: (served: Served) => Promise<void>,
): Promise<void> {
  await withPrinted(serving.configuration, async (served) => {
    const log = await serve(served, serving.port, use);
    const warnings = log.split("\n").filter((line) => / (WARNING|ERROR|CRITICAL) /.test(line));
    assert.deepEqual(warnings.filter((line) => !serving.known?.test(line)), []);
  });
}

/** Prints the flags for a configuration in a folder of its own, beside all that it may name. */
async function withPrinted(
  configuration: string,
  use: (served: Served) => Promise<void>,
  authority?: Authority,
): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "mail2alert-permissions-" });
  try {
    await Deno.mkdir(join(folder, "sockets"));
    await Deno.writeTextFile(join(folder, "nas.hash"), HASH, { mode: 0o600 });
    if (authority) {
      await Deno.writeTextFile(join(folder, "ca.pem"), authority.certificate);
      await writeCertificate(folder, await authority.issue(), "relay");
    }
    await Deno.writeTextFile(
      join(folder, "configuration.yml"),
      configuration.replace("SOCKETS", join(folder, "sockets")),
    );
    const printed = await run(Deno.execPath(), [...RUN, "-A", PROGRAM, "permissions"], {
      cwd: folder,
    });
    const flags = printed.stdout.trim().split(" ");
    assert.deepEqual(flags.map((flag) => flag.split("=")[0]), [
      "--unstable-net",
      "--allow-net",
      "--allow-read",
      "--allow-write",
      "--allow-env",
      "--allow-sys",
    ]);
    await use({ folder, flags });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Runs the relay while it is used, and gives its log. */
async function serve(
  served: Served,
  port: number,
  use: (served: Served) => Promise<void>,
): Promise<string> {
  const child = new Deno.Command(Deno.execPath(), {
    args: [...RUN, ...served.flags, PROGRAM, "serve"],
    cwd: served.folder,
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).spawn();
  const log = new Response(child.stderr).text();
  try {
    await until(() => isListening(port), { what: `port ${port}` });
    await use(served);
  } finally {
    child.kill("SIGTERM");
    assert.equal((await child.status).code, 0);
  }
  return await log;
}
