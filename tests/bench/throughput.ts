/**
 * `deno task bench`: how many mails a second the program takes, against Postfix and `smtp-sink` in
 * the same run on the same machine. Ends with exit code 1 when a ratio is below its floor.
 *
 * Runs of the two alternate, so that what else the machine does strikes both; a ratio is the median
 * over the pairs. All are started once and see a warm-up before anything counts.
 *
 * `--mails N` and `--pairs N` make it shorter or longer (10,000 and 3 when absent).
 *
 * @module
 */

import { type Load, loadOf, sendLoad } from "./load.ts";
import { measurePairs, type Pairs } from "./pairs.ts";
import { passThrough } from "../support/configuration.ts";
import { freePort } from "../support/ports.ts";
import { startPostfix } from "../support/postfix.ts";
import { type Program, startProgram } from "../support/program.ts";
import { startSmtpSink } from "../support/smtp_sink.ts";

/** One row of the table. */
interface Row {
  readonly what: string;
  readonly peer: string;
  /** The lowest ratio that passes. */
  readonly floor: number;
  readonly measured: Pairs;
  /** Largest resident memory of the program, in MiB. */
  readonly peakMiB: number;
}

/** A manager that takes every mail to the recipient of the load; nothing is kept or remembered. */
const DISCARDING = `
local-smtp: 127.0.0.1:0
remote-smtp: 127.0.0.1:9
history: {keep: 0s}
duplicates: {window: 0s}
managers:
  - name: mail
    messages-we-want: {to: bench@example.org}
    rules:
      - actions: [discard]
        filter: {function: mail.in_subject, args: [no such word]}
    otherwise: [discard]
`;

/** Each mail has a Message-ID of its own, so that none is taken for one that came before. */
async function relayEndToEnd(ack: "relayed" | "queued", load: Load): Promise<Row> {
  await using ours = await startSmtpSink();
  await using theirs = await startSmtpSink();
  await using program = await startProgram(passThrough(ours.port, `ack: ${ack}`));
  await using postfix = await startPostfix({ relayTo: theirs.port });
  const measured = await measurePairs({
    ours: (mails) => sendLoad({ port: program.port, mails, arrived: ours.count }),
    theirs: (mails) => sendLoad({ port: postfix.port, mails, arrived: theirs.count }),
    load,
  });
  const row = { what: `relay end to end, ack: ${ack}`, peer: "Postfix", floor: 3, measured };
  return { ...row, peakMiB: await end(program) };
}

async function acceptOnly(load: Load): Promise<Row> {
  await using sink = await startSmtpSink({ counts: false });
  // smtp-sink keeps nothing and writes no log, so neither do we here: a line a mail costs about a
  // fifth of the rate, and a journal is work for a disk.
  const quietPort = freePort();
  const configuration = DISCARDING.replace("127.0.0.1:0", `127.0.0.1:${quietPort}`);
  const env = { LOGLEVEL: "WARNING" };
  await using program = await startProgram(configuration, { env, quietPort });
  const measured = await measurePairs({
    ours: (mails) => sendLoad({ port: program.port, mails }),
    theirs: (mails) => sendLoad({ port: sink.port, mails }),
    // Short runs, of which more are to be had.
    load: { ...load, pairs: 3 * load.pairs },
  });
  const what = "accept only, nothing kept";
  const row = { what, peer: "smtp-sink", floor: 0.7, measured };
  return { ...row, peakMiB: await end(program) };
}

/** Stops the program; says how large it was. */
async function end(program: Program): Promise<number> {
  const status = await Deno.readTextFile(`/proc/${program.pid}/status`);
  const exit = await program.stop();
  if (exit !== 0) throw new Error(`The program ended with exit code ${exit}: ${program.log()}`);
  return Math.round(Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1]) / 1024);
}

function print(line: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`));
}

function printRow({ what, peer, floor, measured, peakMiB }: Row): void {
  const { ours, theirs, ratio, ratios } = measured;
  const rates = `${Math.round(ours)} mails/s, ${peer} ${Math.round(theirs)} mails/s`;
  const verdict = `${ratio.toFixed(2)} times (at least ${floor}): ${
    ratio >= floor ? "ok" : "TOO SLOW"
  }`;
  print(`${what.padEnd(32)} ${rates}, ${verdict}`);
  const pairs = ratios.map((one) => one.toFixed(2)).join(" ");
  print(`${"".padEnd(32)} ratios of the pairs: ${pairs}; peak memory ${peakMiB} MiB`);
}

async function main(): Promise<number> {
  const load = loadOf(Deno.args);
  print(`${load.mails} mails of 2 KB, 20 sessions, one mail a connection, ${load.pairs} pairs`);
  print("accept only: to discard, without log, journal (history: {keep: 0s}) and memory of mails");
  print("(duplicates: {window: 0s}), as smtp-sink has none\n");
  const measures = [
    () => relayEndToEnd("relayed", load),
    () => relayEndToEnd("queued", load),
    () => acceptOnly(load),
  ];
  let fast = true;
  for (const measure of measures) {
    const row = await measure();
    printRow(row);
    fast &&= row.measured.ratio >= row.floor;
  }
  return fast ? 0 : 1;
}

if (import.meta.main) Deno.exit(await main());
