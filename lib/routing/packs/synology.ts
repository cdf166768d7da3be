/**
 * The pack for Synology's DSM, 5 to 7. Its mails are translated, so they are known by their frame:
 * the machine's name in brackets before the subject, and once more at the end of the text, after
 * the word for `From`. Scheduled tasks name themselves in the text, which DSM 7 sends as HTML with
 * `<BR>` and not one line end. What the mail is about is read in English only; in other languages
 * there is no event, and how bad it is depends on the plain words of the subject.
 *
 * @see the notification strings of DSM, and mails in issue threads; the vendor documents neither
 * @module
 */

import { type Finding, linesOf, reading } from "./finding.ts";
import type { MailView, Pack, Reading } from "./pack.ts";
import { judge } from "./words.ts";

const SUBJECT = /^\[([^\][\s]{1,64})\] (.{1,500})$/;

/** `From nas1`, `Von nas1`, `De : nas1`: a word or two, and the name. */
const FROM_WORD = /^\p{L}{1,12}(?: \p{L}{1,6})?[ :：]{0,3}$/u;

/** How far from the end that line may be. */
const LAST_LINES = 4;

/** What happened, in the words of the subject or of the first sentence. */
const KINDS: readonly (readonly [string, Pick<Finding, "severity" | "state">, RegExp])[] = [
  ["TEST_MESSAGE", info("info"), /\btest (?:message|mail|email|notification)\b/i],
  ["BACKUP_FAILED", bad("error"), /\bback(?:ed )?up\b.{0,200}\b(?:failed|failure|cancell?ed)\b/i],
  ["BACKUP_FAILED", bad("error"), /\b(?:failed|failure)\b.{0,200}\bback ?up\b/i],
  ["BACKUP_PARTIAL", bad("warning"), /\bback(?:ed )?up\b.{0,200}\bpartially\b/i],
  [
    "BACKUP_COMPLETED",
    info("ok"),
    /\bback(?:ed )?up\b.{0,200}\b(?:completed|finished|successful)/i,
  ],
  ["CRASHED", bad("critical"), /\b(?:volume|storage pool|disk|drive)\b.{0,100}\bcrashed\b/i],
  ["DEGRADED", bad("error"), /\b(?:volume|storage pool|raid)\b.{0,100}\bdegraded\b/i],
  ["DISK_FAILED", bad("error"), /\b(?:disk|drive)\b.{0,100}\b(?:fail(?:ed|ing)|bad sectors?)\b/i],
  ["LOW_SPACE", bad("warning"), /\b(?:low (?:on )?(?:capacity|space)|running out of space)\b/i],
  [
    "ON_BATTERY",
    bad("warning"),
    /\b(?:UPS|power supply)\b.{0,100}\b(?:battery mode|on battery)\b/i,
  ],
  [
    "ONLINE",
    info("ok"),
    /\b(?:UPS|power supply)\b.{0,100}\b(?:AC mode|AC power|power restored)\b/i,
  ],
  ["IP_BLOCKED", bad("warning"), /\bIP address\b.{0,100}\bblocked\b/i],
  ["IMPROPER_SHUTDOWN", bad("warning"), /\bimproper(?:ly)?\b.{0,20}\bshut ?down\b/i],
  [
    "UPDATE_AVAILABLE",
    info("info"),
    /\b(?:update|version)\b.{0,60}\b(?:is|are) (?:now )?available\b/i,
  ],
];

/** The report on a scheduled task, with its own lines in their own order. */
const TASK =
  /\n?Task: ([^\n]{1,300})\n\s{0,4}Start time: [^\n]{1,100}\n\s{0,4}Stop time: [^\n]{1,100}\n\s{0,4}Current status: (\d{1,5}) \(([^\n)]{1,60})\)/;

/** Reads DSM's mails. */
export const synologyPack: Pack = {
  name: "synology",
  fields: ["task", "exitStatus"],
  events: [...new Set(["TASK_COMPLETED", "TASK_FAILED", ...KINDS.map(([event]) => event)])],
  read,
};

async function read(mail: MailView): Promise<Reading | null> {
  const [, host = "", topic = ""] = SUBJECT.exec(mail.subject ?? "") ?? [];
  if (host === "") return null;
  const lines = await linesOf(mail);
  const task = TASK.exec(lines.slice(0, 20).join("\n"));
  if (
    !endsWith(lines, host) && !(task !== null && /\bSynology\b|\bDSM\b/.test(await mail.text()))
  ) {
    return null;
  }
  return task === null ? readTopic(mail, { host, topic, lines }) : readTask(mail, host, task);
}

/** Whether the text is signed with the name of the machine. */
function endsWith(lines: readonly string[], host: string): boolean {
  return lines.slice(-LAST_LINES).some((line) =>
    line.endsWith(host) && FROM_WORD.test(line.slice(0, -host.length))
  );
}

function readTask(mail: MailView, host: string, [, task = "", status]: RegExpExecArray): Reading {
  const failed = status !== "0";
  return reading("synology", mail, {
    event: failed ? "TASK_FAILED" : "TASK_COMPLETED",
    ...(failed ? bad("error") : info("ok")),
    title: `${host}: task ${task} ${failed ? `ended with status ${status}` : "completed"}`,
    about: [host, "task", task],
    details: { host, object: task, task, exitStatus: status },
  });
}

/** What a mail says that is no report on a task. */
interface Notice {
  readonly host: string;
  readonly topic: string;
  readonly lines: readonly string[];
}

function readTopic(mail: MailView, { host, topic, lines }: Notice): Reading {
  // After the greeting the first line is DSM's own sentence.
  const sentence = (lines[1] ?? "").slice(0, 500);
  const kind = kindOf(topic) ?? kindOf(sentence);
  const object = objectIn(topic) ?? objectIn(sentence);
  const { severity, state, rest } = judge(topic);
  const [event, verdict] = kind ?? [undefined, { severity, state }];
  return reading("synology", mail, {
    event,
    ...verdict,
    title: `${host}: ${topic}`,
    about: [host, object ?? "", rest.replace(/[\p{N}\p{P}\s]+/gu, " ").trim().toLowerCase()],
    details: { host, object },
  });
}

/** What some words report; nothing where they deny the good news that they look like. */
function kindOf(words: string): (typeof KINDS)[number] | undefined {
  const kind = KINDS.find(([, , pattern]) => pattern.test(words));
  return kind?.[1].state === "ok" && judge(words).state === "problem" ? undefined : kind;
}

/** `Volume 1`, `Storage Pool 2`, `Drive 3`. */
function objectIn(words: string): string | undefined {
  return /\b(?:Volume|Storage Pool|Drive|Disk) \d{1,3}\b/i.exec(words)?.[0];
}

function bad(severity: "warning" | "error" | "critical"): Pick<Finding, "severity" | "state"> {
  return { severity, state: "problem" };
}

function info(state: "ok" | "info"): Pick<Finding, "severity" | "state"> {
  return { severity: "info", state };
}
