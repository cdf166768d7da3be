/**
 * The table of packs, and who reads a mail.
 *
 * @module
 */

import { alertmanagerPack } from "./alertmanager.ts";
import { apcCardPack } from "./apc_card.ts";
import { apcupsdPack } from "./apcupsd.ts";
import { cronPack } from "./cron.ts";
import { fail2banPack } from "./fail2ban.ts";
import { genericPack } from "./generic.ts";
import { gitlabPack } from "./gitlab.ts";
import { gocdPack } from "./gocd.ts";
import { grafanaPack } from "./grafana.ts";
import { icingaPack } from "./icinga.ts";
import { jenkinsPack } from "./jenkins.ts";
import { logwatchPack } from "./logwatch.ts";
import { mdadmPack } from "./mdadm.ts";
import { nagiosPack } from "./nagios.ts";
import { nutPack } from "./nut.ts";
import { COMMON_FIELDS, type MailView, type Pack, type Reading } from "./pack.ts";
import { proxmoxPack } from "./proxmox.ts";
import { smartdPack } from "./smartd.ts";
import { synologyPack } from "./synology.ts";
import { truenasPack } from "./truenas.ts";
import { unattendedUpgradesPack } from "./unattended_upgrades.ts";
import { veeamPack } from "./veeam.ts";
import { zabbixPack } from "./zabbix.ts";

/**
 * Every pack, the one with the surest signs first. They are to be told apart by their signs, not by
 * this order, which is for what somebody forges; the generic one takes everything and is the last.
 */
export const BUILT_IN: readonly Pack[] = [
  gocdPack,
  jenkinsPack,
  gitlabPack,
  mdadmPack,
  smartdPack,
  cronPack,
  proxmoxPack,
  apcupsdPack,
  unattendedUpgradesPack,
  fail2banPack,
  icingaPack,
  nagiosPack,
  logwatchPack,
  zabbixPack,
  truenasPack,
  nutPack,
  alertmanagerPack,
  grafanaPack,
  veeamPack,
  synologyPack,
  apcCardPack,
  genericPack,
];

/** What a manager's `type` may be, packs of the operator aside; `mail`: whichever pack fits. */
export const PACK_TYPES: readonly string[] = ["mail", ...BUILT_IN.map(({ name }) => name)];

/** Every field that a built-in pack may find. */
export const ALL_FIELDS: readonly string[] = unique([
  ...COMMON_FIELDS,
  ...BUILT_IN.flatMap(({ fields }) => fields),
]);

/** Every event that a built-in pack may report. */
export const ALL_EVENTS: readonly string[] = unique(BUILT_IN.flatMap(({ events }) => events));

/** Fields that the pack of this name may find; `mail` and names of operators' packs: those of all. */
export function fieldsOf(type: string): readonly string[] {
  const pack = BUILT_IN.find(({ name }) => name === type);
  return pack === undefined ? ALL_FIELDS : unique([...COMMON_FIELDS, ...pack.fields]);
}

/** Events that the pack of this name reports; `mail` and names of operators' packs: those of all. */
export function eventsOf(type: string): readonly string[] {
  return BUILT_IN.find(({ name }) => name === type)?.events ?? ALL_EVENTS;
}

/**
 * The packs that read the mails of a manager, in order.
 *
 * @param type The manager's type: the pack of that name reads first.
 * @param own The operator's packs, which read before the built-in ones.
 */
export function packsFor(type: string, own: readonly Pack[]): readonly Pack[] {
  const isNamed = ({ name }: Pack) => name === type;
  const isOther = (pack: Pack) => !isNamed(pack);
  return [own, BUILT_IN].flatMap((packs) => [...packs.filter(isNamed), ...packs.filter(isOther)]);
}

/** Reads a mail with the first pack that knows it; the generic one when none does. */
export async function recognise(view: MailView, packs: readonly Pack[]): Promise<Reading> {
  for (const pack of packs) {
    const found = await pack.read(view);
    if (found !== null) return found;
  }
  return await genericPack.read(view) ?? { fields: { source: genericPack.name } };
}

function unique(names: readonly string[]): readonly string[] {
  return [...new Set(names)];
}
