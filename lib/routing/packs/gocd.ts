/**
 * The pack for GoCD, every version from 14.2 to 26.1: their subjects are the same.
 *
 * GoCD sends no header of its own and its body quotes commit comments, which anybody may
 * write; so only the subject counts, and only from its start. 2017 searched the whole subject:
 * a forwarded `Fwd: Stage […]` was an event then and is none now, for it repeats an old one. Of the
 * body only the first lines are GoCD's own for sure: the link is read there and nowhere else.
 *
 * @see StageEvent, StageNotificationService and the health messages in GoCD's source
 * @module
 */

import { type Finding, httpLink, reading } from "./finding.ts";
import type { MailView, Pack, Reading, Severity, State } from "./pack.ts";

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

/** How bad it is, and how things are. */
type Standing = readonly [Severity, State];

/** GoCD's words after the locator. */
const VERBS: ReadonlyMap<string, StageEvent> = new Map([
  ["is broken", "BREAKS"],
  ["is cancelled", "CANCELLED"],
  ["failed", "FAILS"],
  ["is fixed", "FIXED"],
  ["passed", "PASSES"],
]);

/** What each event of a stage means; a cancelled stage is neither well nor wrong. */
const STANDINGS: Readonly<Record<StageEvent, Standing>> = {
  BREAKS: ["error", "problem"],
  CANCELLED: ["warning", "info"],
  FAILS: ["error", "problem"],
  FIXED: ["info", "ok"],
  PASSES: ["info", "ok"],
};

/** `Stage [pipeline/pipelineCounter/stage/stageCounter] verb`; GoCD's names have at most 255. */
const STAGE =
  /^Stage \[([^/\]]{1,255})\/([^/\]]{1,255})\/([^/\]]{1,255})\/([^/\]]{1,255})\](?: (.*))?$/;

/** A mail to GoCD's administrator. */
interface Administrative {
  readonly event: typeof GOCD_EVENTS[number];
  readonly pattern: RegExp;
  readonly standing: Standing;
  readonly object: string;
}

/** `server` is the address that GoCD gives itself. */
const ADMINISTRATIVE: readonly Administrative[] = [
  disk("ARTIFACTS_DISK_LOW", "Low artifacts disk space warning"),
  disk("ARTIFACTS_DISK_FULL", "No artifacts disk space error"),
  disk("DATABASE_DISK_LOW", "Low database disk space warning"),
  disk("DATABASE_DISK_FULL", "No database disk space error"),
  {
    event: "BACKUP_SUCCEEDED",
    pattern: /^Server Backup Completed Successfully$/,
    standing: ["info", "ok"],
    object: "backup",
  },
  {
    event: "BACKUP_FAILED",
    pattern: /^Server Backup Failed$/,
    standing: ["error", "problem"],
    object: "backup",
  },
];

/** A word of the subject, and the begin, of the mail that the administration page sends on `Send Test Email`. */
const TEST_SUBJECT = /\bGo(?:CD)?\b/i;
const TEST_MAIL = "You received this configuration test email from Go Server";

/** GoCD's own first lines: who cancelled the stage, and where to look. */
const DETAILS =
  /^\s{0,8}(?:The stage was cancelled by [^\n]{0,300}\n{1,3})?See details: {1,4}(https?:\/\/\S{1,2048})[ \t]*(?:\n|$)/;

/** Reads GoCD's stage notifications, its administrative mails and its test mail. */
export const gocdPack: Pack = {
  name: "gocd",
  fields: ["pipeline", "pipelineCounter", "stage", "stageCounter", "reported", "server"],
  events: GOCD_EVENTS,
  read,
};

async function read(mail: MailView): Promise<Reading | null> {
  const { subject = "" } = mail;
  const stage = readStage(subject);
  if (stage !== null) return await withLink(mail, stage);
  for (const { event, pattern, standing, object } of ADMINISTRATIVE) {
    const match = pattern.exec(subject);
    if (match === null) continue;
    const server = match.groups?.server;
    return reading("gocd", mail, {
      ...base(standing, subject),
      event,
      about: [server ?? "", object],
      details: { host: server, object, server },
    });
  }
  const test = TEST_SUBJECT.test(subject) && (await mail.text()).trimStart().startsWith(TEST_MAIL);
  if (!test) return null;
  return reading("gocd", mail, {
    ...base(["info", "info"], subject),
    event: "TEST_MAIL",
    about: ["test mail"],
  });
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
  const event = VERBS.get(verb ?? "");
  const object = `${pipeline}/${stage}`;
  return reading("gocd", { subject }, {
    ...base(event === undefined ? ["info", "info"] : STANDINGS[event], subject),
    event,
    about: [object],
    details: { object, pipeline, pipelineCounter, stage, stageCounter, reported: event },
  });
}

async function withLink(mail: MailView, stage: Reading): Promise<Reading> {
  const link = httpLink(DETAILS.exec(await mail.text())?.[1]);
  if (link === undefined) return stage;
  return { ...stage, fields: { ...stage.fields, host: new URL(link).hostname, link } };
}

function base(
  [severity, state]: Standing,
  title: string,
): Pick<Finding, "severity" | "state" | "title"> {
  return { severity, state, title };
}

function disk(event: Administrative["event"], words: string): Administrative {
  return {
    event,
    pattern: new RegExp(`^${words} message(?: from Go Server at (?<server>\\S{1,255}))?$`),
    standing: event.endsWith("_FULL") ? ["critical", "problem"] : ["warning", "problem"],
    object: event.startsWith("ARTIFACTS") ? "artifacts disk" : "database disk",
  };
}
