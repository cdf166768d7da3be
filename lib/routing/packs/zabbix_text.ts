/**
 * The texts of Zabbix' default messages. They quote what was measured (`Operational data`, item
 * values, comments), on as many lines as it has; so host and severity count only in the block at
 * the top, and only while the name in it is that of the subject; the link only on the last line.
 *
 * @module
 */

import { httpLink } from "./finding.ts";
import type { ZabbixEvent, ZabbixSubject } from "./zabbix_subject.ts";

/** What a text says. */
export interface ZabbixText {
  /** Whether it opens with Zabbix' words for this event. */
  readonly recognised: boolean;
  /** The name of the problem, whole, where it begins as in the subject. */
  readonly name?: string | undefined;
  /** The host. */
  readonly host?: string | undefined;
  /** The severity in Zabbix' word: `High`. */
  readonly level?: string | undefined;
  /** Number of the problem, the same in all messages about it. */
  readonly problemId?: string | undefined;
  /** The trigger's URL. */
  readonly link?: string | undefined;
  /** Of an update: what the problem is now, `PROBLEM` or something better. */
  readonly status?: string | undefined;
}

const PROBLEM = /^(?:Problem started at |Trigger: )/;
const RESOLVED = /^(?:Problem has been resolved (?:in .{1,32} )?at |Trigger: )/;
const UPDATE = /^.{0,255} problem at [0-9]{4}[.-][0-9]{2}[.-][0-9]{2} /;

/** How the text opens, by event. */
const OPENINGS: Readonly<Record<ZabbixEvent, RegExp>> = {
  PROBLEM,
  RESOLVED,
  UPDATED: UPDATE,
  ACKNOWLEDGED: UPDATE,
  SERVICE_PROBLEM: /^Service problem started at /,
  SERVICE_RESOLVED: /^Service ".{1,512}" has been resolved at /,
  SERVICE_CHANGED: /^Changed ".{1,512}" service status to /,
  DISCOVERY: /^Discovery rule: /,
  AUTOREGISTRATION: /^Host name: /,
};

/** Lines of the block at the top; with any other line it has ended. */
const BLOCK_LINE =
  /^(Problem name|Service problem name|Service|Original problem ID|Problem duration|Host|Severity|Trigger|Trigger status|Trigger severity|Trigger URL): ?(.{0,2048})$/;

const PROBLEM_ID = /^Original (?:problem|event) ID: ([0-9]{1,20})$/;
const STATUS = /^Current problem status is ([A-Z]{2,16})\b/;

/** An item of the old form, `1. CPU load (web1:system.cpu.load[,avg1]): 7.5`. */
const ITEM = /^1\. .{1,255}\(([^():]{1,128}):[a-z][\w.]{0,127}[[)]/;

/** Reads the lines of a text that say something. */
export function readText(subject: ZabbixSubject, lines: readonly string[]): ZabbixText {
  if (!OPENINGS[subject.event].test(lines[0] ?? "")) return { recognised: false };
  const block = readBlock(lines);
  const name = block.get("Problem name") ?? block.get("Service problem name") ??
    block.get("Trigger");
  const status = lines.map((line) => STATUS.exec(line)?.[1]).findLast((word) => word !== undefined);
  const end = readEnd(lines);
  // The subject may have been cut; a name on two lines is shorter than it.
  if (name?.replace(/\s+/g, " ").startsWith(subject.name) !== true) {
    return { recognised: true, status };
  }
  return {
    recognised: true,
    name: subject.service === undefined ? name : undefined,
    host: block.get("Host") ?? itemHost(lines),
    level: block.get("Severity") ?? block.get("Trigger severity"),
    problemId: block.get("Original problem ID") ?? end.problemId,
    link: httpLink(block.get("Trigger URL")) ?? end.link,
    status,
  };
}

function readBlock(lines: readonly string[]): ReadonlyMap<string, string> {
  const block = new Map<string, string>();
  const start = lines[0]?.startsWith("Trigger: ") ? 0 : 1;
  for (const line of lines.slice(start, start + 6)) {
    const [, key, value = ""] = BLOCK_LINE.exec(line) ?? [];
    if (key === undefined || block.has(key)) break;
    block.set(key, value.trim());
  }
  return block;
}

/** The number of the problem and the URL after it: whatever was measured stands before them. */
function readEnd(lines: readonly string[]): Pick<ZabbixText, "problemId" | "link"> {
  const last = lines.at(-1) ?? "";
  const alone = PROBLEM_ID.exec(last)?.[1];
  if (alone !== undefined) return { problemId: alone };
  const problemId = PROBLEM_ID.exec(lines.at(-2) ?? "")?.[1];
  return problemId === undefined ? {} : { problemId, link: httpLink(last) };
}

function itemHost(lines: readonly string[]): string | undefined {
  const at = lines.indexOf("Item values:");
  const host = at < 0 ? undefined : ITEM.exec(lines[at + 1] ?? "")?.[1];
  return host === "*UNKNOWN*" ? undefined : host;
}
