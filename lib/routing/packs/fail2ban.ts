/**
 * The pack for fail2ban: its actions that mail. Only the subject counts: the body quotes `whois` and
 * the log, and who is banned can write into both.
 *
 * @see config/action.d/sendmail*.conf and mail*.conf in fail2ban's source
 * @module
 */

import { type Finding, reading } from "./finding.ts";
import type { MailView, Pack, Reading } from "./pack.ts";

const BAN =
  /^\[Fail2Ban\] ([^\s:]{1,128}): (banned|unbanned) (\S{1,255})(?: from ([\w.:-]{1,255}))?$/;
/** The summaries of `sendmail-buffered` have a small letter, those of `mail-buffered` a capital. */
const JAIL =
  /^\[Fail2Ban\] ([^\s:]{1,128}): (started|stopped|[Ss]ummary)(?: (?:on|from) ([\w.:-]{1,255}))?$/;

/** An address or a network; jails may also ban other things, such as user names. */
const ADDRESS = /^(?=.*[.:])[0-9A-Fa-f.:]{2,45}(?:\/[0-9]{1,3})?$/;

const VERDICTS: ReadonlyMap<string, Pick<Finding, "severity" | "state">> = new Map([
  ["banned", { severity: "warning", state: "problem" }],
  ["unbanned", { severity: "info", state: "ok" }],
  ["started", { severity: "info", state: "ok" }],
  ["stopped", { severity: "warning", state: "problem" }],
  ["summary", { severity: "info", state: "info" }],
]);

/** Reads fail2ban's mails about bans and about its jails. */
export const fail2banPack: Pack = {
  name: "fail2ban",
  fields: ["jail", "ip", "action"],
  events: ["BANNED", "UNBANNED", "STARTED", "STOPPED", "SUMMARY"],
  read,
};

function read(mail: MailView): Reading | null {
  const subject = mail.subject ?? "";
  const ban = BAN.exec(subject);
  const [, jail = "", word = "", ...rest] = ban ?? JAIL.exec(subject) ?? [];
  const action = word.toLowerCase();
  const verdict = VERDICTS.get(action);
  if (verdict === undefined) return null;
  const [whom, host] = ban === null ? [undefined, rest[0]] : rest;
  return reading("fail2ban", mail, {
    event: action.toUpperCase(),
    ...verdict,
    title: subject.slice("[Fail2Ban] ".length),
    about: [host ?? "", jail, whom ?? ""],
    details: {
      host,
      object: jail,
      jail,
      ip: whom !== undefined && ADDRESS.test(whom) ? whom : undefined,
      action,
    },
  });
}
