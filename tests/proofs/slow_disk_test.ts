/**
 * A disk whose every sync takes 50 ms: mail waits for it, and nobody else does.
 *
 * @module
 */

import assert from "node:assert/strict";
import { startCountingSink } from "../support/counting_sink.ts";
import { passThrough } from "../support/configuration.ts";
import { percentile, tell } from "../support/figures.ts";
import { LoadSender, sendLoad } from "../support/load_sender.ts";
import { startProgram } from "../support/program.ts";
import { holdsInARound, most } from "../support/rounds.ts";
import { STORE } from "../support/store_reading.ts";
import { attachStrace } from "../support/strace.ts";
import { toolPath } from "../support/tools.ts";
import { until } from "../support/wait.ts";

/** What is to hold, in ms; otherwise so many times what the disk as it is makes of the same load. */
const NOOP_MS = 10;
const TIMES_QUICK = 3;
const SYNC_MS = 50;
const NOOPS = 1_000;
/** A program that fails is measured no longer than this, in ms. */
const LONGEST_MS = 15_000;
const PAUSE_MS = 5;
const SENDERS = 20;
/** Longer than anybody waits, in ms: what ends meanwhile has not waited for the disk. */
const HANG_MS = 600_000;
const END_MS = 120_000;

Deno.test(`while a sync takes ${SYNC_MS} ms, NOOP on other sessions takes < ${NOOP_MS} ms at p99`, () =>
  holdsInARound(async () => {
    const quick = await measure("as it is");
    const slow = await measure("slow");
    const answer = percentile(slow.answers, 0.5);
    tell(
      `${slow.answers.length} mails meanwhile, the median answered after ${answer.toFixed(0)} ms`,
    );
    // Otherwise the syncs were not slow, and nothing is shown.
    assert.ok(answer >= SYNC_MS, `mails were answered after ${answer} ms`);
    return [{
      name: "NOOP at p99, ms",
      value: percentile(slow.noops, 0.99),
      most: most(NOOP_MS, percentile(quick.noops, 0.99), TIMES_QUICK),
    }];
  }));

Deno.test("a disk that hangs does not keep the program from ending", async () => {
  await using sink = await startCountingSink();
  await using program = await startProgram(passThrough(sink.port, "ack: queued"));
  const log = `${program.folder}/${STORE}/queue.db-wal`;
  const { size: before } = await Deno.stat(log);
  using sender = new LoadSender(program.port);
  let answer;
  {
    const calls = ["fsync", "fdatasync"];
    const hang = `${calls.join()}:delay_enter=${HANG_MS * 1_000}`;
    await using _ = await attachStrace(program.pid, { calls, inject: [hang] });
    answer = sender.send({ id: "hang-1" });
    await until(() => Deno.statSync(log).size > before, {
      what: "the mail on its way to the disk",
    });
    const signalled = performance.now();
    program.signal("SIGTERM");
    const ended = () => / app stopped/.test(program.log());
    await until(ended, { what: "the end of the program", withinMs: END_MS });
    tell(`ended ${Math.round(performance.now() - signalled)} ms after the signal`);
    // The kernel keeps the process for as long as strace holds one of its threads.
  }
  assert.equal(await program.exit(), 0);
  const told = await answer;
  assert.ok(told.kind !== "answered" || !told.taken, "its sync has not come back");
});

/** How long the answers to NOOP and to the end of data took, in ms. */
async function measure(
  disk: "slow" | "as it is",
): Promise<{ readonly noops: number[]; readonly answers: number[] }> {
  const noops: number[] = [];
  const answers: number[] = [];
  const trace = await Deno.makeTempFile({ prefix: "strace-" });
  try {
    await using sink = await startCountingSink();
    await using program = await startProgram(passThrough(sink.port, "ack: queued"), {
      under: disk === "slow" ? slowSyncs(trace) : [],
    });
    let number = 0;
    let going = true;
    const senders = sendLoad({
      port: program.port,
      senders: SENDERS,
      next: () => going ? { id: `sync-${number++}` } : null,
      answered: (mail, answer) => {
        assert.equal(answer.kind, "answered", mail.id);
        if (answer.kind === "answered") answers.push(answer.tookMs);
      },
    });
    const measured = sayNoop(program.port, noops).finally(() => going = false);
    await Promise.all([senders, measured]);
    assert.equal(await program.stop(), 0);
    return { noops, answers };
  } finally {
    await Deno.remove(trace);
  }
}

/** Says NOOP on a few sessions in turn, which send no mail. */
async function sayNoop(port: number, took: number[]): Promise<void> {
  using sessions = new DisposableStack();
  const others = Array.from({ length: 4 }, () => sessions.use(new LoadSender(port)));
  // The first one of each connects.
  for (const other of others) await other.noop();
  const began = performance.now();
  while (took.length < NOOPS && performance.now() - began < LONGEST_MS) {
    for (const other of others) {
      const answer = await other.noop();
      assert.ok(answer.kind === "answered" && answer.taken, JSON.stringify(answer));
      took.push(answer.tookMs);
    }
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
}

/** Only the syncs stop for strace; it is the program's grandchild, so the process id is ours. */
function slowSyncs(trace: string): readonly string[] {
  const syncs = "fsync,fdatasync";
  const delay = `inject=${syncs}:delay_exit=${SYNC_MS * 1_000}`;
  const options = ["-D", "-f", "--seccomp-bpf", "-o", trace];
  return [toolPath("strace"), ...options, "-e", `trace=${syncs}`, "-e", delay];
}
