/**
 * Mails of 50 MB, in, stored and out again, by every way that mail can take: they pass through, and
 * leave next to nothing in memory.
 *
 * @module
 */

import assert from "node:assert/strict";
import { bulkDigest, type BulkKind, sendBulk } from "../support/bulk_mail.ts";
import { type BulkSink, startBulkSink } from "../support/bulk_sink.ts";
import { type Authority, makeAuthority, writeCertificate } from "../support/certificates.ts";
import { passThrough } from "../support/configuration.ts";
import { peakMemoryMiB, restartPeakMiB } from "../support/figures.ts";
import { sendLoad } from "../support/load_sender.ts";
import { OctetInput } from "../support/octet_input.ts";
import { octets } from "../support/octets.ts";
import { startProgram } from "../support/program.ts";
import { holdsInARound } from "../support/rounds.ts";
import { connectWithTls } from "../support/tls_client.ts";
import { until } from "../support/wait.ts";

/** One way for mails to take. */
interface Way {
  readonly name: string;
  readonly ack: "queued" | "relayed";
  readonly kind: BulkKind;
  /** Where there is TLS. */
  readonly tls?: "in" | "in and out";
  /** How many at once. */
  readonly mails: number;
}

const BODY_OCTETS = 50_000_000;
/** Ordinary mails before anything counts. */
const WARM_UP = 3_000;
/** What is to hold: how much the peak may rise, by how many mails at once. */
const MORE_MIB = { 1: 32, 20: 128 } as const;
/** Longest wait for the mails to come out, in ms. */
const OUT_MS = 600_000;

const ways: readonly (Way & { readonly mails: keyof typeof MORE_MIB })[] = [
  { name: "DATA, ack: queued", ack: "queued", kind: "data", mails: 1 },
  { name: "DATA, ack: relayed", ack: "relayed", kind: "data", mails: 1 },
  { name: "DATA over STARTTLS", ack: "queued", kind: "data", tls: "in", mails: 1 },
  { name: "DATA, TLS in and out", ack: "queued", kind: "data", tls: "in and out", mails: 1 },
  { name: "one chunk of BDAT", ack: "queued", kind: "chunk", mails: 1 },
  { name: "BINARYMIME, out by BDAT", ack: "queued", kind: "binary", mails: 1 },
  { name: "DATA, ack: queued", ack: "queued", kind: "data", mails: 20 },
  { name: "DATA, ack: relayed", ack: "relayed", kind: "data", mails: 20 },
  { name: "DATA over STARTTLS", ack: "queued", kind: "data", tls: "in", mails: 20 },
  { name: "DATA, TLS in and out", ack: "queued", kind: "data", tls: "in and out", mails: 20 },
];

for (const way of ways) {
  const most = MORE_MIB[way.mails];
  const what = way.mails === 1 ? "a mail" : `${way.mails} mails at once`;
  Deno.test(`${what} of 50 MB: at most ${most} MiB more memory: ${way.name}`, () =>
    // What a heap grows to depends on when it was tidied up: once of a few times shows the bound.
    holdsInARound(async () => [
      { name: "more peak memory, MiB", value: await measure(way), most },
    ]));
}

/** Sends the mails through a program that is warm; by how many MiB its peak rose. */
async function measure(way: Way): Promise<number> {
  const authority = await makeAuthority();
  const folder = await Deno.makeTempDir({ prefix: "mail2alert-bulk-" });
  try {
    const certificate = await authority.issue();
    const files = await writeCertificate(folder, certificate);
    const caFile = `${folder}/ca.pem`;
    await Deno.writeTextFile(caFile, authority.certificate);
    await using sink = startBulkSink(way.tls === "in and out" ? certificate : undefined);
    await using program = await startProgram(configure(way, sink, { ...files, caFile }));
    await warmUp(program.port, sink);
    const before = restartPeakMiB(program.pid);
    const replies = await sendAll(program.port, way, authority);
    for (const reply of replies) assert.match(reply, /^250 /);
    await until(() => sink.arrivals.length === WARM_UP + way.mails, {
      what: "the mails at the mail server",
      withinMs: OUT_MS,
    });
    const more = peakMemoryMiB(program.pid) - before;
    const command = way.kind === "binary" ? "BDAT" : "DATA";
    const digest = bulkDigest({ kind: way.kind, bodyOctets: BODY_OCTETS });
    for (const arrival of sink.arrivals.slice(WARM_UP)) {
      assert.deepEqual(arrival, { digest, command });
    }
    assert.equal(await program.stop(), 0);
    return more;
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function configure(
  { ack, tls }: Way,
  sink: BulkSink,
  files: { readonly certificateFile: string; readonly keyFile: string; readonly caFile: string },
): string {
  const { certificateFile, keyFile, caFile } = files;
  const listener =
    `{listen: "127.0.0.1:0", tls: {certificate: ${certificateFile}, key: ${keyFile}}}`;
  const server = tls === "in and out"
    ? `{server: "localhost:${sink.port}", tls: implicit, tls-ca-file: ${caFile}}`
    : `127.0.0.1:${sink.port}`;
  return passThrough(
    sink.port,
    `ack: ${ack}\nack-budget: 5m\nlimits: {message-size: 60MB}`,
  )
    .replace("local-smtp: 127.0.0.1:0", `local-smtp: [${listener}]`)
    .replace(`remote-smtp: 127.0.0.1:${sink.port}`, `remote-smtp: ${server}`);
}

async function warmUp(port: number, sink: BulkSink): Promise<void> {
  let number = 0;
  await sendLoad({
    port,
    senders: 20,
    next: () => number < WARM_UP ? { id: `warm-${number++}` } : null,
    answered: ({ id }, answer) => assert.ok(answer.kind === "answered" && answer.taken, id),
  });
  await until(() => sink.arrivals.length === WARM_UP, {
    what: "the ordinary mails at the mail server",
    withinMs: OUT_MS,
  });
}

function sendAll(port: number, way: Way, { certificate: ca }: Authority): Promise<string[]> {
  const { kind, tls, mails } = way;
  const connect = async () => {
    if (tls) return await connectWithTls({ port, ca, begin: "starttls" });
    const conn = await Deno.connect({ hostname: "127.0.0.1", port });
    await new OctetInput(conn).readUntil(octets("\r\n"));
    return conn;
  };
  return Promise.all(Array.from({ length: mails }, async (_, index) => {
    return await sendBulk(await connect(), { id: `bulk-${index}`, kind, bodyOctets: BODY_OCTETS });
  }));
}
