/**
 * The mails of the demo, and what must become of each: the table that the summary is held against.
 *
 * @module
 */

import {
  adminMessage,
  cronMessage,
  logwatchMessage,
  raidMessage,
  stageMessage,
  type StageWord,
} from "./messages.ts";

/** A mail that the demo sends. */
export interface Sample {
  /** What it shows, for people: at most 42 characters. */
  readonly title: string;
  /** Its reverse-path. */
  readonly from: string;
  /** Its forward-paths; at least one. */
  readonly to: readonly string[];
  /** Its octets, CR LF throughout. */
  readonly message: Uint8Array;
  /** What must become of it. */
  readonly expected: Expectation;
}

/** What must become of a mail. */
export interface Expectation {
  /** The code of the reply that the notifier gets. */
  readonly code: number;
  /** Who must find it in the mailbox, once each, and nobody else. */
  readonly recipients: readonly string[];
  /** Whether every octet must arrive as it was sent, the header fields included. */
  readonly unchanged: boolean;
  /** Who must get a notice that somebody did not get it; absent: nobody. */
  readonly told?: string;
}

/** A recipient that the demo's mail server does not know. */
export const RETIRED = "retired@example.com";

const TEAM = "team@example.com";
const RELEASE = "release@example.com";
const SYS = "sys@example.com";
const OP = "op@example.com";
const NAS = "root@nas.example.com";

/** Makes the mails, in the order in which they are sent: each one is history for the next. */
export function createSamples(): readonly Sample[] {
  return [...stageSamples(), ...adminSamples(), ...fleetSamples(), ...foreignSamples()];
}

function stageSamples(): readonly Sample[] {
  const shop = { pipeline: "shop", stage: "build" };
  const spike = { pipeline: "spike", stage: "build" };
  const release = { pipeline: "shop-release-1.2", counter: 7, stage: "deploy" };
  const billing = { pipeline: "billing", counter: 118, stage: "test" };
  return [
    stage("A pipeline of my-group breaks", { ...shop, counter: 41 }, "is broken", [TEAM]),
    stage("It is fixed", { ...shop, counter: 42 }, "is fixed", [TEAM]),
    stage("It passes: no news, no mail", { ...shop, counter: 43 }, "passed", []),
    stage("A release of the same pipeline breaks", release, "is broken", [TEAM, RELEASE]),
    stage("A pipeline outside my-group breaks", { ...spike, counter: 8 }, "is broken", []),
    stage("It is fixed, which no rule asks for", { ...spike, counter: 9 }, "is fixed", []),
    stage("It passes again", { ...spike, counter: 10 }, "passed", []),
    stage("GoCD says passed, history says fixed", billing, "passed", [TEAM]),
    stage("Somebody cancels a stage", { ...shop, counter: 44 }, "is cancelled", [OP]),
  ];
}

function stage(
  title: string,
  run: Parameters<typeof stageMessage>[0],
  word: StageWord,
  recipients: readonly string[],
): Sample {
  return {
    title,
    from: "go@example.com",
    to: ["mail2alert@example.com"],
    message: stageMessage(run, word),
    expected: { code: 250, recipients, unchanged: false },
  };
}

function adminSamples(): readonly Sample[] {
  const sent = { from: "go@example.com", to: ["admin@example.com"] };
  const sample = (
    title: string,
    subject: string,
    { line, recipients }: { readonly line: string; readonly recipients: readonly string[] },
  ): Sample => ({
    ...sent,
    title,
    message: adminMessage(subject, [line]),
    expected: { code: 250, recipients, unchanged: false },
  });
  return [
    sample("The backup of GoCD succeeds", "Server Backup Completed Successfully", {
      line: "Backup of the Go server at '10.0.0.5' was successfully completed.",
      recipients: [],
    }),
    sample("The backup of GoCD fails", "Server Backup Failed", {
      line: "Backup of the Go server at '10.0.0.5' has failed. Reason: No space left on device",
      recipients: [SYS, OP],
    }),
    sample(
      "Its disk is nearly full",
      "Low artifacts disk space warning message from Go Server at 10.0.0.5",
      { line: "Go has less than 1024M of disk space available.", recipients: [SYS] },
    ),
  ];
}

/** Mails about hosts: who owns them is looked up. */
function fleetSamples(): readonly Sample[] {
  const sent = { to: ["alerts@example.com"] };
  return [
    {
      ...sent,
      title: "A RAID loses a disk: its owner is looked up",
      from: NAS,
      message: raidMessage("alerts@example.com", "nas"),
      expected: { code: 250, recipients: ["storage@example.com"], unchanged: false },
    },
    {
      ...sent,
      title: "The same on a host that nobody owns",
      from: "root@attic.example.com",
      message: raidMessage("alerts@example.com", "attic"),
      expected: { code: 250, recipients: [OP], unchanged: false },
    },
  ];
}

/** Mails that no manager wants. */
function foreignSamples(): readonly Sample[] {
  return [
    {
      title: "A mail of cron, which no manager wants",
      from: "root@db1.example.com",
      to: ["dba@example.com"],
      message: cronMessage(),
      expected: { code: 250, recipients: ["dba@example.com"], unchanged: true },
    },
    {
      title: "An 8-bit mail of logwatch",
      from: "logwatch@files.example.com",
      to: ["sysadmin@example.com"],
      message: logwatchMessage(),
      expected: { code: 250, recipients: ["sysadmin@example.com"], unchanged: true },
    },
    {
      title: "The mail server refuses one of two",
      from: NAS,
      to: [OP, RETIRED],
      message: raidMessage("op@example.com, retired@example.com", "nas"),
      expected: { code: 250, recipients: [OP], unchanged: true, told: NAS },
    },
  ];
}
