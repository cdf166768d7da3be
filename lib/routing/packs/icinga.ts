/**
 * The pack for Icinga: the notification scripts of Icinga 2, those of its first versions, and
 * Icinga 1, which sends Nagios' subjects under its own banner.
 *
 * Host, service and state come from the subject: the body quotes what a plugin printed. The link is
 * what the script appends at the very end.
 *
 * @see etc/icinga2/scripts/mail-host-notification.sh and mail-service-notification.sh in Icinga 2's
 * source; mail-notification.sh in versions before 2.7
 * @module
 */

import {
  checkFinding,
  type CheckResult,
  isHostState,
  isServiceState,
  NOTIFICATION_TYPES,
} from "./check_result.ts";
import { httpLink, linesOf, reading } from "./finding.ts";
import { readNagiosSubject } from "./nagios.ts";
import type { MailView, Pack, Reading } from "./pack.ts";

/** `[PROBLEM] ping on web1 is CRITICAL!`, `[PROBLEM] Host web1 is DOWN!` */
const BRACKETED = /^\[([A-Za-z]{2,32})\] (.{1,512}) is ([A-Z]{2,16})!$/;

/** `PROBLEM - web1 - ping is CRITICAL`, `PROBLEM - web1 is DOWN` */
const DASHED = /^([A-Z]{2,32}) - (.{1,512}) is ([A-Z]{2,16})$/;

const BANNER = /^\*{5} Icinga\b/;

/** A page of Icinga Web, as the scripts write it. */
const PAGE = /^\S{1,1000}\/(?:monitoring|icingadb)\/(?:host|service)(?:\/show)?\?\S{1,1000}$/;

/** Reads Icinga's notifications about hosts and services. */
export const icingaPack: Pack = {
  name: "icinga",
  fields: ["service", "checkState", "notificationType"],
  events: NOTIFICATION_TYPES,
  read,
};

async function read(mail: MailView): Promise<Reading | null> {
  const subject = mail.subject ?? "";
  const current = readBracketed(subject);
  const result = current ?? readDashed(subject) ?? readNagiosSubject(subject);
  if (result === null) return null;
  const lines = await linesOf(mail);
  // The other two forms are shared with Nagios or could be anybody's.
  if (current === null && !BANNER.test(lines[0] ?? "")) return null;
  const found = checkFinding(result);
  const last = lines.at(-1) ?? "";
  const link = current !== null && PAGE.test(last) ? httpLink(last) : undefined;
  return reading("icinga", mail, { ...found, details: { ...found.details, link } });
}

function readBracketed(subject: string): CheckResult | null {
  const [, word = "", what = "", check = ""] = BRACKETED.exec(subject) ?? [];
  const type = word.toUpperCase();
  if (isHostState(check)) {
    return what.startsWith("Host ") ? { type, host: what.slice(5), check } : null;
  }
  // A service may have ` on ` in its name (`disk on /var`), a host hardly ever.
  const on = what.lastIndexOf(" on ");
  if (on < 1 || !isServiceState(check)) return null;
  return { type, host: what.slice(on + 4), service: what.slice(0, on), check };
}

function readDashed(subject: string): CheckResult | null {
  const [, type = "", what = "", check = ""] = DASHED.exec(subject) ?? [];
  if (isHostState(check)) return { type, host: what, check };
  const dash = what.indexOf(" - ");
  if (dash < 1 || !isServiceState(check)) return null;
  return { type, host: what.slice(0, dash), service: what.slice(dash + 3), check };
}
