/**
 * Reads every mail of packs/ with all packs and holds what they find to the file beside it.
 *
 *     PACK/NAME.eml   the message; where its lines end in LF here, they end in CR LF on the wire
 *     PACK/NAME.json  the event and all fields; their `source` is PACK, or `generic` for a mail that
 *                     only looks like that sender's
 *
 * Both are written by hand. `deno task golden` leaves the second alone: what the code reads must not
 * become what it is held to.
 *
 * @module
 */

import assert from "node:assert/strict";
import { viewMail } from "../../lib/routing/mail_view.ts";
import { latin1 } from "../../lib/mail/latin1.ts";
import { COMMON_FIELDS, type Reading } from "../../lib/routing/packs/pack.ts";
import { BUILT_IN, recognise } from "../../lib/routing/packs/packs.ts";
import { unpaired } from "../support/golden.ts";
import { mailOf } from "../support/mails.ts";

const FOLDER = new URL("./packs/", import.meta.url);

/** Every pack has its folder, also one that has no mails yet. */
const mails = new Map(BUILT_IN.map(({ name }) => [name, namesIn(name)]));
const files = [...mails].flatMap(([pack, names]) =>
  names.map((name) => new URL(`${pack}/${name}`, FOLDER))
);

function namesIn(pack: string): readonly string[] {
  const names = filesOf(pack).filter((name) => name.endsWith(".eml"));
  return names.map((name) => name.slice(0, -4)).sort();
}

function filesOf(pack: string): readonly string[] {
  try {
    return [...Deno.readDirSync(new URL(`${pack}/`, FOLDER))].map(({ name }) => name);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

async function octetsOf(file: URL): Promise<string> {
  const octets = latin1(await Deno.readFile(new URL(`${file}.eml`)));
  return octets.replace(/\r?\n/g, "\r\n");
}

function read(octets: string): Promise<Reading> {
  const envelope = { reversePath: "notifier@example.com" };
  return recognise(viewMail(mailOf(octets, envelope)), BUILT_IN);
}

/** What every reading has, whatever the mail. */
function checkContract({ fields, event }: Reading): void {
  const pack = BUILT_IN.find(({ name }) => name === fields.source);
  assert.ok(pack !== undefined, `no pack is called ${fields.source}`);
  for (const name of ["source", "severity", "state", "title", "fingerprint"]) {
    assert.ok(fields[name], `${name} is missing`);
  }
  assert.match(fields.severity ?? "", /^(?:critical|error|warning|info)$/);
  assert.match(fields.state ?? "", /^(?:problem|ok|info)$/);
  const known: readonly string[] = [...COMMON_FIELDS, ...pack.fields];
  for (const [name, value] of Object.entries(fields)) {
    assert.ok(known.includes(name), `${fields.source} does not announce the field ${name}`);
    assert.ok(value !== "" && !/\p{Cc}/u.test(value), `${name} is ${JSON.stringify(value)}`);
  }
  assert.ok(event === undefined || pack.events.includes(event), `${event} is not announced`);
}

for (const [pack, names] of mails) {
  Deno.test(`packs/${pack} holds at least 8 mails, each with what is read in it`, () => {
    assert.ok(names.length >= 8, `only ${names.length}`);
    assert.deepEqual(unpaired(filesOf(pack), [".eml", ".json"]), []);
  });
  for (const name of names) {
    Deno.test(`packs/${pack}/${name}.eml is read as its golden file says`, async () => {
      const file = new URL(`${pack}/${name}`, FOLDER);
      const octets = await octetsOf(file);
      const reading = await read(octets);
      checkContract(reading);
      // Some only look like that sender's.
      assert.ok([pack, "generic"].includes(reading.fields.source ?? ""), reading.fields.source);
      await checkReading(new URL(`${file}.json`), reading);
    });
  }
}

async function checkReading(file: URL, { event, fields }: Reading): Promise<void> {
  const expected: unknown = JSON.parse(await Deno.readTextFile(file));
  assert.deepEqual(event === undefined ? { fields } : { event, fields }, expected);
}

Deno.test("packs/ has a folder for every pack and nothing else, and 300 mails", () => {
  const folders = [...Deno.readDirSync(FOLDER)].map(({ name }) => name).sort();
  assert.deepEqual(folders, [...mails.keys()].sort());
  assert.ok(files.length >= 300, `only ${files.length}`);
});

Deno.test("no pack takes a mail of another's", async () => {
  for (const file of files) {
    const owner = file.pathname.split("/").at(-2);
    const view = viewMail(mailOf(await octetsOf(file)));
    for (const pack of BUILT_IN) {
      if (pack.name === owner || pack.name === "generic") continue;
      assert.equal(await pack.read(view), null, `${pack.name} takes ${file.pathname}`);
    }
  }
});

Deno.test("a mail that ends anywhere is read by some pack", async () => {
  for (const file of files) {
    const octets = await octetsOf(file);
    for (let end = 0; end < octets.length; end += 50) {
      checkContract(await read(octets.slice(0, end)));
    }
  }
});

Deno.test("a mail with noise in it is read by some pack", async () => {
  for (const file of files) {
    const octets = await octetsOf(file);
    for (const step of [3, 17, 61]) {
      const noisy = [...octets].map((octet, at) =>
        at % step === step - 1 ? String.fromCharCode(octet.charCodeAt(0) ^ (0x80 | at % 64)) : octet
      );
      checkContract(await read(noisy.join("")));
    }
  }
});
