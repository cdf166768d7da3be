/**
 * Holds the packs to mails of the programs that they are made for: each program mails to the relay,
 * and what the journal says of its mails is what the program meant.
 *
 * @module
 */

import assert from "node:assert/strict";
import { join } from "node:path";
import type { JournalEvent } from "../../lib/mail/journal.ts";
import type { RouteTrace } from "../../lib/routing/trace.ts";
import { freePort } from "../support/ports.ts";
import { type Program, runProgram, startProgram } from "../support/program.ts";
import { type RecordedMail, startRecordingSink } from "../support/recording_sink.ts";
import { runSender } from "../support/senders.ts";
import { until } from "../support/wait.ts";

/** Each has a script and the mails that it must come to: NAME.sh and NAME.json in senders/. */
const SENDERS = [
  "alertmanager",
  "apcupsd",
  "cron",
  "fail2ban",
  "icinga",
  "logwatch",
  "mdadm",
  "nagios",
  "nut",
  "smartd",
  "unattended_upgrades",
] as const;

/** All that is read in a mail, by the names of fields. */
type SenderMail = Readonly<Record<string, string>>;

/**
 * A relay that routes all that comes for one address, and tells of it in the journal. fail2ban gives
 * addresses without a domain, which a strict listener refuses.
 */
function routing(smarthostPort: number): string {
  return `
hostname: relay.example.com
local-smtp: [{ listen: "127.0.0.1:0", profile: lenient }]
remote-smtp: 127.0.0.1:${smarthostPort}
managers:
  - name: machines
    type: mail
    messages-we-want: { to: alerts@example.org }
    rules:
      - name: everything
        when: true
        actions: [mailto:ada@example.org]
`;
}

for (const sender of SENDERS) {
  Deno.test(`the mails of ${sender} are read as it means them`, async () => {
    const mails = await expectedOf(sender);
    await using sink = startRecordingSink();
    await using program = await startProgram(routing(sink.port));
    const own = freePort();
    const { code, stdout, stderr } = await runSender(sender, { relay: program.port, own });
    assert.equal(code, 0, stdout + stderr);
    const found = (await readings(program)).map((said) => withoutPort(said, own));
    assert.deepEqual(sorted(found), sorted(mails));
    const sent = () => sink.mails.filter(isForAda).length;
    await until(() => sent() >= mails.length, { what: `${mails.length} mails` });
    assert.equal(sent(), mails.length);
  });
}

/** Of fail2ban's mails some go to others, too: bsd-mailx takes its option `-E` for an address. */
function isForAda({ recipients }: RecordedMail): boolean {
  return recipients.some((command) => command.startsWith("RCPT TO:<ada@example.org>"));
}

async function expectedOf(sender: string): Promise<readonly SenderMail[]> {
  const file = new URL(`./senders/${sender}.json`, import.meta.url);
  return JSON.parse(await Deno.readTextFile(file));
}

/** What the journal says of each mail; a mail is there as soon as the relay has said 250. */
async function readings({ folder }: Program): Promise<readonly SenderMail[]> {
  const configuration = join(folder, "configuration.yml");
  const args = ["history", "--json", "--limit", "100", "--config", configuration];
  const { code, stdout, stderr } = await runProgram(args, { cwd: folder });
  assert.equal(code, 0, stderr);
  const records: readonly { readonly events: readonly JournalEvent[] }[] = JSON.parse(stdout);
  return records.map(({ events: [first] }) => {
    assert.equal(first?.kind, "routed");
    const { pack = "", fields, decision } = first.trace as RouteTrace;
    assert.equal(decision, "matched");
    return { ...fields, source: pack };
  });
}

/** The port that a sender listens on is another one each time. */
function withoutPort(said: SenderMail, port: number): SenderMail {
  const entries = Object.entries(said);
  return Object.fromEntries(
    entries.map(([name, value]) => [name, value.replaceAll(`:${port}`, ":PORT")]),
  );
}

/** In an order that does not depend on who was quicker, nor on the order of fields. */
function sorted(mails: readonly SenderMail[]): readonly SenderMail[] {
  const key = (mail: SenderMail) => JSON.stringify(Object.entries(mail).sort());
  return mails.toSorted((a, b) => key(a) < key(b) ? -1 : 1);
}
