/**
 * The pack for TrueNAS and FreeNAS: every mail has the product and the machine before its subject.
 * Alerts come as lists in the text, new ones before those that are over and those that still stand.
 *
 * @see plugins/mail.py and plugins/alert.py in the middleware's source
 * @module
 */

import { type Finding, linesOf, reading } from "./finding.ts";
import type { MailView, Pack, Reading } from "./pack.ts";
import { judge } from "./words.ts";

const SUBJECT =
  /^((?:True|Free)NAS(?:[ -](?:SCALE|CORE|Enterprise))?) ([A-Za-z0-9][\w.-]{0,252}): (.{1,1000})$/;

/** Titles of the lists in the text. */
const NEW = /^New alerts?:$/;
const CLEARED = /^The following alerts? (?:has|have) been cleared:$/;
const CURRENT = /^Current alerts?:$/;
const BULLET = /^[*•-] ?(.{1,500})$/;

/** Lines of the text that are looked at. */
const MAX_LINES = 100;

/** What the text says, as far as it is about alerts. */
interface Alerts {
  readonly event?: "ALERT" | "ALERT_CLEARED" | "TEST";
  readonly first?: string;
}

/** Reads TrueNAS' mails. */
export const truenasPack: Pack = {
  name: "truenas",
  fields: ["product", "alert"],
  events: ["ALERT", "ALERT_CLEARED", "TEST"],
  read,
};

async function read(mail: MailView): Promise<Reading | null> {
  const [, product = "", host = "", topic = ""] = SUBJECT.exec(mail.subject ?? "") ?? [];
  if (product === "") return null;
  const { event, first } = await alertsIn(mail, topic);
  const title = first ?? topic;
  const object = poolIn(title);
  return reading("truenas", mail, {
    event,
    ...verdict(event, title),
    title: `${host}: ${title}`,
    about: [host, object ?? title.replace(/[0-9]+/g, "#")],
    details: { host, object, product, alert: first },
  });
}

async function alertsIn(mail: MailView, topic: string): Promise<Alerts> {
  if (/^Test(?: [Mm]essage| [Ee]mail)?$/.test(topic)) return { event: "TEST" };
  if (!/^Alerts?$/.test(topic)) return {};
  const lines = (await linesOf(mail)).slice(0, MAX_LINES);
  if (lines.includes("This is a test alert")) return { event: "TEST" };
  const fresh = after(lines, NEW);
  if (fresh !== undefined) return { event: "ALERT", first: fresh };
  const gone = after(lines, CLEARED);
  if (gone !== undefined) return { event: "ALERT_CLEARED", first: gone };
  const standing = after(lines, CURRENT);
  return standing === undefined ? {} : { event: "ALERT", first: standing };
}

/** The first alert of a list. */
function after(lines: readonly string[], title: RegExp): string | undefined {
  const at = lines.findIndex((line) => title.test(line));
  return at < 0 ? undefined : BULLET.exec(lines[at + 1] ?? "")?.[1];
}

/** `Pool tank state is DEGRADED`, `Space usage for pool "tank" is 81%`. */
function poolIn(words: string): string | undefined {
  const match = /^Pool ([\w.-]{1,64}) state is |\bpool ["']([\w.-]{1,64})["']/.exec(words);
  return match === null ? undefined : `pool ${match[1] ?? match[2]}`;
}

/** The mail does not tell how bad an alert is; its words do, and at the least it is a warning. */
function verdict(
  event: Alerts["event"],
  words: string,
): Pick<Finding, "severity" | "state"> {
  if (event === "ALERT_CLEARED") return { severity: "info", state: "ok" };
  if (event === "TEST") return { severity: "info", state: "info" };
  const { severity, state } = judge(words);
  if (event === undefined) return { severity, state };
  return { severity: severity === "info" ? "warning" : severity, state: "problem" };
}
