/**
 * The pack for upsmon of Network UPS Tools. It runs a script of the operator with one sentence, and
 * the documentation's sample pipes that to sendmail as it is: without a subject. So the sentence is
 * looked for in the subject, or as the first line of a mail whose subject does not speak for
 * itself; it must be the whole line.
 *
 * @see clients/upsmon.h and docs/man/upsmon.conf.txt in NUT's source
 * @module
 */

import { reading } from "./finding.ts";
import { domainOf } from "./hosts.ts";
import type { MailView, Pack, Reading } from "./pack.ts";
import { UPS_VERDICTS, type UpsEvent } from "./ups_words.ts";

const NAME = "(?<ups>[A-Za-z0-9][\\w.-]{0,63}(?:@(?<server>[\\w.:[\\]-]{1,253}))?)";

/** upsmon's default messages. */
const MESSAGES: readonly (readonly [UpsEvent, RegExp])[] = [
  ["ONLINE", message(`UPS ${NAME}:? on line power`)],
  ["ON_BATTERY", message(`UPS ${NAME}:? on battery`)],
  ["LOW_BATTERY", message(`UPS ${NAME}:? battery is low`)],
  ["FORCED_SHUTDOWN", message(`UPS ${NAME}: forced shutdown in progress`)],
  ["COMMUNICATIONS_OK", message(`Communications with UPS ${NAME}:? established`)],
  ["COMMUNICATIONS_LOST", message(`Communications with UPS ${NAME}:? lost`)],
  ["SHUTDOWN", message("Auto logout and shutdown proceeding")],
  ["REPLACE_BATTERY", message(`UPS ${NAME}:? battery needs to be replaced`)],
  ["UNAVAILABLE", message(`UPS ${NAME}:? is unavailable`)],
  ["PARENT_DIED", message("upsmon parent process died - shutdown impossible")],
  ["CALIBRATION_STARTED", message(`UPS ${NAME}: calibration in progress`)],
  ["CALIBRATION_FINISHED", message(`UPS ${NAME}: calibration finished`)],
  ["OFF", message(`UPS ${NAME}: administratively OFF or asleep`)],
  ["NO_LONGER_OFF", message(`UPS ${NAME}: no longer administratively OFF or asleep`)],
  ["ON_BYPASS", message(`UPS ${NAME}: on bypass \\(powered, not protecting\\)`)],
  ["NO_LONGER_ON_BYPASS", message(`UPS ${NAME}: no longer on bypass`)],
  ["OVERLOADED", message(`UPS ${NAME}: overloaded`)],
  ["NO_LONGER_OVERLOADED", message(`UPS ${NAME}: no longer overloaded`)],
  ["ALARM", message(`UPS ${NAME}: one or more active alarms: \\[.{0,300}\\]`)],
  ["ALARM_CLEARED", message(`UPS ${NAME} is no longer in an alarm state \\(no active alarms\\)`)],
];

/** Subjects that scripts give: they name the thing and leave the event to the text. */
const SILENT_SUBJECT = /^(?:\[?(?:NUT|UPS|upsmon)\b|$)/i;

/** Reads upsmon's messages. */
export const nutPack: Pack = {
  name: "nut",
  fields: ["ups"],
  events: MESSAGES.map(([event]) => event),
  read,
};

async function read(mail: MailView): Promise<Reading | null> {
  const subject = mail.subject ?? "";
  return readMessage(mail, subject) ??
    (SILENT_SUBJECT.test(subject) ? readMessage(mail, firstLine(await mail.text())) : null);
}

function readMessage(mail: MailView, line: string): Reading | null {
  for (const [event, pattern] of MESSAGES) {
    const match = pattern.exec(line);
    if (match === null) continue;
    const { ups, server } = match.groups ?? {};
    const machine = withoutPort(server);
    const host = isHere(machine) ? domainOf(mail.from.address || mail.reversePath) : machine;
    return reading("nut", mail, {
      event,
      ...UPS_VERDICTS[event],
      title: line,
      about: [host ?? "", ups ?? ""],
      details: { host, object: ups, ups },
    });
  }
  return null;
}

/** The host of `nas1`, `nas1:3493` and `[fd00::1]:3493`; another port does not make another host. */
function withoutPort(server: string | undefined): string | undefined {
  const [, address, name] = /^(?:\[(.+)\]|([^:]+))(?::[0-9]{1,5})?$/.exec(server ?? "") ?? [];
  return address ?? name ?? server;
}

/** Whether the UPS hangs on the machine that writes. */
function isHere(server: string | undefined): boolean {
  return server === undefined || /^(?:localhost|127\.0\.0\.1|::1)$/.test(server);
}

function firstLine(text: string): string {
  return /\S[^\n]*/.exec(text)?.[0].trim() ?? "";
}

function message(words: string): RegExp {
  return new RegExp(`^${words}\\.?$`);
}
