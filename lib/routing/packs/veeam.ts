/**
 * The pack for Veeam Backup & Replication and its agents: the mail after each run of a job, with the
 * default subject of one of its versions. That subject begins like many others, so Veeam must be
 * named too, by the sender or by the line with which each of its reports ends.
 *
 * @see https://helpcenter.veeam.com/docs/backup/vsphere/general_email_notifications.html
 * @module
 */

import { type Finding, linesOf, reading } from "./finding.ts";
import type { MailView, Pack, Reading } from "./pack.ts";

const SUBJECT = /^\[(Success|Warning|Failed)\] (.{1,600})$/;

/** `Nightly (12 instances) 2 failed`: the job, how many things it is about, what was wrong. */
const JOB =
  /^(.{1,400}?) \(([0-9]{1,7}) (?:instances?|objects?|machines?|VMs?|items?|mailboxes|hosts?)\)(?: (.{1,180}))?$/;

const REPORT_END =
  /^Veeam (?:Backup (?:& Replication|for [\w ]{1,40})|Agent for [\w ]{1,40})(?: v?[0-9][0-9.]{0,24})?$/;

/** How far from the end that line may be: some versions close with a line of thanks. */
const LAST_LINES = 3;

const VERDICTS: ReadonlyMap<string, Pick<Finding, "severity" | "state">> = new Map([
  ["Success", { severity: "info", state: "ok" }],
  ["Warning", { severity: "warning", state: "problem" }],
  ["Failed", { severity: "error", state: "problem" }],
]);

/** Reads Veeam's reports on jobs. */
export const veeamPack: Pack = {
  name: "veeam",
  fields: ["job", "result", "objectCount", "issues"],
  events: ["SUCCESS", "WARNING", "FAILED"],
  read,
};

async function read(mail: MailView): Promise<Reading | null> {
  const [, result = "", rest = ""] = SUBJECT.exec(mail.subject ?? "") ?? [];
  const verdict = VERDICTS.get(result);
  if (verdict === undefined || !await isVeeam(mail)) return null;
  const [, job = rest, objectCount, issues] = JOB.exec(rest) ?? [];
  return reading("veeam", mail, {
    event: result.toUpperCase(),
    ...verdict,
    title: mail.subject ?? "",
    about: [job],
    details: { object: job, job, result, objectCount, issues },
  });
}

async function isVeeam(mail: MailView): Promise<boolean> {
  if (/\bveeam/i.test(`${mail.from.name} ${mail.from.address}`.slice(0, 600))) return true;
  const lines = await linesOf(mail);
  return lines.slice(-LAST_LINES).some((line) => REPORT_END.test(line));
}
