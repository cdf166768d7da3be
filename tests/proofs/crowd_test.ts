/**
 * Thousands of clients that want nothing: the others are greeted as if there were none, memory stays
 * bounded, and the limits let the crowd go.
 *
 * @module
 */

import assert from "node:assert/strict";
import { makeAuthority, writeCertificate } from "../support/certificates.ts";
import { passThrough } from "../support/configuration.ts";
import { gather } from "../support/crowd.ts";
import { peakMemoryMiB, percentile, restartPeakMiB, tell } from "../support/figures.ts";
import { sendLoad } from "../support/load_sender.ts";
import { OctetInput } from "../support/octet_input.ts";
import { octets } from "../support/octets.ts";
import { type Program, startProgram } from "../support/program.ts";
import { sendRaw } from "../support/raw_client.ts";
import { startRecordingSink } from "../support/recording_sink.ts";
import { holdsInARound, most } from "../support/rounds.ts";
import { connectWithTls } from "../support/tls_client.ts";
import { within } from "../support/wait.ts";

const IDLE = 2_000;
const DRIPS = 200;
/** What is to hold; the greetings: otherwise so many times those of a relay without a crowd. */
const GREETING_MS = 20;
const TIMES_ALONE = 5;
const MORE_MIB = 60;
const GREETINGS = 1_000;
const PAUSE_MS = 5;
const WARM_UP = 3_000;
const ROOM = "connections: 5000, connections-per-peer: 5000";

const TLS_IDLE = 200;
/** Of one session over TLS: the peer's connection, and both ends of the bridge. */
const TLS_DESCRIPTORS = 3;
/** Generous: what the machine's allocator keeps is counted too. */
const TLS_KIB = 400;

/** Limits that let the crowd go soon, in s: well over the second of a drip, should that be late. */
const SHORT = { idle: 10, transaction: 12 };

Deno.test(`${IDLE} idle and ${DRIPS} dripping clients: others are greeted, + ≤ ${MORE_MIB} MiB`, async () => {
  await holdsInARound(async () => {
    await using sink = startRecordingSink();
    const configuration = passThrough(sink.port, `limits: {${ROOM}}`);
    // What a program has once held, it may keep: each round begins with fresh ones.
    await using program = await startProgram(configuration);
    await using other = await startProgram(configuration);
    await warmUp(program);
    await warmUp(other);
    const before = restartPeakMiB(program.pid);
    const connect = () => dial(program.port);
    await using crowd = await gather({ idle: IDLE, drips: DRIPS, connect });
    const { alone, beside } = await greetings(other, program);
    const more = peakMemoryMiB(program.pid) - before;
    assert.equal(crowd.gone, 0, "the crowd was there all the time");
    assert.match(await sendRaw(program.port), /^250 /);
    const p99 = { alone: percentile(alone, 0.99), beside: percentile(beside, 0.99) };
    const name = "greeting at p99, ms";
    return [
      { name, value: p99.beside, most: most(GREETING_MS, p99.alone, TIMES_ALONE) },
      { name: "peak memory more, MiB", value: more, most: MORE_MIB },
    ];
  });
});

Deno.test("the crowd is let go by the limits, drips too, and mail is served", async () => {
  await using sink = startRecordingSink();
  const limits = `idle: ${SHORT.idle}s, transaction: ${SHORT.transaction}s`;
  await using program = await startProgram(passThrough(sink.port, `limits: {${ROOM}, ${limits}}`));
  const began = performance.now();
  await using crowd = await gather({ idle: IDLE, drips: DRIPS, connect: () => dial(program.port) });
  const gathered = performance.now() - began;
  const wait = { what: "the end of the crowd", withinMs: 180_000 };
  const last = await within(crowd.dismissed, wait);
  tell(`gathered in ${gathered.toFixed(0)} ms, gone ${(performance.now() - began).toFixed(0)} ms`);
  const words = new Set(last.map(({ kind, words }) => `${kind}: ${words}`));
  assert.deepEqual(
    words,
    new Set([
      "idle: 421 4.4.2 Nothing was sent for too long, closing",
      "command: 421 4.4.2 Nothing was sent for too long, closing",
      "message: 421 4.4.2 Message took too long, closing",
    ]),
  );
  assert.match(await sendRaw(program.port), /^250 /);
  assert.equal(await program.stop(), 0);
});

