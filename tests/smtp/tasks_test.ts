/**
 * What comes of TLS and of a login beyond the dialogue.
 *
 * @module
 */

import assert from "node:assert/strict";
import { startLog, stopLog } from "../../lib/log.ts";
import { createAuthenticator } from "../../lib/smtp/auth/authenticator.ts";
import { openFileTls } from "../support/file_tls.ts";
import { connectRaw, sendOn } from "../support/raw_client.ts";
import { recordingService } from "../support/recording_service.ts";
import { startTestListener } from "../support/test_listener.ts";
import { until } from "../support/wait.ts";

const { tls: server } = await openFileTls();

Deno.test("a handshake that fails is logged with the peer and the reason", async () => {
  const log: string[] = [];
  startLog("INFO", (line) => log.push(line));
  try {
    const tls = { server, mode: "implicit", required: true } as const;
    await using listener = startTestListener({ tls });
    const conn = await Deno.connect({ hostname: "127.0.0.1", port: listener.address.port });
    await conn.write(new TextEncoder().encode("EHLO x\r\n"));
    await until(() => log.length > 0, { what: "a line of the log" });
    conn.close();
    const reason = "the peer speaks in clear where TLS was to begin";
    const said = ` WARNING smtp TLS handshake failed peer=127.0.0.1 reason="${reason}"`;
    assert.ok(log.join("").includes(said), log.join(""));
  } finally {
    stopLog();
  }
});

Deno.test("the envelope says who has logged in", async () => {
  const service = recordingService();
  const authenticator = createAuthenticator({ users: new Map([["nas", "secret"]]) });
  const auth = { authenticator, required: true, withoutTls: true };
  await using listener = startTestListener({ service, auth });
  using client = await connectRaw(listener.address.port);
  assert.match(await client.say("EHLO nas.test") ?? "", /^250/);
  assert.match(await client.say(`AUTH PLAIN ${btoa("\0nas\0secret")}`) ?? "", /^235 /);
  assert.match(await sendOn(client), /^250 /);
  const { user, protocol } = service.mails[0]?.envelope.session ?? {};
  assert.deepEqual({ user, protocol }, { user: "nas", protocol: "ESMTPA" });
});
