/**
 * The pack for GitLab, 9 to 18: its mails about pipelines, and everything else that it sends with its
 * header fields, which is talk between people. Only the header and the line about the pipeline
 * count: commit comments, branch names and logs are quoted around them. Where header and subject
 * contradict each other, the worse counts; a part of the header alone is not enough.
 *
 * @see app/mailers/emails/pipelines.rb, app/mailers/notify.rb and
 * app/views/notify/_pipeline*.text.erb in GitLab's source
 * @module
 */

import { type Finding, httpLink, linesOf, reading } from "./finding.ts";
import type { MailView, Pack, Reading } from "./pack.ts";
import { soundsBad } from "./words.ts";

/** What a pipeline came to, by its status; the worst first. */
const STATUSES: ReadonlyMap<string, Pick<Finding, "event" | "severity" | "state">> = new Map([
  ["failed", { event: "PIPELINE_FAILED", severity: "error", state: "problem" }],
  ["canceled", { event: "PIPELINE_CANCELED", severity: "warning", state: "info" }],
  ["success", { event: "PIPELINE_SUCCEEDED", severity: "info", state: "ok" }],
]);

/** Now, with what may follow: `my-app | Fixed pipeline for main | 1a2b3c4d`. */
const FIXED = /^(?:[^|]{1,512} \| )?Fixed pipeline for /;

/** The words of the subject, now and in old versions, by the status that they belong to. */
const WORDINGS: ReadonlyMap<string, RegExp> = new Map([
  ["failed", /^(?:[^|]{1,512} \| )?(?:Failed pipeline|Pipeline #[0-9]{1,20} has failed) for /],
  ["canceled", /^(?:[^|]{1,512} \| )?Canceled pipeline for /],
  [
    "success",
    /^(?:[^|]{1,512} \| )?(?:(?:Fixed|Successful) pipeline|Pipeline #[0-9]{1,20} has succeeded) for /,
  ],
]);

/** What talk ends with: the number of an issue or of a merge request. */
const TALK = / \([#!][0-9]{1,20}\)$/;

const TEXT_LINK = /^Pipeline #([0-9]{1,20}) \( (\S{1,2000}) \)/;

/** Reads GitLab's mails. */
export const gitlabPack: Pack = {
  name: "gitlab",
  fields: ["project", "pipelineId", "ref", "status"],
  events: [
    ...[...STATUSES.values()].map(({ event = "" }) => event),
    "PIPELINE_FIXED",
    "NOTIFICATION",
  ],
  read,
};

async function read(mail: MailView): Promise<Reading | null> {
  const project = mail.header("x-gitlab-project-path") ?? mail.header("x-gitlab-project");
  const pipelineId = mail.header("x-gitlab-pipeline-id");
  if (project === undefined) return null;
  if (pipelineId === undefined) return readTalk(mail, project);
  const ref = mail.header("x-gitlab-pipeline-ref");
  const said = statusIn(mail.subject ?? "");
  const status = statusOf(mail, said);
  if (status === undefined) return null;
  const names = [project, project.split("/").at(-1) ?? "", ref ?? ""];
  // What is none of GitLab's subjects, and bad news, is left to others to read.
  if (status === "success" && said === undefined && soundsBad(mail.subject ?? "", names)) {
    return null;
  }
  return reading("gitlab", mail, {
    ...outcome(mail.subject ?? "", status),
    title: mail.subject ?? `Pipeline #${pipelineId}`,
    about: [project, ref ?? ""],
    details: {
      object: project,
      project,
      pipelineId,
      ref,
      status,
      link: linkIn(await linesOf(mail), pipelineId),
    },
  });
}

function statusIn(subject: string): string | undefined {
  return [...WORDINGS].find(([, pattern]) => pattern.test(subject))?.[0];
}

/** What the header and the subject come to: the worse of the two. */
function statusOf(mail: MailView, said: string | undefined): string | undefined {
  const told = mail.header("x-gitlab-pipeline-status")?.trim().toLowerCase();
  return [...STATUSES.keys()].find((status) => status === told || status === said);
}

/** Comments, merge requests, issues: nothing is wrong and nothing well. */
function readTalk(mail: MailView, project: string): Reading | null {
  const whole = mail.header("x-gitlab-project") !== undefined &&
    mail.header("x-gitlab-project-id") !== undefined;
  if (!whole && !TALK.test(mail.subject ?? "")) return null;
  return reading("gitlab", mail, {
    event: "NOTIFICATION",
    severity: "info",
    state: "info",
    title: mail.subject ?? project,
    about: [project],
    details: { object: project, project },
  });
}

function outcome(
  subject: string,
  status: string,
): Pick<Finding, "event" | "severity" | "state"> {
  const found = STATUSES.get(status) ?? { severity: "info", state: "info" };
  return status === "success" && FIXED.test(subject)
    ? { ...found, event: "PIPELINE_FIXED" }
    : found;
}

/** The page of this very pipeline, from the first line that is GitLab's own word about it. */
function linkIn(lines: readonly string[], pipelineId: string): string | undefined {
  for (const line of lines) {
    const [, id, url] = TEXT_LINK.exec(line) ?? [];
    if (id === pipelineId && url?.endsWith(`/${id}`)) return httpLink(url);
  }
  return undefined;
}
