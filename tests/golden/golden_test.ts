/**
 * Plays every mail of mails/ through a relay of its own, with a GoCD server and a mail server, and
 * holds what comes of it to the golden file beside the mail.
 *
 *     NAME.eml        the message, its lines ended by LF here and by CR LF on the wire
 *     NAME.envelope   the commands before it: MAIL and RCPT; `AFTER OTHER` sends another mail first
 *     NAME.golden     what came of it; `deno task golden` writes it, and whoever runs that reads it
 *
 * @module
 */

import assert from "node:assert/strict";
import { playGolden } from "../support/golden_player.ts";
import { checkGolden, unpaired } from "../support/golden.ts";

const FOLDER = new URL("./mails/", import.meta.url);
const KINDS = [".eml", ".envelope", ".golden"] as const;
const CONFIGURATION = new URL("./configuration.yaml", import.meta.url);
const rewrite = Deno.env.get("UPDATE_GOLDEN") === "1";

const files = [...Deno.readDirSync(FOLDER)].map(({ name }) => name).sort();
const names = files.flatMap((file) => file.endsWith(".eml") ? [file.slice(0, -4)] : []);

for (const name of names) {
  Deno.test(`the relay makes of mails/${name}.eml what its golden file says`, async () => {
    const outcome = await playGolden(name, { folder: FOLDER, configuration: CONFIGURATION });
    await checkGolden(new URL(`${name}.golden`, FOLDER), outcome, { rewrite });
  });
}

Deno.test("mails/ holds mails, each with its envelope and its golden file", () => {
  assert.ok(names.length >= 40, `only ${names.length} mails`);
  // While files are written, a new mail has none yet.
  const kinds = rewrite ? KINDS.slice(0, 2) : KINDS;
  assert.deepEqual(
    unpaired(files.filter((file) => !rewrite || !file.endsWith(".golden")), kinds),
    [],
  );
  const mails = new Set(names);
  const orphans = files.filter((file) => !mails.has(file.replace(/\.[^.]*$/, "")));
  assert.deepEqual(orphans, []);
});

Deno.test("unpaired() names every file that lacks a companion, and every stranger", () => {
  const whole = ["a.eml", "a.envelope", "a.golden"];
  assert.deepEqual(unpaired(whole, KINDS), []);
  assert.deepEqual(unpaired([...whole, "b.eml", "b.envelope"], KINDS), ["b.golden is missing"]);
  assert.deepEqual(unpaired([...whole, "c.golden"], KINDS), [
    "c.eml is missing",
    "c.envelope is missing",
  ]);
  assert.deepEqual(unpaired([...whole, "notes.txt"], KINDS), ["notes.txt does not belong here"]);
});

Deno.test("checkGolden() refuses another outcome and a missing file, and writes when told to", async () => {
  const folder = await Deno.makeTempDir();
  const file = new URL(`file://${folder}/x.golden`);
  try {
    await assert.rejects(() => checkGolden(file, "a\n"), /x\.golden is missing.*task golden/);
    await checkGolden(file, "a\n", { rewrite: true });
    await checkGolden(file, "a\n");
    await assert.rejects(() => checkGolden(file, "b\n"), assert.AssertionError);
    assert.equal(await Deno.readTextFile(file), "a\n");
    await checkGolden(file, "b\n", { rewrite: true });
    await checkGolden(file, "b\n");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
