/**
 * The pack for GoCD, every version from 14.2 to 26.1: their subjects are the same.
 *
 * GoCD sends no header of its own and its body quotes commit comments, which anybody may
 * write; so only the subject counts, and only from its start. 2017 searched the whole subject:
 * a forwarded `Fwd: Stage […]` was an event then and is none now, for it repeats an old one.
 *
 * @see StageEvent, StageNotificationService and the health messages in GoCD's source
 * @module
 */

import type { MailHead } from "../subject.ts";
import { subjectField } from "./mail.ts";
import type { Pack, Reading } from "./pack.ts";

/** What may happen to a stage, in the order in which 2017's report lists it. */
export const STAGE_EVENTS = ["BREAKS", "CANCELLED", "FAILS", "FIXED", "PASSES"] as const;

/** One of {@link STAGE_EVENTS}. */
export type StageEvent = typeof STAGE_EVENTS[number];

/** Every event that the pack can report, for the check of a rule's `events`. */
export const GOCD_EVENTS = [
  ...STAGE_EVENTS,
  "ARTIFACTS_DISK_LOW",
  "ARTIFACTS_DISK_FULL",
  "DATABASE_DISK_LOW",
  "DATABASE_DISK_FULL",
  "BACKUP_SUCCEEDED",
  "BACKUP_FAILED",
  "TEST_MAIL",
] as const;

/** GoCD's words after the locator. */
const VERBS: ReadonlyMap<string, StageEvent> = new Map([
  ["is broken", "BREAKS"],
  ["is cancelled", "CANCELLED"],
  ["failed", "FAILS"],
  ["is fixed", "FIXED"],
  ["passed", "PASSES"],
]);

/** `Stage [pipeline/pipelineCounter/stage/stageCounter] verb`; GoCD's names have at most 255. */
const STAGE =
  /^Stage \[([^/\]]{1,255})\/([^/\]]{1,255})\/([^/\]]{1,255})\/([^/\]]{1,255})\](?: (.*))?$/;

/** Mails to GoCD's administrator; `server` is the address that it gives itself. */
const ADMINISTRATIVE: readonly { readonly event: string; readonly pattern: RegExp }[] = [
  { event: "ARTIFACTS_DISK_LOW", pattern: disk("Low artifacts disk space warning") },
  { event: "ARTIFACTS_DISK_FULL", pattern: disk("No artifacts disk space error") },
  { event: "DATABASE_DISK_LOW", pattern: disk("Low database disk space warning") },
  { event: "DATABASE_DISK_FULL", pattern: disk("No database disk space error") },
  { event: "BACKUP_SUCCEEDED", pattern: /^Server Backup Completed Successfully$/ },
  { event: "BACKUP_FAILED", pattern: /^Server Backup Failed$/ },
];

/** How the mail begins that the administration page sends on `Send Test Email`. */
const TEST_MAIL = "You received this configuration test email from Go Server";

/** Reads GoCD's stage notifications, its administrative mails and its test mail. */
export const gocdPack: Pack = { name: "gocd", read };

async function read(head: MailHead): Promise<Reading> {
  const fields = subjectField(head);
  const stage = readStage(fields.subject ?? "");
  if (stage !== null) return { ...stage, fields: { ...fields, ...stage.fields } };
  for (const { event, pattern } of ADMINISTRATIVE) {
    const match = pattern.exec(fields.subject ?? "");
    if (match === null) continue;
    const server = match.groups?.server;
    return { event, fields: server === undefined ? fields : { ...fields, server } };
  }
  const opening = await head.opening();
  return opening.trimStart().startsWith(TEST_MAIL) ? { event: "TEST_MAIL", fields } : { fields };
}

/**
 * Reads the subject of a stage notification.
 *
 * @param subject One line, runs of blanks already made one.
 * @returns `null` for any other subject. Without `event` when the words after the locator are
 * none of GoCD's; the pipeline is known even so.
 */
export function readStage(subject: string): Reading | null {
  const match = STAGE.exec(subject);
  if (match === null) return null;
  const [, pipeline = "", pipelineCounter = "", stage = "", stageCounter = "", verb] = match;
  const fields = { pipeline, pipelineCounter, stage, stageCounter };
  const event = VERBS.get(verb ?? "");
  return event === undefined ? { fields } : { event, fields: { ...fields, reported: event } };
}

function disk(words: string): RegExp {
  return new RegExp(`^${words} message(?: from Go Server at (?<server>\\S{1,255}))?$`);
}
