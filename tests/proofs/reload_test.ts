/**
 * A hundred reloads while mail comes in through open sessions: no session breaks, no mail is lost or
 * doubled, and each is routed by one configuration from beginning to end. What a lookup has answered
 * goes on from one configuration to the next, and a stage that broke without a mail is told of once,
 * whoever polls.
 *
 * @module
 */

import assert from "node:assert/strict";
import { type GocdServer, startGocdServer } from "../../lib/cli/demo/gocd_server.ts";
import { tell } from "../support/figures.ts";
import { LoadSender } from "../support/load_sender.ts";
import { type Program, startProgram } from "../support/program.ts";
import { readArrival } from "../support/proof_mail.ts";
import { endedLately } from "../support/polled_gocd.ts";
import { connectRaw, sendOn } from "../support/raw_client.ts";
import {
  type RecordedMail,
  type RecordingSink,
  startRecordingSink,
} from "../support/recording_sink.ts";
import { type RestStage, startRest } from "../support/rest_stage.ts";
import { servedFile } from "../support/served_file.ts";
import { latin1 } from "../support/octets.ts";
import { until } from "../support/wait.ts";

const RELOADS = 100;
const SENDERS = 6;
/** Sessions that are open from the first reload to the last. */
const LASTING = 5;
const ALERTS = "alerts@proof.test";
const STAGES = "gocd@proof.test";
/** So many reloads after a stage broke, somebody must have been told. */
const PATIENCE = 20;

for (const ack of ["relayed", "queued"] as const) {
  Deno.test(`${RELOADS} reloads under load break no session and lose no mail, ack: ${ack}`, async () => {
    await using even = startRecordingSink();
    await using odd = startRecordingSink();
    const sinks = [even, odd] as const;
    await using rest = startRest(({ url }) =>
      Response.json({ version: new URL(url).searchParams.get("version") })
    );
    const gocd = startGocdServer({ version: "26.1", stages: [endedLately("1/1", "Passed")] });
    await using _ = { [Symbol.asyncDispose]: () => gocd.close() };
    const version = (number: number) => configuration(number, { ack, sinks, rest, gocd });
    await using program = await startProgram(version(0));
    const { port } = program;
    let over = false;
    const load = Promise.all(
      Array.from({ length: SENDERS }, (_, sender) => sendUntil(() => over, { port, sender })),
    );
    const lasting = await Promise.all(Array.from({ length: LASTING }, () => connectRaw(port)));
    const file = servedFile(program);
    for (let number = 1; number <= RELOADS; number++) {
      assert.equal(await file.reload(version(number)), "replaced");
      const session = lasting[number % LASTING];
      const message = `Message-ID: <lasting-${number}@proof.test>\r\nSubject: proof\r\n\r\n`;
      assert.match(session ? await sendOn(session, { to: [ALERTS], message }) : "", /^250/);
      if (number % PATIENCE === 0) await breakStage(number, { gocd, sinks });
    }
    over = true;
    const taken = new Set((await load).flat());
    for (let number = 1; number <= RELOADS; number++) taken.add(`lasting-${number}`);
    lasting.forEach((session) => session[Symbol.dispose]());
    await judge(program, { sinks, taken });
    const asked = rest.requests.map(({ url }) => new URL(url).search);
    assert.equal(asked.filter((search) => search === "").length, 1, "an answer was lost");
  });
}

/** A stage breaks, of which no mail comes; the one before must have been told of. */
async function breakStage(
  number: number,
  { gocd, sinks }: { readonly gocd: GocdServer; readonly sinks: readonly RecordingSink[] },
): Promise<void> {
  await until(() => announcedAt(sinks).length >= number / PATIENCE - 1, {
    what: `${number / PATIENCE - 1} announcements`,
  });
  gocd.setStages([endedLately(`${number / 2}/1`, "Failed")]);
}

/** The runs that somebody was told of. */
function announcedAt(sinks: readonly RecordingSink[]): readonly string[] {
  return sinks.flatMap(({ mails }) => mails).filter(isAnnouncement).map(({ message }) => {
    const [, run = "?"] = /^Subject: Stage \[(.+)\]/m.exec(latin1(message)) ?? [];
    return run;
  });
}

function isAnnouncement({ recipients }: RecordedMail): boolean {
  return recipients.some((command) => command.startsWith("RCPT TO:<stages@"));
}

