/**
 * The pack for unattended-upgrades: the summary that it mails after a run. The flags and the words
 * around the host are translated, in German its name too; the result is not. What dpkg printed is quoted in the body; of that only the first line counts, and only where the subject
 * does not say how it went.
 *
 * @see send_summary_mail() in unattended-upgrade, and po/ for the translations
 * @module
 */

import { type Finding, linesOf, reading } from "./finding.ts";
import type { MailView, Pack, Reading } from "./pack.ts";

const FLAGS = "((?:\\[[^[\\]]{1,64}\\] ?){0,4})";

/** Before version 0.96 without the result, and long after it with `True` and quotes. */
const ENGLISH = new RegExp(
  `^${FLAGS}unattended-upgrades result for ('[^'\\s]{1,255}'|[^\\s':]{1,255})(?:: '?([A-Za-z]{1,16})'?)?$`,
);

const HOST_AND_RESULT = "([^\\s':]{1,255})\\s?: (SUCCESS|FAILURE)$";

/** `[herstart is vereist] resultaat van unattended-upgrades voor web1: SUCCESS` */
const TRANSLATED = new RegExp(
  `^${FLAGS}(?:[^:[\\]]{1,80} )?unattended-upgrades [^:[\\]]{1,80} ${HOST_AND_RESULT}`,
);

/** German has a name of its own for the program; the umlaut may have been lost on the way. */
const GERMAN = new RegExp(
  `^${FLAGS}Ergebnis der automatischen Systemaktualisierung f\\S{1,3}r ${HOST_AND_RESULT}`,
);

/** French has the flags inside, and a no-break space before the colon. */
const FRENCH = new RegExp(
  `^R\\S{1,3}sultat ${FLAGS}d'unattended-upgrades pour ${HOST_AND_RESULT}`,
);

/** Each finds the flags, the host and the result. */
const SUBJECTS = [ENGLISH, TRANSLATED, GERMAN, FRENCH];

/** `Unattended upgrade returned: True`, and what became of the words `returned` and `True`. */
const OPENING = /^Unattended upgrade (?:returned|result): ?(True|False|None)?/;

/** The first flag in the languages that it is known in; the other flag speaks of packages on hold. */
const REBOOT = /reboot|restart|neustart|redémarr|reinici|riavvi|herstart|перезагруз|再起動|重启/i;

const RESULTS: ReadonlyMap<string, "SUCCESS" | "FAILURE"> = new Map([
  ["SUCCESS", "SUCCESS"],
  ["FAILURE", "FAILURE"],
  ["True", "SUCCESS"],
  ["False", "FAILURE"],
]);

/** Reads the summaries of unattended-upgrades. */
export const unattendedUpgradesPack: Pack = {
  name: "unattended-upgrades",
  fields: ["rebootRequired", "packagesOnHold"],
  events: ["SUCCESS", "FAILURE"],
  read,
};

async function read(mail: MailView): Promise<Reading | null> {
  const subject = mail.subject ?? "";
  const match = SUBJECTS.values().map((pattern) => pattern.exec(subject)).find((found) => found);
  if (!match) return null;
  const [, flagText = "", quotedHost = "", word] = match;
  const host = quotedHost.replaceAll("'", "");
  const event = RESULTS.get(word ?? await resultInText(mail));
  const flags = flagText.match(/\[[^\]]*\]/g) ?? [];
  const reboot = flags.some((flag) => REBOOT.test(flag));
  const hold = flags.some((flag) => !REBOOT.test(flag));
  return reading("unattended-upgrades", mail, {
    event,
    ...verdict(event, reboot || hold),
    title: subject,
    about: [host],
    details: {
      host,
      rebootRequired: reboot ? "yes" : undefined,
      packagesOnHold: hold ? "yes" : undefined,
    },
  });
}

async function resultInText(mail: MailView): Promise<string> {
  const [opening = ""] = await linesOf(mail);
  return OPENING.exec(opening)?.[1] ?? "";
}

/** An upgrade that waits for a reboot or leaves packages behind is not done. */
function verdict(event: string | undefined, rest: boolean): Pick<Finding, "severity" | "state"> {
  if (event === "FAILURE") return { severity: "error", state: "problem" };
  if (rest) return { severity: "warning", state: "problem" };
  if (event === "SUCCESS") return { severity: "info", state: "ok" };
  return { severity: "info", state: "info" };
}