Deno.test(`${TLS_IDLE} idle sessions over TLS: what each costs`, async () => {
  const authority = await makeAuthority();
  const folder = await Deno.makeTempDir({ prefix: "mail2alert-crowd-" });
  try {
    const { certificateFile, keyFile } = await writeCertificate(folder, await authority.issue());
    await using sink = startRecordingSink();
    const tls = `tls: {certificate: ${certificateFile}, key: ${keyFile}, mode: implicit}`;
    const configuration = passThrough(sink.port, `limits: {${ROOM}}`).replace(
      "local-smtp: 127.0.0.1:0",
      `local-smtp: [{listen: "127.0.0.1:0"}, {listen: "127.0.0.1:0", ${tls}}]`,
    );
    await holdsInARound(async () => {
      await using program = await startProgram(configuration, { listeners: 2 });
      const { kib, descriptors } = await costOverTls(program, authority.certificate);
      assert.ok(Math.abs(descriptors - TLS_DESCRIPTORS) < 0.1, `${descriptors} file descriptors`);
      return [{ name: "an idle session over TLS, KiB", value: kib, most: TLS_KIB }];
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

/** What an idle session over TLS takes: memory in KiB, and file descriptors. */
async function costOverTls(
  program: Program,
  ca: string,
): Promise<{ readonly kib: number; readonly descriptors: number }> {
  await warmUp(program);
  const port = program.listening[1]?.port ?? 0;
  const connect = () => connectWithTls({ port, ca, begin: "implicit" });
  // Whatever the first one brings along is nobody's in particular.
  await using _ = await gather({ idle: 1, drips: 0, connect });
  const before = { mib: restartPeakMiB(program.pid), descriptors: descriptorsOf(program) };
  await using crowd = await gather({ idle: TLS_IDLE, drips: 0, connect });
  const kib = (restartPeakMiB(program.pid) - before.mib) * 1_024 / TLS_IDLE;
  const descriptors = (descriptorsOf(program) - before.descriptors) / TLS_IDLE;
  assert.equal(crowd.gone, 0);
  return { kib, descriptors };
}

async function warmUp({ port }: Program): Promise<void> {
  let number = 0;
  await sendLoad({
    port,
    senders: 20,
    next: () => number < WARM_UP ? { id: `warm-${number++}` } : null,
    answered: ({ id }, answer) => assert.ok(answer.kind === "answered" && answer.taken, id),
  });
}

/** How long it takes to be greeted by each, in ms; one client after the other, in turns, for seconds. */
async function greetings(
  without: Program,
  crowded: Program,
): Promise<{ readonly alone: number[]; readonly beside: number[] }> {
  const took = { alone: [] as number[], beside: [] as number[] };
  while (took.beside.length < GREETINGS) {
    took.alone.push(await greetingMs(without));
    took.beside.push(await greetingMs(crowded));
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
  return took;
}

/** How long it takes to connect and be greeted, in ms. */
async function greetingMs({ port }: Program): Promise<number> {
  const began = performance.now();
  using conn = await dial(port);
  const wait = { what: "a greeting", withinMs: 60_000 };
  const line = await within(new OctetInput(conn).readUntil(octets("\r\n")), wait);
  assert.equal(line?.[0], 0x32);
  return performance.now() - began;
}

function dial(port: number): Promise<Deno.TcpConn> {
  return Deno.connect({ hostname: "127.0.0.1", port });
}

function descriptorsOf({ pid }: Program): number {
  return [...Deno.readDirSync(`/proc/${pid}/fd`)].length;
}
