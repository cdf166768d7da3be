/**
 * Plays each device in `devices/` against a listener with the lenient profile and one with the strict
 * profile. A device that gets another reply than it is used to gives up. What a device does that the
 * standards forbid is named, in the log and to `onQuirk`, with what would help:
 *
 *     = mails=1                  so many mails are taken in the lenient profile, and in the strict one
 *                                unless something is refused there
 *     = lenient_notes=+no-hello  what is named there, in that order; `+` for tolerated, `-` for refused
 *     = strict_notes=-no-hello   the same of the strict profile
 *
 * The others are those of `dialog_stage.ts`.
 *
 * @module
 */

import assert from "node:assert/strict";
import { startLog, stopLog } from "../../lib/log.ts";
import { type Quirk, QUIRKS } from "../../lib/smtp/quirks.ts";
import { type DialogLine, parseDialog, playDialog } from "../support/dialog_player.ts";
import { setStage, wishesOf } from "../support/dialog_stage.ts";
import { type Transport, TRANSPORTS } from "../support/dialog_transport.ts";
import { isFor } from "../support/dialog_wishes.ts";
import { openFileTls } from "../support/file_tls.ts";
import { until } from "../support/wait.ts";

const FOLDER = new URL("./devices/", import.meta.url);

const names = [...Deno.readDirSync(FOLDER)].map(({ name }) => name).sort();

const { tls, ca } = await openFileTls();

/** What came of a device. */
interface Course {
  /** What was named, in that order: `+no-hello`. */
  readonly notes: readonly string[];
  /** Whether it went through its script to the end. */
  readonly content: boolean;
  /** Mails that were taken. */
  readonly mails: number;
  /** What the log says. */
  readonly log: string;
}

for (const name of names) {
  const lines = parseDialog(name, Deno.readTextFileSync(new URL(name, FOLDER)));
  const wishes = wishesOf(lines);
  const mails = Number(wishes.get("mails"));
  const notesOf = (profile: string) => wishes.get(`${profile}_notes`)?.split(",") ?? [];
  const first = lines.find(({ mark }) => mark !== "= ")?.text ?? "";
  for (const transport of TRANSPORTS.filter((kind) => isFor(kind, wishes, first))) {
    Deno.test(`the lenient profile serves devices/${name} (${transport})`, async () => {
      const lenient = [...lines, { mark: "= ", text: "lenient=1", where: "" }];
      const course = await play(lenient, transport);
      assert.deepEqual(course.notes, notesOf("lenient"));
      assert.equal(course.mails, mails);
      assertLogged(course);
    });

    Deno.test(`the strict profile serves devices/${name}, or says why not (${transport})`, async () => {
      const course = await play(lines, transport);
      const notes = notesOf("strict");
      assert.deepEqual(course.notes, notes);
      assert.ok(course.content || notes.length > 0, course.log);
      assert.equal(course.mails, notes.length > 0 ? 0 : mails);
      assertLogged(course);
    });
  }
}

/** Plays a device; throws for whatever else than a reply that it does not expect. */
async function play(lines: readonly DialogLine[], transport: Transport): Promise<Course> {
  const notes: string[] = [];
  const log: string[] = [];
  const onQuirk = (quirk: Quirk, tolerated: boolean) =>
    void notes.push(`${tolerated ? "+" : "-"}${quirk}`);
  startLog("INFO", (line) => log.push(line));
  try {
    await using stage = setStage(lines, { transport, tls, ca, onQuirk });
    const content = await playDialog(lines, stage, transport).then(() => true, givesUp);
    await until(() => stage.service.open === 0 && stage.idle, { what: "the session to end" });
    return { notes, content, mails: stage.service.mails.length, log: log.join("") };
  } finally {
    stopLog();
  }
}

/** A device that is told something else than it is used to hangs up. */
function givesUp(error: unknown): false {
  if (error instanceof assert.AssertionError) return false;
  throw error;
}

/** Whatever is named stands in the log, what is refused as a warning with what would help. */
function assertLogged({ notes, log }: Course): void {
  const records = log.split("\n").filter((line) => / smtp quirk /.test(line));
  assert.equal(records.length, notes.length, log);
  notes.forEach((note, index) => {
    const { does, remedy } = QUIRKS[note.slice(1) as Quirk];
    const record = records[index] ?? "";
    const tolerated = note.startsWith("+");
    assert.ok(
      record.includes(tolerated ? " INFO smtp quirk tolerated " : " WARNING smtp quirk refused "),
    );
    assert.ok(record.includes(` peer=127.0.0.1 quirk=${note.slice(1)} does="${does}"`), record);
    assert.equal(record.includes(` remedy="${remedy}"`), !tolerated, record);
  });
}

Deno.test("devices/ holds 25 devices at least", () => assert.ok(names.length >= 25));

Deno.test("every quirk is some device's", () => {
  const said = names.flatMap((name) => {
    const wishes = wishesOf(parseDialog(name, Deno.readTextFileSync(new URL(name, FOLDER))));
    return [...wishes].flatMap(([wish, value]) =>
      wish.endsWith("_notes") ? value.split(",").map((note) => note.slice(1)) : []
    );
  });
  assert.deepEqual(Object.keys(QUIRKS).filter((quirk) => !said.includes(quirk)), []);
});
