/**
 * The pack for apcupsd: what its event scripts mail. They pass the subject to `mail` and write it
 * into the text once more, so that the text often opens with a line `Subject: …` of its own; only
 * the real one counts. After it comes what `apcaccess status` prints.
 *
 * @see platforms/etc/{onbattery,offbattery,commfailure,commok,changeme}.in in apcupsd's source
 * @module
 */

import { reading } from "./finding.ts";
import type { MailView, Pack, Reading } from "./pack.ts";
import { UPS_VERDICTS, type UpsEvent } from "./ups_words.ts";

const HOST = "(?<host>[A-Za-z0-9][\\w.-]{0,252})";
const UPS = "(?: UPS(?: (?<ups>[^\\s:]{1,64}))?)?";

/** The scripts' subjects; old versions leave out the UPS. */
const SUBJECTS: readonly (readonly [UpsEvent, RegExp])[] = [
  ["ON_BATTERY", new RegExp(`^${HOST}${UPS} Power Failure !!!$`)],
  ["ONLINE", new RegExp(`^${HOST}${UPS} Power has returned(?:\\.{3})?$`)],
  ["COMMUNICATIONS_LOST", new RegExp(`^${HOST} Communications with${UPS} lost$`)],
  ["COMMUNICATIONS_OK", new RegExp(`^${HOST} Communications with${UPS} restored$`)],
  ["REPLACE_BATTERY", new RegExp(`^${HOST}${UPS} battery needs changing NOW\\.?$`)],
];

/** Lines of `apcaccess status` that become fields. */
const STATUS: readonly (readonly [string, RegExp])[] = [
  ["model", statusLine("MODEL")],
  ["serial", statusLine("SERIALNO")],
  ["upsStatus", statusLine("STATUS")],
  ["batteryCharge", statusLine("BCHARGE")],
  ["timeLeft", statusLine("TIMELEFT")],
];

/** Characters of the text that are looked at. */
const MAX_TEXT = 8_192;

/** Reads apcupsd's mails. */
export const apcupsdPack: Pack = {
  name: "apcupsd",
  fields: ["ups", ...STATUS.map(([name]) => name)],
  events: SUBJECTS.map(([event]) => event),
  read,
};

async function read(mail: MailView): Promise<Reading | null> {
  const subject = mail.subject ?? "";
  for (const [event, pattern] of SUBJECTS) {
    const { host = "", ups } = pattern.exec(subject)?.groups ?? {};
    if (host === "") continue;
    const text = (await mail.text()).slice(0, MAX_TEXT);
    const status = STATUS.map(([name, line]) => [name, line.exec(text)?.[1]?.trim()] as const);
    return reading("apcupsd", mail, {
      event,
      ...UPS_VERDICTS[event],
      title: subject,
      about: [host, ups ?? ""],
      details: { host, object: ups, ups, ...Object.fromEntries(status) },
    });
  }
  return null;
}

function statusLine(key: string): RegExp {
  return new RegExp(`^${key.padEnd(9)}: ([^\\n]{1,100})$`, "m");
}
