/**
 * A hundred reloads while mail comes in through open sessions: no session breaks, no mail is lost or
 * doubled, and each is routed by one configuration from beginning to end.
 *
 * @module
 */

import assert from "node:assert/strict";
import { tell } from "../support/figures.ts";
import { LoadSender } from "../support/load_sender.ts";
import { type Program, startProgram } from "../support/program.ts";
import { readArrival } from "../support/proof_mail.ts";
import { connectRaw, sendOn } from "../support/raw_client.ts";
import { type RecordingSink, startRecordingSink } from "../support/recording_sink.ts";
import { servedFile } from "../support/served_file.ts";
import { until } from "../support/wait.ts";

const RELOADS = 100;
const SENDERS = 6;
/** Sessions that are open from the first reload to the last. */
const LASTING = 5;
const ALERTS = "alerts@proof.test";

for (const ack of ["relayed", "queued"] as const) {
  Deno.test(`${RELOADS} reloads under load break no session and lose no mail, ack: ${ack}`, async () => {
    await using even = startRecordingSink();
    await using odd = startRecordingSink();
    const sinks = [even, odd] as const;
    const version = (number: number) => configuration(number, { ack, sinks });
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
    }
    over = true;
    const taken = new Set((await load).flat());
    for (let number = 1; number <= RELOADS; number++) taken.add(`lasting-${number}`);
    lasting.forEach((session) => session[Symbol.dispose]());
    await judge(program, { sinks, taken });
  });
}

/** Two rules, so that a mail that two configurations had routed would show. */
function configuration(
  number: number,
  { ack, sinks }: {
    readonly ack: string;
    readonly sinks: readonly [RecordingSink, RecordingSink];
  },
): string {
  const filter = "filter: {function: mail.in_subject, args: [proof]}";
  return `local-smtp: 127.0.0.1:0
remote-smtp: 127.0.0.1:${(sinks[number % 2] ?? sinks[0]).port}
ack: ${ack}
limits: {message-size: ${1 + number % 7}MB, recipients: ${100 + number % 3}}
queue: {first-retry: ${1 + number % 2}s}
managers:
- name: alerts
  messages-we-want: {to: ${ALERTS}}
  rules:
  - {actions: ["mailto:first-${number}@proof.test"], ${filter}}
  - {actions: ["mailto:second-${number}@proof.test"], ${filter}}
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
  const arrived = () => sinks.flatMap(({ mails }) => mails);
  await until(() => arrived().length >= taken.size, {
    what: `${taken.size} mails at the mail servers`,
    withinMs: 60_000,
  });
  assert.equal(await program.stop(), 0);
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
