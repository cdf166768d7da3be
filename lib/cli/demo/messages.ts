/**
 * The messages that the demo's notifiers send: in the words and with the oddities of the real ones.
 *
 * @see StageEvent and GoMailSender in GoCD's source; cronie; logwatch; mdadm
 * @module
 */

import { formatDate } from "../../mail/received.ts";

/** Words of GoCD after the locator in the subject. */
export type StageWord = "is broken" | "is fixed" | "passed" | "failed" | "is cancelled";

/** One run of a stage, as GoCD names it. */
export interface StageRun {
  /** The pipeline's name. */
  readonly pipeline: string;
  /** Which run of the pipeline. */
  readonly counter: number;
  /** The stage's name. */
  readonly stage: string;
}

/** A stage notification of GoCD 26.1. */
export function stageMessage({ pipeline, counter, stage }: StageRun, word: StageWord): Uint8Array {
  const locator = `${pipeline}/${counter}/${stage}/1`;
  // GoCD's mail library folds before the words, and the fold adds a blank: seen in real mails.
  return gocdMessage("mail2alert@example.com", `Stage [${locator}]\r\n  ${word}`, [
    ...(word === "is cancelled" ? ["The stage was cancelled by ada."] : []),
    `See details: https://gocd.example.com/go/pipelines/${locator}`,
    "",
    "-- CHANGES --",
    "",
    `Git: https://git.example.com/${pipeline}.git`,
    "revision: 5c1f0d2, modified by Ada <ada@example.com> on 2026-11-20 16:20:05.0",
    "Round each price once, at the end",
    "modified src/price.ts",
    "",
    "Sent by Go on behalf of mail2alert",
  ]);
}

/** A mail of GoCD to its administrator. */
export function adminMessage(subject: string, lines: readonly string[]): Uint8Array {
  return gocdMessage("admin@example.com", subject, lines);
}

/** cron's report of a job; no Date, as real ones have none. */
export function cronMessage(): Uint8Array {
  return message([
    'From: "(Cron Daemon)" <root@db1.example.com>',
    "To: dba@example.com",
    "Subject: Cron <root@db1> /usr/local/bin/vacuum --all",
    "MIME-Version: 1.0",
    "Content-Type: text/plain; charset=UTF-8",
    "Auto-Submitted: auto-generated",
    "Precedence: bulk",
  ], ["vacuum: 214 tables, 3 skipped"]);
}

/** logwatch: ISO-8859-1 declared as 7bit, log octets as they are, and a line of a single dot. */
export function logwatchMessage(): Uint8Array {
  return message([
    "From: logwatch@files.example.com",
    "To: sysadmin@example.com",
    "Subject: Logwatch for files (Linux)",
    `Date: ${formatDate(Date.now())}`,
    "MIME-Version: 1.0",
    'Content-Type: text/plain; charset="iso-8859-1"',
    "Content-Transfer-Encoding: 7bit",
  ], [
    "--------------------- Samba Begin ------------------------",
    "Zugriff verweigert: Jürgen Groß auf \\\\files\\Büro (3 Mal)",
    ".",
    "..hidden/café \x80\x81\xfe\xff (octets that are no text at all)",
    "---------------------- Samba End -------------------------",
  ]);
}

/** mdadm: no MIME fields, no Date, no Message-ID. */
export function raidMessage(to: string, host: string): Uint8Array {
  return message([
    `From: mdadm monitoring <root@${host}.example.com>`,
    `To: ${to}`,
    `Subject: DegradedArray event on /dev/md0:${host}`,
  ], [
    `This is an automatically generated mail message from mdadm running on ${host}`,
    "",
    "A DegradedArray event had been detected on md device /dev/md0.",
    "",
    "md0 : active raid1 sda1[0]",
    "      976630464 blocks super 1.2 [2/1] [U_]",
  ]);
}

function gocdMessage(to: string, subject: string, lines: readonly string[]): Uint8Array {
  return message([
    `Date: ${formatDate(Date.now())}`,
    "From: go@example.com",
    "Sender: go@example.com",
    "Reply-To: go@example.com",
    `To: ${to}`,
    `Message-ID: <${crypto.randomUUID()}@gocd.example.com>`,
    `Subject: ${subject}`,
    "MIME-Version: 1.0",
    "Content-Type: text/plain; charset=us-ascii",
    "Content-Transfer-Encoding: 7bit",
  ], lines);
}

/** Fields and lines of the body as octets; each character is one octet (ISO-8859-1). */
function message(fields: readonly string[], lines: readonly string[]): Uint8Array {
  const text = [...fields, "", ...lines].map((line) => `${line}\r\n`).join("");
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}
