/**
 * A disk that is full or cannot be written to: notifiers hear of it at once and keep their mail,
 * the program lives, and takes mail again by itself once it can.
 *
 * @module
 */

import assert from "node:assert/strict";
import { join } from "node:path";
import { type CountingSink, startCountingSink } from "../support/counting_sink.ts";
import { passThrough } from "../support/configuration.ts";
import { percentile, tell } from "../support/figures.ts";
import { type Answer, LoadSender } from "../support/load_sender.ts";
import { type Program, startProgram } from "../support/program.ts";
import { holdsInARound, most } from "../support/rounds.ts";
import { attachStrace } from "../support/strace.ts";
import { type Disk, mountDisk } from "../support/tmpfs.ts";
import { until } from "../support/wait.ts";

/** What is to hold, in ms; otherwise so many times what a connection and a NOOP need meanwhile. */
const REFUSED_MS = 1_000;
const TIMES_NOOP = 20;
/** Longest wait for mail to be taken again, in ms. */
const BACK_MS = 60_000;
const DISK_MIB = 2;
const IN_A_ROW = 5;

/** What a database asks of a disk when it writes; sockets are served by other calls. */
const WRITES = ["pwrite64", "ftruncate", "fsync", "fdatasync"] as const;

const spaces = ["0MB", "400kB"] as const;

for (const minFree of spaces) {
  Deno.test(`a full disk gets 452, and mail is taken again once a foreign file is gone, min-free: ${minFree}`, async () => {
    await using sink = await startCountingSink();
    await using disk = await mountDisk(DISK_MIB);
    await using program = await start({ disk, sink, minFree });
    assert.match(await send(program), /^250 /);
    await disk.fill();
    await refused(program, /^452 4\.3\.1 /);
    await lives(program);
    await disk.free();
    await back(program);
    assert.equal(await program.stop(), 0);
  });

  Deno.test(`a disk full of queued mail gets 452, and mail is taken again once they are delivered, min-free: ${minFree}`, async () => {
    await using sink = await startCountingSink({ shut: true });
    await using disk = await mountDisk(DISK_MIB);
    await using program = await start({ disk, sink, minFree });
    const taken = await fillWithMail(program);
    await refused(program, /^452 4\.3\.1 /);
    await sink.open();
    const all = async () => (await sink.counts()).mails >= taken.length;
    await until(all, { what: `${taken.length} mails at the mail server`, withinMs: 180_000 });
    await back(program);
    const { copies, damaged } = await sink.report();
    tell(`${taken.length} mails filled the disk; ${(await sink.counts()).copies} copies arrived`);
    assert.deepEqual(taken.filter((id) => copies[id]?.length !== 1), []);
    assert.deepEqual(damaged, []);
    assert.equal(await program.stop(), 0);
  });
}

Deno.test("a read-only store gets 451, and mail is taken once it can be written", async () => {
  await using sink = await startCountingSink();
  await using disk = await mountDisk(DISK_MIB);
  await disk.remount("ro");
  await using program = await start({ disk, sink, minFree: "0MB" });
  await refused(program, /^451 4\.3\.0 /);
  await lives(program);
  await disk.remount("rw");
  await back(program);
  assert.equal(await program.stop(), 0);
});

for (const error of ["EROFS", "EIO"] as const) {
  Deno.test(`a disk that says ${error} while the program runs gets 451, and mail is taken once it is over`, async () => {
    await using sink = await startCountingSink();
    await using disk = await mountDisk(DISK_MIB);
    await using program = await start({ disk, sink, minFree: "0MB" });
    assert.match(await send(program), /^250 /);
    {
      await using strace = await attachStrace(program.pid, {
        calls: WRITES,
        inject: WRITES.map((call) => `${call}:error=${error}`),
      });
      await refused(program, /^451 4\.3\.0 /);
      await lives(program);
      await strace.stop();
    }
    await back(program);
    assert.equal(await program.stop(), 0);
  });
}

interface Parts {
  readonly disk: Disk;
  readonly sink: CountingSink;
  readonly minFree: string;
}

function start({ disk, sink, minFree }: Parts): Promise<Program> {
  return startProgram(passThrough(
    sink.port,
    [
      "ack: queued",
      `store: {path: ${join(disk.path, "store")}, min-free: ${minFree}}`,
      "queue: {first-retry: 200ms, max-retry: 1s}",
    ].join("\n"),
  ));
}

let number = 0;

/** Sends a mail of its own; the reply that decided. */
async function send({ port }: Program): Promise<string> {
  using sender = new LoadSender(port);
  return said(await sender.send({ id: `disk-${number++}`, bodyOctets: 10_000 }));
}

function said(answer: Answer): string {
  return answer.kind === "answered" ? answer.reply : answer.kind;
}

/** Every mail is refused, not just the first, and soon. */
async function refused(program: Program, expected: RegExp): Promise<void> {
  await holdsInARound(async () => {
    const took: number[] = [];
    for (let times = 0; times < IN_A_ROW; times++) {
      const began = performance.now();
      assert.match(await send(program), expected);
      took.push(performance.now() - began);
    }
    const asked = performance.now();
    await lives(program);
    const control = performance.now() - asked;
    return [{
      name: "refused after, median, ms",
      value: percentile(took, 0.5),
      most: most(REFUSED_MS, control, TIMES_NOOP),
    }];
  });
}

/** Takes mail again for good: several in a row. */
async function back(program: Program): Promise<void> {
  const began = performance.now();
  let row = 0;
  const taken = async () => {
    row = (await send(program)).startsWith("250 ") ? row + 1 : 0;
    return row === IN_A_ROW;
  };
  const what = `${IN_A_ROW} mails in a row that are taken again`;
  await until(taken, { what, withinMs: BACK_MS, everyMs: 50 });
  tell(`mail was taken again ${Math.round(performance.now() - began)} ms after it could be`);
}

/** Sends until the disk is full; the ids that were taken. */
async function fillWithMail({ port }: Program): Promise<string[]> {
  using sender = new LoadSender(port);
  const taken: string[] = [];
  // Ten times what can fit.
  for (let times = 0; times < DISK_MIB * 1_000; times++) {
    const id = `filling-${times}`;
    const answer = said(await sender.send({ id, bodyOctets: 10_000 }));
    if (!answer.startsWith("250 ")) {
      assert.match(answer, /^452 4\.3\.1 /);
      return taken;
    }
    taken.push(id);
  }
  throw new Error(`The disk of ${DISK_MIB} MiB took ${taken.length} mails of 10 kB`);
}

async function lives({ port }: Program): Promise<void> {
  using sender = new LoadSender(port);
  assert.match(said(await sender.noop()), /^250 /);
}
