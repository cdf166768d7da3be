/**
 * The pack for Proxmox VE and Proxmox Backup Server. Their subjects say what became of it; the text
 * quotes logs of guests and is looked at for nothing but the test and the link of the last line.
 *
 * @see src/templates in pve-manager's and proxmox-backup's source; before 8.1 PVE/VZDump.pm
 * @module
 */

import { type Finding, httpLink, reading } from "./finding.ts";
import { domainOf, isHostName } from "./hosts.ts";
import type { MailView, Pack, Reading } from "./pack.ts";

const BAD = { severity: "error", state: "problem" } as const;
const GOOD = { severity: "info", state: "ok" } as const;
const NEUTRAL = { severity: "info", state: "info" } as const;

/** One kind of mail; a kind that succeeds or fails has the group `result`. */
interface Kind {
  readonly event: string;
  readonly object: string;
  readonly pattern: RegExp;
  readonly verdict?: Pick<Finding, "severity" | "state">;
}

const KINDS: readonly Kind[] = [
  {
    event: "BACKUP",
    object: "backup",
    // Before 8.1 with a blank before the colon.
    pattern:
      /^vzdump backup status \((?<host>[^\s()]{1,253})\) ?: backup (?<result>successful|failed)(?:: (?<reason>.{1,500}))?$/,
  },
  {
    event: "REPLICATION",
    object: "replication",
    pattern: /^Replication Job: '?(?<job>[^\s']{1,64})'? (?<result>failed)$/,
  },
  {
    event: "PACKAGES_AVAILABLE",
    object: "packages",
    pattern: /^New software packages available \((?<host>[^\s()]{1,253})\)$/,
    verdict: NEUTRAL,
  },
  {
    event: "FENCE",
    object: "cluster",
    pattern: /^FENCE: Try to fence node '(?<node>[^\s']{1,253})'$/,
    verdict: { severity: "critical", state: "problem" },
  },
  {
    event: "FENCE_SUCCEEDED",
    object: "cluster",
    pattern: /^SUCCEED: fencing: acknowledged - got agent lock for node '(?<node>[^\s']{1,253})'$/,
    verdict: { severity: "warning", state: "problem" },
  },
  datastore("GARBAGE_COLLECT", "Garbage Collect Datastore"),
  datastore("VERIFY", "Verify Datastore"),
  datastore("PRUNE", "Prun(?:e|ing) [Dd]atastore"),
  datastore("SYNC", "Sync remote '(?<remote>[^']{1,64})' datastore"),
  datastore("TAPE_BACKUP", "Tape Backup '?(?<job>[^\\s']{1,64})'? datastore"),
];

/** The whole text of a test, in every language that templates speak: one. */
const TEST = /^\s{0,20}This is a test of the notification target '([^'\n]{1,100})'/;

/** Proxmox Backup Server's last words. */
const LINK =
  /web interface for (?:further|more) details:\s{1,8}<?(https:\/\/[^\s<>]{1,500})>?\s{0,20}$/;

/** Reads what Proxmox' products send. */
export const proxmoxPack: Pack = {
  name: "proxmox",
  fields: ["reason", "job", "node", "datastore", "remote", "target"],
  events: [...KINDS.flatMap(eventsOf), "TEST_NOTIFICATION"],
  read,
};

async function read(mail: MailView): Promise<Reading | null> {
  const subject = mail.subject ?? "";
  for (const kind of KINDS) {
    const groups = kind.pattern.exec(subject)?.groups;
    if (groups !== undefined) return await found(mail, kind, groups);
  }
  if (subject !== "Test notification") return null;
  const target = TEST.exec(await mail.text())?.[1];
  if (target === undefined) return null;
  return reading("proxmox", mail, {
    event: "TEST_NOTIFICATION",
    ...NEUTRAL,
    title: `Test of the notification target ${target}`,
    about: [senderHost(mail) ?? "", "test"],
    details: { host: senderHost(mail), target },
  });
}

async function found(
  mail: MailView,
  kind: Kind,
  groups: Readonly<Record<string, string | undefined>>,
): Promise<Reading> {
  const { result, reason, job, node, datastore, remote } = groups;
  const host = groups.host ?? node ?? senderHost(mail);
  const object = datastore ?? job ?? kind.object;
  // The log of a virtual machine may say anything, but not after Proxmox' own last line.
  const link = datastore === undefined
    ? undefined
    : LINK.exec((await mail.text()).slice(-700))?.[1];
  return reading("proxmox", mail, {
    event: result === undefined ? kind.event : `${kind.event}_${result.toUpperCase()}`,
    ...(kind.verdict ?? (result === "failed" ? BAD : GOOD)),
    title: mail.subject ?? "",
    about: [host ?? "", kind.event.toLowerCase(), object === kind.object ? "" : object],
    details: { host, object, reason, job, node, datastore, remote, link: httpLink(link) },
  });
}

/** `Proxmox Backup Server - pbs1 <root@…>`, else the address' domain. */
function senderHost({ from }: MailView): string | undefined {
  const named = /^Proxmox (?:VE|Backup Server) - (\S{1,253})$/.exec(from.name)?.[1];
  return named !== undefined && isHostName(named) ? named : domainOf(from.address);
}

function eventsOf({ event, verdict, pattern }: Kind): readonly string[] {
  if (verdict !== undefined) return [event];
  const both = pattern.source.includes("successful");
  return both ? [`${event}_SUCCESSFUL`, `${event}_FAILED`] : [`${event}_FAILED`];
}

function datastore(event: string, words: string): Kind {
  const pattern = new RegExp(`^${words} '(?<datastore>[^']{1,64})' (?<result>successful|failed)$`);
  return { event, object: "datastore", pattern };
}
