/**
 * Plays every transcript in `dialogs/` against the server on a real socket, and after each one
 * sends an ordinary mail: whatever a peer did, the next one must be served.
 *
 * @module
 */

import assert from "node:assert/strict";
import { dialogOptions, parseDialog, playDialog } from "../support/dialog_player.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { sendRaw } from "../support/raw_client.ts";
import { recordingService } from "../support/recording_service.ts";
import { startTestListener } from "../support/test_listener.ts";
import { until } from "../support/wait.ts";

const FOLDER = new URL("./dialogs/", import.meta.url);

const names = [...Deno.readDirSync(FOLDER)].map(({ name }) => name).sort();

for (const name of names) {
  Deno.test(`the server answers as in dialogs/${name}`, async () => {
    const lines = parseDialog(name, await Deno.readTextFile(new URL(name, FOLDER)));
    const clock = new FakeClock();
    const service = recordingService();
    const options = dialogOptions(lines);
    await using listener = startTestListener({ ...options, clock, service });
    await playDialog(lines, { port: listener.address.port, clock, service });
    if (!options.allow) {
      assert.match(await sendRaw(listener.address.port, { message: "x\r\n" }), /^250 2\.0\.0/);
    }
    await until(() => service.open === 0, { what: "every sink to be ended" });
  });
}

Deno.test("dialogs/ holds transcripts", () => assert.ok(names.length > 60));
