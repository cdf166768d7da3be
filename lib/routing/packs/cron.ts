/**
 * The pack for cron: cronie, Vixie's and Debian's, whose subjects are the same. A mail means that a
 * job wrote something, and nothing else: cron does not tell whether it failed.
 *
 * The `X-Cron-Env` fields hold the job's environment, passwords in it included; they are not read.
 *
 * @see do_command.c in the sources of cronie and of Debian's cron
 * @module
 */

import { reading } from "./finding.ts";
import type { MailView, Pack, Reading } from "./pack.ts";

/** Cron names the host by its first label. */
const SUBJECT = /^Cron <([^\s@<>]{1,64})@([^\s@<>]{1,253})> (.{1,8000})$/;

/** Reads what cron sends of the output of jobs. */
export const cronPack: Pack = {
  name: "cron",
  fields: ["user", "command"],
  events: ["JOB_OUTPUT"],
  read,
};

function read(mail: MailView): Reading | null {
  const [, user = "", host = "", command = ""] = SUBJECT.exec(mail.subject ?? "") ?? [];
  if (command === "") return null;
  return reading("cron", mail, {
    event: "JOB_OUTPUT",
    severity: "info",
    state: "info",
    title: `${host}: ${command}`,
    about: [host, user, command],
    details: { host, object: command, user, command },
  });
}
