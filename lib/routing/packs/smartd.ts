/**
 * The pack for smartd, through its warning script or a `mail` command. The subject has the kind of
 * fault and the host, the text the disk. Letters of drives change from boot to boot: the serial
 * number makes the fingerprint where there is one.
 *
 * @see smartd.cpp and smartd_warning.sh in smartmontools' source
 * @module
 */

import { eventOf } from "./event_words.ts";
import { type Finding, reading } from "./finding.ts";
import type { MailView, Pack, Reading } from "./pack.ts";

/** What each kind of fault means. */
const KINDS: ReadonlyMap<string, Pick<Finding, "severity" | "state">> = new Map([
  ["EmailTest", { severity: "info", state: "info" }],
  ["Health", { severity: "critical", state: "problem" }],
  ["Usage", { severity: "warning", state: "problem" }],
  ["SelfTest", { severity: "error", state: "problem" }],
  ["ErrorCount", { severity: "warning", state: "problem" }],
  ["FailedHealthCheck", { severity: "error", state: "problem" }],
  ["FailedReadSmartData", { severity: "error", state: "problem" }],
  ["FailedReadSmartErrorLog", { severity: "error", state: "problem" }],
  ["FailedReadSmartSelfTestLog", { severity: "error", state: "problem" }],
  ["FailedOpenDevice", { severity: "error", state: "problem" }],
  ["CurrentPendingSector", { severity: "error", state: "problem" }],
  ["OfflineUncorrectableSector", { severity: "error", state: "problem" }],
  ["Temperature", { severity: "warning", state: "problem" }],
]);

const SUBJECT = /^SMART error \(([A-Za-z]{4,40})\) detected on host: ([^\s:]{1,253})$/;

/** The warning itself, after the script's own sentence. */
const WARNING =
  /The following warning\/error was logged by the smartd daemon:\s{1,8}(?:Device: (\/\S{1,255}|\S{1,64})(?: \[[^\]\n]{1,64}\])?, ([^\n]{1,500})|TEST EMAIL from smartd for device: (\S{1,255}))/;

/** `WDC WD40EFRX-68N32N0, S/N:WD-…, WWN:…, FW:…, 4.00 TB`. */
const DISK = /\nDevice info:\n([^,\n]{1,100}),(?: \[[^\]\n]{1,80}\],)? S\/N: ?([^\s,]{1,64})/;

/** Reads smartd's warnings. */
export const smartdPack: Pack = {
  name: "smartd",
  fields: ["failType", "device", "problem", "model", "serial"],
  events: [...KINDS.keys()].map(eventOf),
  read,
};

async function read(mail: MailView): Promise<Reading | null> {
  const [, failType = "", host = ""] = SUBJECT.exec(mail.subject ?? "") ?? [];
  const verdict = KINDS.get(failType);
  if (verdict === undefined) return null;
  const text = await mail.text();
  const [, warned, problem, tested] = WARNING.exec(text) ?? [];
  const [, model, serial] = DISK.exec(text) ?? [];
  const device = warned ?? tested;
  return reading("smartd", mail, {
    event: eventOf(failType),
    ...verdict,
    title: `${host}: ${[device, problem ?? failType].filter(Boolean).join(": ")}`,
    about: [host, serial ?? device ?? "", failType],
    details: { host, object: device, failType, device, problem, model, serial },
  });
}
