import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { CANARY, filesBelow, findSecret } from "./canary.ts";

const forms: Readonly<Record<string, string>> = {
  "as it is": CANARY,
  "in base64": Buffer.from(CANARY).toString("base64"),
  "in base64 after one octet": Buffer.from(`\0${CANARY}\n`).toString("base64"),
  "in base64 after two octets": Buffer.from(`ab${CANARY}abc`).toString("base64url"),
  "in base64 for PLAIN": Buffer.from(`\0nas\0${CANARY}`).toString("base64"),
  "as hexadecimal digits": Buffer.from(CANARY).toString("hex").toUpperCase(),
  "in capitals": CANARY.toUpperCase(),
  "with letters exchanged": CANARY.replace("CanaryBird7-Kx/qZw", "cANARYbIRD7-kX/QzW"),
  "percent-encoded": encodeURIComponent(CANARY),
};

for (const [name, form] of Object.entries(forms)) {
  Deno.test(`findSecret() finds a password ${name}`, () => {
    const places = new Map([["here", `x ${form}y`], ["there", `x${form.slice(-6)}`]]);
    const found = findSecret(places);
    assert.ok(found.length > 0);
    assert.ok(found.every((line) => line.endsWith(" in here")), found.join("\n"));
  });
}

Deno.test("findSecret() looks into every file below a folder", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.mkdir(`${folder}/a/b`, { recursive: true });
    await Deno.writeFile(`${folder}/a/b/file`, Buffer.from(`\xff\0${CANARY}`, "latin1"));
    await Deno.writeTextFile(`${folder}/a/other`, "nothing");
    assert.deepEqual(findSecret(filesBelow(folder)), [`${CANARY} in ${folder}/a/b/file`]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
