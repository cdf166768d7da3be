/**
 * The pack for Nagios, 2 to 4: what the notification commands of its sample configuration send. Only
 * the subject counts; the body quotes what a plugin printed, which is another machine's word.
 *
 * Where the body opens as Icinga's, the mail is Icinga's: Icinga 1 took these subjects over.
 *
 * @see sample-config/template-object/commands.cfg.in and misccommands.cfg.in in Nagios' source
 * @module
 */

import {
  checkFinding,
  type CheckResult,
  isHostState,
  isServiceState,
  NOTIFICATION_TYPES,
} from "./check_result.ts";
import { linesOf, reading } from "./finding.ts";
import type { MailView, Pack, Reading } from "./pack.ts";

/** Since Nagios 3; `what` is a host, or `alias/service`. */
const ALERT = /^\*\* ([A-Z]{2,32}) (Host|Service) Alert: (.{1,512}) is ([A-Z]{2,16}) \*\*$/;

/** Nagios 2, services and hosts. */
const OLD_SERVICE = /^\*\* ([A-Z]{2,32}) alert - (.{1,512}) is ([A-Z]{2,16}) \*\*$/;
const OLD_HOST = /^Host ([A-Z]{2,16}) alert for (\S{1,255})!$/;

const BANNER = /^\*{5} (Icinga|Nagios)\b/;
const TYPE = /^Notification Type: ?([A-Z]{2,32})$/;

/** Reads Nagios' notifications about hosts and services. */
export const nagiosPack: Pack = {
  name: "nagios",
  fields: ["service", "checkState", "notificationType"],
  events: NOTIFICATION_TYPES,
  read,
};

async function read(mail: MailView): Promise<Reading | null> {
  const result = readNagiosSubject(mail.subject ?? "");
  if (result === null) return null;
  const [opening = "", next = ""] = await linesOf(mail);
  const banner = BANNER.exec(opening)?.[1];
  if (banner === "Icinga") return null;
  // The subject of an old host alert could be anybody's.
  if (result.type === "" && banner !== "Nagios") return null;
  const type = result.type === "" ? TYPE.exec(next)?.[1] ?? "" : result.type;
  return reading("nagios", mail, checkFinding({ ...result, type }));
}

/** Takes the subject of a notification apart; `null` when it has another form. */
export function readNagiosSubject(subject: string): CheckResult | null {
  const alert = ALERT.exec(subject);
  if (alert !== null) {
    const [, type = "", kind, what = "", check = ""] = alert;
    if (kind === "Service") return serviceResult(type, what, check);
    return isHostState(check) ? { type, host: what, check } : null;
  }
  const service = OLD_SERVICE.exec(subject);
  if (service !== null) return serviceResult(service[1] ?? "", service[2] ?? "", service[3] ?? "");
  const [, check = "", host = ""] = OLD_HOST.exec(subject) ?? [];
  return isHostState(check) ? { type: "", host, check } : null;
}

/** Services may have a slash in their names (`Disk /var`), aliases hardly ever. */
function serviceResult(type: string, what: string, check: string): CheckResult | null {
  const slash = what.indexOf("/");
  if (slash < 1 || slash + 1 === what.length || !isServiceState(check)) return null;
  return { type, host: what.slice(0, slash), service: what.slice(slash + 1), check };
}
