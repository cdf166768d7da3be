/**
 * The pack for mdadm's monitor. It mails without a date, an id or MIME fields, from an address
 * without a domain; the subject has everything but the disk that is at fault.
 *
 * @see Monitor.c in mdadm's source
 * @module
 */

import { eventOf } from "./event_words.ts";
import { type Finding, reading } from "./finding.ts";
import type { MailView, Pack, Reading } from "./pack.ts";

/** What each event means. The monitor mails the first five; programs of others mail the rest. */
const EVENTS: ReadonlyMap<string, Pick<Finding, "severity" | "state">> = new Map([
  ["Fail", { severity: "error", state: "problem" }],
  ["FailSpare", { severity: "error", state: "problem" }],
  ["DegradedArray", { severity: "error", state: "problem" }],
  ["SparesMissing", { severity: "warning", state: "problem" }],
  ["TestMessage", { severity: "info", state: "info" }],
  ["DeviceDisappeared", { severity: "critical", state: "problem" }],
  ["RebuildStarted", { severity: "info", state: "info" }],
  ["RebuildFinished", { severity: "info", state: "ok" }],
  ["SpareActive", { severity: "info", state: "ok" }],
  ["NewArray", { severity: "info", state: "info" }],
  ["MoveSpare", { severity: "info", state: "info" }],
]);

const SUBJECT = /^([A-Z][A-Za-z]{2,30}) event on (\/dev\/[^\s:]{1,255}):([^\s:]{1,253})$/;

/** The disk, in the one place where the monitor names it; what follows is a copy of mdstat. */
const COMPONENT =
  /^This is an automatically generated mail message[^]{0,700}?\n\s{0,4}It could be related to component device ([^\s]{1,255}?)\.\n/;

/** Reads mdadm's mails about arrays. */
export const mdadmPack: Pack = {
  name: "mdadm",
  fields: ["device", "component"],
  events: [...EVENTS.keys()].map(eventOf),
  read,
};

async function read(mail: MailView): Promise<Reading | null> {
  const [, word = "", device = "", host = ""] = SUBJECT.exec(mail.subject ?? "") ?? [];
  const verdict = EVENTS.get(word);
  if (verdict === undefined) return null;
  const component = COMPONENT.exec((await mail.text()).trimStart())?.[1];
  return reading("mdadm", mail, {
    event: eventOf(word),
    ...verdict,
    title: `${word} on ${device} of ${host}${component === undefined ? "" : `: ${component}`}`,
    about: [host, device],
    details: { host, object: device, device, component },
  });
}
