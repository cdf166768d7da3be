/**
 * The mail server is down while thousands of mails arrive, then comes back: nothing is lost,
 * nothing comes twice, the queue drains fast, and memory stays bounded.
 *
 * @module
 */

import assert from "node:assert/strict";
import { type CountingSink, startCountingSink } from "../support/counting_sink.ts";
import { passThrough } from "../support/configuration.ts";
import { peakMemoryMiB, tell } from "../support/figures.ts";
import { sendLoad } from "../support/load_sender.ts";
import { plainForwarding } from "../support/plain_forwarding.ts";
import { startProgram } from "../support/program.ts";
import { type Figure, holdsInARound, most } from "../support/rounds.ts";
import { until } from "../support/wait.ts";

const MAILS = 20_000;
const SENDERS = 20;
/** What is to hold; otherwise so many times what the control of the same round needs. */
const DRAINED_PER_SECOND = 1_000;
const TIMES_PLAIN = 5;
const MEMORY_MIB = 300;
const TIMES_MEMORY = 1.2;

for (const ack of ["queued", "relayed"] as const) {
  Deno.test(`${MAILS} mails outlast a mail server that is down, ack: ${ack}`, () =>
    holdsInARound(() => outlast(ack)));
}

type Ack = "queued" | "relayed";

/** One outage: nothing is lost and nothing comes twice; what it cost. */
async function outlast(ack: Ack): Promise<Figure[]> {
  await using sink = await startCountingSink({ shut: true });
  await using program = await startProgram(configure(ack, sink));
  const began = performance.now();
  await fill(program.port);
  const filled = performance.now() - began;
  const plain = await plainForwarding(program.folder);
  await sink.open();
  const perSecond = await drain(sink);
  const peakMiB = peakMemoryMiB(program.pid);
  tell(
    `${MAILS} mails taken at ${rate(filled)}/s, drained at ${Math.round(perSecond)}/s, ` +
      `straight to a mail server ${Math.round(plain)}/s`,
  );
  await checkOnce(sink);
  assert.equal(await program.stop(), 0);
  // Nothing was left that another try would have to deliver.
  assert.equal((await sink.counts()).copies, MAILS);
  const otherwise = peakMiB > MEMORY_MIB ? await peakWithoutOutage(ack) : 0;
  return [
    {
      name: "1,000 mails drained, ms",
      value: 1e6 / perSecond,
      most: most(1e6 / DRAINED_PER_SECOND, 1e6 / plain, TIMES_PLAIN),
    },
    { name: "peak memory, MiB", value: peakMiB, most: most(MEMORY_MIB, otherwise, TIMES_MEMORY) },
  ];
}

/** The memory that the same mails take on this machine when nothing has to wait. */
async function peakWithoutOutage(ack: Ack): Promise<number> {
  await using sink = await startCountingSink();
  await using program = await startProgram(configure(ack, sink));
  await fill(program.port);
  await drain(sink);
  const peakMiB = peakMemoryMiB(program.pid);
  tell(`peak memory without an outage ${peakMiB} MiB`);
  return peakMiB;
}

function configure(ack: Ack, { port }: CountingSink): string {
  return passThrough(port, `ack: ${ack}\nqueue: {first-retry: 500ms, max-retry: 2s}`);
}

async function fill(port: number): Promise<void> {
  let number = 0;
  await sendLoad({
    port,
    senders: SENDERS,
    next: () => number < MAILS ? { id: `outage-${number++}` } : null,
    answered: ({ id }, answer) => {
      const reply = answer.kind === "answered" ? answer.reply : answer.kind;
      assert.match(reply, /^250 /, id);
    },
  });
}

/** Waits for the last mail; mails a second from the first one to the last. */
async function drain(sink: CountingSink): Promise<number> {
  const all = async () => {
    const counts = await sink.counts();
    return counts.mails >= MAILS ? counts : null;
  };
  const wait = { what: `${MAILS} mails at the mail server`, withinMs: 300_000, everyMs: 50 };
  const { firstAt, lastAt } = await until(all, wait);
  return (MAILS - 1) / (lastAt - firstAt) * 1_000;
}

async function checkOnce(sink: CountingSink): Promise<void> {
  const { copies, damaged, strangers } = await sink.report();
  const often = Object.entries(copies).filter(([, all]) => all.length !== 1);
  assert.deepEqual(often.slice(0, 10), [], `${often.length} did not come once`);
  assert.equal(Object.keys(copies).length, MAILS);
  assert.deepEqual({ damaged, strangers }, { damaged: [], strangers: 0 });
}

function rate(tookMs: number): number {
  return Math.round(MAILS / tookMs * 1_000);
}
