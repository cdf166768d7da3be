/**
 * The passwords of cron's jobs, which cron puts into its mails' headers: whom the mail is for gets
 * them, and nobody else does, whatever rules look at.
 *
 * @module
 */

import assert from "node:assert/strict";
import { join } from "node:path";
import { askEverything } from "../support/ask_everything.ts";
import { CANARY, filesBelow, findSecret } from "../support/canary.ts";
import { latin1 } from "../support/octets.ts";
import { runProgram, startProgram } from "../support/program.ts";
import { connectRaw, sendOn } from "../support/raw_client.ts";
import { startRecordingSink } from "../support/recording_sink.ts";
import { queueIdIn } from "../support/store_reading.ts";

const CRON = `From: "(Cron Daemon)" <root>\r\nTo: alerts@example.com\r\n` +
  `Subject: Cron <root@db1> /usr/local/bin/backup\r\nX-Cron-Env: <SHELL=/bin/sh>\r\n` +
  `X-Cron-Env: <DB_PASSWORD=${CANARY}>\r\nX-Cron-Env: <LOGNAME=root>\r\n\r\nbacked up\r\n`;

for (const history of ["headers", "full"]) {
  Deno.test(`a password in X-Cron-Env comes to light nowhere, history: ${history}`, async () => {
    const folder = await Deno.makeTempDir({ prefix: "mail2alert-canary-" });
    const seen: string[] = [];
    const api = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, (request) => {
      seen.push(`${request.url} ${request.headers.get("x-env")}`);
      return Response.json({ email: "ada@example.com" });
    });
    try {
      await using sink = startRecordingSink();
      const env = { LOGLEVEL: "DEBUG" };
      const configuration = configurationOf({ history, smarthost: sink.port, api: api.addr.port });
      await using program = await startProgram(configuration, { folder, env });
      using session = await connectRaw(program.port);
      const reply = await sendOn(session, { to: ["alerts@example.com"], message: CRON });
      const [mail] = sink.mails;
      assert.ok(mail !== undefined && latin1(mail.message).includes(CANARY), "it was delivered");
      const told = await askEverything(folder, env);
      await Deno.writeTextFile(join(folder, "mail.eml"), CRON);
      for (
        const question of [["explain", queueIdIn(reply)], ["explain", "mail.eml", "--json"], [
          "history",
          "--message",
          "--id",
          queueIdIn(reply),
        ]]
      ) {
        const args = [...question, "--config", "configuration.yml"];
        const { stdout, stderr } = await runProgram(args, { cwd: folder, env });
        told.set(question.join(" "), stdout + stderr);
      }
      assert.equal(await program.stop(), 0);
      await Deno.remove(join(folder, "mail.eml"));
      const all = [...told.values()].join("\n");
      assert.match(all, /X-Cron-Env: <DB_PASSWORD=\*\*\*>\r\nX-Cron-Env: <LOGNAME=root>\r\n/);
      assert.match(all, /mail\.headers\["x-cron-env"\].* is .*<DB_PASSWORD=\*\*\*>/);
      assert.equal(seen.length, 2, "one for the relay, one for the file that is explained");
      const places = new Map<string, string | Uint8Array>([
        ...filesBelow(program.store),
        ["the log", program.log()],
        ["the lookup", decodeURIComponent(seen.join("\n"))],
        ["what is added to the mail", withoutField(latin1(mail.message))],
        ...told,
      ]);
      assert.deepEqual(findSecret(places), []);
    } finally {
      await api.shutdown();
      await Deno.remove(folder, { recursive: true });
    }
  });
}

/** The mail without the field that it came with. */
function withoutField(message: string): string {
  return message.replace(`X-Cron-Env: <DB_PASSWORD=${CANARY}>\r\n`, "");
}

function configurationOf(
  { history, smarthost, api }: { history: string; smarthost: number; api: number },
): string {
  return `
local-smtp: 127.0.0.1:0
remote-smtp: 127.0.0.1:${smarthost}
history: ${history}
lookups:
  owner:
    url: http://127.0.0.1:${api}/{{mail.header("X-Cron-Env")}}
    headers: {x-env: '{{mail.header("X-Cron-Env")}}'}
    allow: [127.0.0.0/8]
    timeout: 30s
managers:
  - name: cron
    messages-we-want: {to: alerts@example.com}
    rules:
      - when: mail.headers["x-cron-env"].exists(e, e.contains("PASSWORD")) && mail.headers["x-cron-env"][1] != ""
        actions:
          - mailto: "{{lookup.owner.email}}"
            subject: '{{mail.subject}} {{mail.header("X-Cron-Env")}}'
`;
}
