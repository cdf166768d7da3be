/**
 * The pack for the network management card in a UPS of APC. Its subject is configurable in parts,
 * so the mail is known by what its text always has: the code of the event on a line of its own,
 * and the event after its severity.
 *
 * @see the event codes in the user's guides of the cards AP9617 and AP9640
 * @module
 */

import { type Finding, httpLink, reading } from "./finding.ts";
import { isHostName } from "./hosts.ts";
import type { MailView, Pack, Reading } from "./pack.ts";
import { UPS_VERDICTS, type UpsEvent } from "./ups_words.ts";

/** The codes that have a word; the card knows some hundred. */
const CODES: ReadonlyMap<string, UpsEvent> = new Map([
  ["0x0101", "COMMUNICATIONS_OK"],
  ["0x0102", "COMMUNICATIONS_LOST"],
  ["0x0103", "OVERLOADED"],
  ["0x0104", "NO_LONGER_OVERLOADED"],
  ["0x0109", "ON_BATTERY"],
  ["0x010A", "ONLINE"],
  ["0x010F", "LOW_BATTERY"],
  ["0x0110", "BATTERY_OK"],
  ["0x0113", "OUTPUT_ON"],
  ["0x0114", "OUTPUT_OFF"],
  ["0x0119", "REPLACE_BATTERY"],
  ["0x011C", "ON_BYPASS"],
  ["0x011D", "ON_BYPASS"],
]);

/** The card's own severities, for the events without a word. */
const SEVERITIES: ReadonlyMap<string, Pick<Finding, "severity" | "state">> = new Map([
  ["Informational", { severity: "info", state: "info" }],
  ["Warning", { severity: "warning", state: "problem" }],
  ["Severe", { severity: "critical", state: "problem" }],
  ["Critical", { severity: "critical", state: "problem" }],
]);

const CODE = /^Code {0,8}: {0,4}(0x[0-9A-F]{4})$/m;
const EVENT =
  /^(Informational|Warning|Severe|Critical) - ((?:UPS|System|Environment|Device|Network): ?[^\n]{1,300})$/m;
const CARD_NAME = /^Name {0,8}: {0,4}([^\n]{1,64})$/m;
const LOCATION = /^Location {0,8}: {0,4}([^\n]{1,100})$/m;
const SERIAL = /^Serial {0,8}: {0,4}([A-Za-z0-9-]{4,32})$/m;
const LINK = /^(https?:\/\/\S{1,300})$/m;

/** Characters of the text that are looked at. */
const MAX_TEXT = 8_192;

/** Reads the card's mails about its events. */
export const apcCardPack: Pack = {
  name: "apc-card",
  fields: ["code", "location", "serial"],
  events: [...new Set(CODES.values())],
  read,
};

async function read(mail: MailView): Promise<Reading | null> {
  // The card's mails are short; whoever's subject names no such thing is not asked for his text.
  if (!/UPS|System:|Environment|APC|Device:|Network:/i.test(mail.subject ?? "")) return null;
  const text = (await mail.text()).slice(0, MAX_TEXT);
  const [, code] = CODE.exec(text) ?? [];
  const [, severity = "", words = ""] = EVENT.exec(text) ?? [];
  const bySeverity = SEVERITIES.get(severity);
  if (code === undefined || bySeverity === undefined) return null;
  const event = CODES.get(code);
  const name = CARD_NAME.exec(text)?.[1]?.trim();
  const host = name !== undefined && isHostName(name) ? name : undefined;
  const serial = SERIAL.exec(text)?.[1];
  return reading("apc-card", mail, {
    event,
    ...(event === undefined ? bySeverity : UPS_VERDICTS[event]),
    title: name === undefined ? words : `${name}: ${words}`,
    about: [name ?? serial ?? mail.from.address, /^\w+/.exec(words)?.[0] ?? ""],
    details: {
      host,
      object: /^\w+/.exec(words)?.[0],
      code,
      location: LOCATION.exec(text)?.[1]?.trim(),
      serial,
      link: httpLink(LINK.exec(text)?.[1]),
    },
  });
}
