/**
 * The pack for GitLab, 9 to 18: its mails about pipelines, and everything else that it sends with its
 * header fields, which is talk between people. Only the header and the line about the pipeline
 * count: commit comments, branch names and logs are quoted around them.
 *
 * @see app/mailers/emails/pipelines.rb, app/mailers/notify.rb and
 * app/views/notify/_pipeline*.text.erb in GitLab's source
 * @module
 */

import { type Finding, httpLink, linesOf, reading } from "./finding.ts";
import type { MailView, Pack, Reading } from "./pack.ts";

/** What a pipeline came to, by its status. */
const STATUSES: ReadonlyMap<string, Pick<Finding, "event" | "severity" | "state">> = new Map([
  ["success", { event: "PIPELINE_SUCCEEDED", severity: "info", state: "ok" }],
  ["failed", { event: "PIPELINE_FAILED", severity: "error", state: "problem" }],
  ["canceled", { event: "PIPELINE_CANCELED", severity: "warning", state: "info" }],
]);

/** Now, with what may follow: `my-app | Fixed pipeline for main | 1a2b3c4d`. */
const FIXED = /^(?:[^|]{1,512} \| )?Fixed pipeline for /;

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
  if (pipelineId === undefined) return project === undefined ? null : readTalk(mail, project);
  const ref = mail.header("x-gitlab-pipeline-ref");
  const status = mail.header("x-gitlab-pipeline-status");
  return reading("gitlab", mail, {
    ...outcome(mail.subject ?? "", status ?? ""),
    title: mail.subject ?? `Pipeline #${pipelineId}`,
    about: [project ?? "", ref ?? ""],
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

/** Comments, merge requests, issues: nothing is wrong and nothing well. */
function readTalk(mail: MailView, project: string): Reading {
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
