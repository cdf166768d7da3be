/**
 * A key that a variable puts into the URL of a lookup: it comes to light nowhere, not in the log, the
 * store, or what the command line tells, whether the API answers or fails.
 *
 * @module
 */

import assert from "node:assert/strict";
import { join } from "node:path";
import { askEverything } from "../support/ask_everything.ts";
import { CANARY, filesBelow, findSecret } from "../support/canary.ts";
import { runProgram, startProgram } from "../support/program.ts";
import { connectRaw, sendOn } from "../support/raw_client.ts";
import { startRecordingSink } from "../support/recording_sink.ts";

/** What the API does with each request, in turn; then it fails. */
const STATUSES = [200, 302, 403, 404, 500];

Deno.test("a variable in the URL of a lookup comes to light nowhere", async () => {
  const folder = await Deno.makeTempDir({ prefix: "mail2alert-canary-" });
  let asked = 0;
  const api = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, ({ url }) => {
    assert.ok(decodeURIComponent(url).includes(CANARY), url);
    const status = STATUSES[asked++] ?? 500;
    if (status === 200) return Response.json({ email: "ada@example.com" });
    return new Response(url, { status, headers: { location: `http://127.0.0.1:1/${CANARY}` } });
  });
  try {
    await using sink = startRecordingSink();
    const env = { CANARY, LOGLEVEL: "DEBUG" };
    const configuration = configurationOf(sink.port, api.addr.port);
    await using program = await startProgram(configuration, { folder, env });
    using session = await connectRaw(program.port);
    for (let mail = 0; mail < 7; mail++) {
      const reply = await sendOn(session, {
        to: ["alerts@example.com"],
        message: `From: a@host${mail}.test\r\nSubject: disk ${mail}\r\n\r\nbody\r\n`,
      });
      assert.match(reply, /^250/);
    }
    const told = await askEverything(folder, env);
    await Deno.writeTextFile(join(folder, "mail.eml"), "To: alerts@example.com\nSubject: x\n\n");
    const explain = ["explain", "mail.eml", "--config", "configuration.yml"];
    const explained = await runProgram(explain, { cwd: folder, env });
    assert.equal(await program.stop(), 0);
    const log = program.log();
    assert.match(log, /a lookup fails .*\/hook\/\*\*\*\//);
    assert.match(explained.stdout, /\/hook\/\*\*\*\//);
    const places = new Map<string, string | Uint8Array>([
      ...filesBelow(program.store),
      ["the log", log],
      ["explain", explained.stdout + explained.stderr],
      ...told,
    ]);
    assert.deepEqual(findSecret(places), []);
  } finally {
    await api.shutdown();
    await Deno.remove(folder, { recursive: true });
  }
});

function configurationOf(smarthostPort: number, apiPort: number): string {
  return `
local-smtp: 127.0.0.1:0
remote-smtp: 127.0.0.1:${smarthostPort}
history: full
lookups:
  owner:
    url: http://127.0.0.1:${apiPort}/hook/$CANARY/{{mail.subject}}?key=$CANARY
    allow: [127.0.0.0/8]
    timeout: 30s
managers:
  - name: mail
    messages-we-want: {to: alerts@example.com}
    rules:
      - when: lookup.owner.email != ""
        actions: ["mailto:{{lookup.owner.email}}", "mailto:ops@example.com"]
`;
}
