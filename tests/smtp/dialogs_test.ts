/**
 * Plays every transcript in `dialogs/` against the server on a real socket, and after each one
 * sends an ordinary mail: whatever a peer did, the next one must be served.
 *
 * @module
 */

import assert from "node:assert/strict";
import { formatReply, REPLY } from "../../lib/smtp/reply.ts";
import { parseDialog, playDialog } from "../support/dialog_player.ts";
import { setStage } from "../support/dialog_stage.ts";
import { sendRaw } from "../support/raw_client.ts";
import { until } from "../support/wait.ts";

const FOLDER = new URL("./dialogs/", import.meta.url);

const names = [...Deno.readDirSync(FOLDER)].map(({ name }) => name).sort();

for (const name of names) {
  Deno.test(`the server answers as in dialogs/${name}`, async () => {
    const lines = await readDialog(name);
    await using stage = setStage(lines);
    await playDialog(lines, stage);
    stage.clear();
    if (stage.open) {
      assert.match(await sendRaw(stage.port, { message: "x\r\n" }), /^250 2\.0\.0/);
    }
    await until(() => stage.service.open === 0, { what: "every sink to be ended" });
  });
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
