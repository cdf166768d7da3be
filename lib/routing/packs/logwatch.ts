/**
 * The pack for logwatch: its daily report. Only the subject counts: everything below quotes logs.
 *
 * @see scripts/logwatch.pl in logwatch's source
 * @module
 */

import { reading } from "./finding.ts";
import type { MailView, Pack, Reading } from "./pack.ts";

/**
 * The operating system in brackets is what `uname -s` prints. A subject from the command line or the
 * configuration may say more after it; logwatch sends all of that one in lower case.
 */
const SUBJECT = /^Logwatch for (\S{1,255}) \(([^()]{1,64})\)(?: .{0,255})?$/i;

/** Reads logwatch's reports. */
export const logwatchPack: Pack = {
  name: "logwatch",
  fields: ["os"],
  events: ["REPORT"],
  read,
};

function read(mail: MailView): Reading | null {
  const [, host, os] = SUBJECT.exec(mail.subject ?? "") ?? [];
  if (host === undefined) return null;
  return reading("logwatch", mail, {
    event: "REPORT",
    severity: "info",
    state: "info",
    title: mail.subject ?? "",
    about: [host],
    details: { host, os },
  });
}