/**
 * Two rules, so that a mail that two configurations had routed would show. One lookup stays the same,
 * the other is another each time; GoCD is polled otherwise by every second one.
 */
function configuration(
  number: number,
  { ack, sinks, rest, gocd }: {
    readonly ack: string;
    readonly sinks: readonly [RecordingSink, RecordingSink];
    readonly rest: RestStage;
    readonly gocd: GocdServer;
  },
): string {
  const filter = "filter: {function: mail.in_subject, args: [proof]}";
  return `local-smtp: 127.0.0.1:0
remote-smtp: 127.0.0.1:${(sinks[number % 2] ?? sinks[0]).port}
ack: ${ack}
reload: on-signal
limits: {message-size: ${1 + number % 7}MB, recipients: ${100 + number % 3}}
queue: {first-retry: ${1 + number % 2}s}
lookups:
  same: {url: "${rest.origin}/", timeout: 30s, cache: 1h, allow: [127.0.0.0/8]}
  other:
    url: "${rest.origin}/?version=${number}"
    timeout: 30s
    cache: 1h
    allow: [127.0.0.0/8]
managers:
- name: alerts
  messages-we-want: {to: ${ALERTS}}
  rules:
  - actions: ["mailto:first-${number}@proof.test"]
    ${filter}
    when: lookup.other.version == "${number}"
  - actions: ["mailto:second-${number}@proof.test"]
    ${filter}
    when: lookup.same.version == null
- name: gocd
  url: ${gocd.url}
  poll: ${10 + number % 2}s
  poll-grace: 0s
  messages-we-want: {to: ${STAGES}}
  rules:
  - {actions: ["mailto:stages@proof.test"], filter: {function: pipelines.any}}
`;
}

/** Sends mail after mail on connections of many mails each. @returns What was taken. */
async function sendUntil(
  over: () => boolean,
  { port, sender }: { readonly port: number; readonly sender: number },
): Promise<readonly string[]> {
  using notifier = new LoadSender(port);
  const taken: string[] = [];
  while (!over()) {
    const id = `load-${sender}-${taken.length}`;
    const answer = await notifier.send({ id, forwardPath: ALERTS, bodyOctets: 300 });
    assert.equal(answer.kind, "answered", `${id}: the session broke`);
    assert.match(answer.kind === "answered" ? answer.reply : "", /^250 /);
    taken.push(id);
  }
  return taken;
}

async function judge(
  program: Program,
  { sinks, taken }: {
    readonly sinks: readonly RecordingSink[];
    readonly taken: ReadonlySet<string>;
  },
): Promise<void> {
  const arrived = () => sinks.flatMap(({ mails }) => mails).filter((mail) => !isAnnouncement(mail));
  await until(() => arrived().length >= taken.size, {
    what: `${taken.size} mails at the mail servers`,
    withinMs: 60_000,
  });
  const counters = Array.from({ length: RELOADS / PATIENCE }, (_, n) => (n + 1) * PATIENCE / 2);
  const broken = counters.map((counter) => `p/${counter}/s/1`);
  await until(() => announcedAt(sinks).length >= broken.length, { what: "the last announcement" });
  assert.equal(await program.stop(), 0);
  assert.deepEqual(announcedAt(sinks).toSorted(), broken.toSorted(), "each is announced once");
  const ids = arrived().map(({ message }) => idOf(message));
  assert.equal(ids.length, taken.size, "a mail came twice");
  assert.deepEqual(new Set(ids), taken);
  const versions = new Set<string>();
  for (const { recipients } of arrived()) {
    const [, version] = /^RCPT TO:<first-(\d+)@/.exec(recipients[0] ?? "") ?? [];
    assert.deepEqual(recipients, [
      `RCPT TO:<first-${version}@proof.test>`,
      `RCPT TO:<second-${version}@proof.test>`,
    ]);
    versions.add(version ?? "");
  }
  assert.ok(versions.size > RELOADS / 2, `only ${versions.size} configurations had mail`);
  assert.doesNotMatch(program.log(), / (ERROR|WARNING) /);
  tell(`${taken.size} mails by ${versions.size} configurations`);
}

function idOf(message: Uint8Array): string {
  const arrival = readArrival(message);
  return arrival.kind === "mail" ? arrival.id : arrival.kind;
}
