/**
 * Plays every transcript in `dialogs/` against the server on a real socket, in clear, after STARTTLS
 * and over TLS from the first octet, and after each one
 * sends an ordinary mail: whatever a peer did, the next one must be served.
 *
 * @module
 */

import assert from "node:assert/strict";
import { formatReply, REPLY } from "../../lib/smtp/reply.ts";
import { parseDialog, playDialog } from "../support/dialog_player.ts";
import { setStage, wishesOf } from "../support/dialog_stage.ts";
import { TRANSPORTS } from "../support/dialog_transport.ts";
import { isFor } from "../support/dialog_wishes.ts";
import { openFileTls } from "../support/file_tls.ts";
import { sendRaw } from "../support/raw_client.ts";
import { until } from "../support/wait.ts";

const FOLDER = new URL("./dialogs/", import.meta.url);

const names = [...Deno.readDirSync(FOLDER)].map(({ name }) => name).sort();

const { tls, ca } = await openFileTls();

for (const name of names) {
  const lines = parseDialog(name, Deno.readTextFileSync(new URL(name, FOLDER)));
  const first = lines.find(({ mark }) => mark !== "= ")?.text ?? "";
  for (const transport of TRANSPORTS.filter((kind) => isFor(kind, wishesOf(lines), first))) {
    Deno.test(`the server answers as in dialogs/${name} (${transport})`, async () => {
      await using stage = setStage(lines, { transport, tls, ca });
      await playDialog(lines, stage, transport);
      stage.clear();
      if (stage.open) {
        assert.match(await sendRaw(stage.port, { message: "x\r\n" }), /^250 2\.0\.0/);
      }
      await until(() => stage.service.open === 0, { what: "every sink to be ended" });
    });
  }
}

Deno.test("dialogs/ holds transcripts", () => assert.ok(names.length > 60));

Deno.test("every reply of the server is said in some dialog, word for word", async () => {
  const said = new Set<string>();
  for (const { mark, text } of (await Promise.all(names.map(readDialog))).flat()) {
    if (mark === "S:") said.add(text);
    if (mark === "S*") said.add(text.replace(/^\d+ /, ""));
  }
  const unsaid = Object.entries(REPLY)
    .filter(([, reply]) => !formatReply(reply).split("\r\n").slice(0, -1).every((l) => said.has(l)))
    .map(([name]) => name);
  assert.deepEqual(unsaid, []);
});

async function readDialog(name: string): Promise<ReturnType<typeof parseDialog>> {
  return parseDialog(name, await Deno.readTextFile(new URL(name, FOLDER)));
}
