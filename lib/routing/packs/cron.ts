/**
 * The pack for cron: cronie, Vixie's and Debian's. A mail means that a job wrote something; whether
 * the job failed, too, only Debian's tells, where it is told to log that (`-L 4`).
 *
 * The `X-Cron-Env` fields hold the job's environment, passwords in it included; they are not read.
 *
 * @see do_command.c in the sources of cronie and of Debian's cron
 * @module
 */

import { reading } from "./finding.ts";
import { isHostName } from "./hosts.ts";
import type { MailView, Pack, Reading } from "./pack.ts";

/** Cron names the host by its first label. */
const SUBJECT = /^Cron <([^\s@<>]{1,64})@([^\s@<>]{1,253})> (.{1,8000})$/;

/** What Debian's cron puts after the command of a job that ended with another code than 0. */
const FAILED = " (failed)";

const JOB_OUTPUT = { event: "JOB_OUTPUT", severity: "info", state: "info" } as const;
const JOB_FAILED = { event: "JOB_FAILED", severity: "error", state: "problem" } as const;

/** Reads what cron sends of the output of jobs. */
export const cronPack: Pack = {
  name: "cron",
  fields: ["user", "command"],
  events: ["JOB_OUTPUT", "JOB_FAILED"],
  read,
};

function read(mail: MailView): Reading | null {
  const [, user = "", host = "", said = ""] = SUBJECT.exec(mail.subject ?? "") ?? [];
  if (said === "" || !isHostName(host)) return null;
  const failed = said.endsWith(FAILED) && said !== FAILED;
  const command = failed ? said.slice(0, -FAILED.length) : said;
  return reading("cron", mail, {
    ...failed ? JOB_FAILED : JOB_OUTPUT,
    title: `${host}: ${command}${failed ? FAILED : ""}`,
    about: [host, user, command],
    details: { host, object: command, user, command },
  });
}
