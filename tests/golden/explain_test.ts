/**
 * Explains every mail of the corpus under explain.yaml and holds the words to explain/: one file for
 * each folder of packs/, and one for mails/. `deno task golden` writes them; whoever runs that reads
 * them as somebody would who was woken by such a mail.
 *
 * The servers are those of `support/explain_world.ts`; the hour, and what had been asked before,
 * depend on the mail's name.
 *
 * @module
 */

import assert from "node:assert/strict";
import { explainJson, explainText } from "../../lib/cli/explain_text.ts";
import { loadConfiguration } from "../../lib/config/load.ts";
import { reviewConfiguration } from "../../lib/config/review.ts";
import type { Envelope } from "../../lib/mail/envelope.ts";
import type { NotSent } from "../../lib/mail/not_sent.ts";
import { latin1 } from "../../lib/mail/latin1.ts";
import { BUILT_IN } from "../../lib/routing/packs/packs.ts";
import { rehearse } from "../../lib/routing/rehearsal.ts";
import type { Decision, Routing, RuleTrace } from "../../lib/routing/trace.ts";
import { SECRET, startFleet } from "../support/explain_world.ts";
import { checkGolden } from "../support/golden.ts";
import { envelopeOf, mailOf } from "../support/mails.ts";

const here = (name: string) => new URL(name, import.meta.url);
const rewrite = Deno.env.get("UPDATE_GOLDEN") === "1";

const configuration = await loadConfiguration(here("explain.yaml").pathname, () => SECRET);
const fleet = await startFleet(configuration);

/** Who watches whose mails. */
const TEAMS: Readonly<Record<string, readonly string[]>> = {
  gocd: ["gocd"],
  builds: ["jenkins", "gitlab"],
  monitoring: ["nagios", "icinga", "zabbix", "alertmanager", "grafana"],
  storage: ["mdadm", "smartd", "truenas", "synology"],
  backups: ["proxmox", "veeam"],
  power: ["nut", "apcupsd", "apc-card"],
  hosts: ["cron", "logwatch", "fail2ban", "unattended-upgrades"],
  anything: ["generic"],
};

/** A Tuesday morning, the night after it, and a Saturday. */
const HOURS = ["2026-11-24T09:20:00Z", "2026-11-24T23:10:00Z", "2026-11-28T13:05:00Z"] as const;

/** Everything that came of one mail. */
interface Explained {
  readonly file: string;
  readonly envelope: Envelope;
  readonly routing: Routing;
  readonly text: string;
}

async function explain(folder: URL, name: string, envelope: Envelope): Promise<Explained> {
  const octets = latin1(await Deno.readFile(new URL(`${name}.eml`, folder)));
  const turn = [...name].reduce((sum, letter) => sum + letter.charCodeAt(0), 0);
  const at = HOURS[turn % HOURS.length] ?? "";
  const mail = {
    ...mailOf(octets.replace(/\r?\n/g, "\r\n"), envelope),
    receivedAt: Date.parse(at),
  };
  const routing = await fleet.route(mail, Math.floor(turn / HOURS.length));
  const text = explainText(envelope, routing, false);
  return { file: name, envelope, routing, text: `# ${name}.eml, received ${at}\n${text}` };
}

function namesIn(folder: URL): readonly string[] {
  const names = [...Deno.readDirSync(folder)].map(({ name }) => name);
  return names.filter((name) => name.endsWith(".eml")).map((name) => name.slice(0, -4)).sort();
}

async function explainPack(pack: string): Promise<readonly Explained[]> {
  const [team] = Object.entries(TEAMS).find(([, packs]) => packs.includes(pack)) ?? [];
  assert.ok(team !== undefined, `no team watches ${pack}`);
  const folder = here(`packs/${pack}/`);
  const reversePath = `${pack}@fleet.example.com`;
  const envelope = envelopeOf({ reversePath, forwardPaths: [`${team}@alerts.example.com`] });
  return await Promise.all(namesIn(folder).map((name) => explain(folder, name, envelope)));
}

async function explainMails(): Promise<readonly Explained[]> {
  const folder = here("mails/");
  return await Promise.all(
    namesIn(folder).map(async (name) => {
      const commands = await Deno.readTextFile(new URL(`${name}.envelope`, folder));
      const [reversePath = ""] = paths(commands, /^MAIL FROM:<(.*?)>/gm);
      const forwardPaths = paths(commands, /^RCPT TO:<(.*?)>/gm);
      return await explain(folder, name, envelopeOf({ reversePath, forwardPaths }));
    }),
  );
}

function paths(commands: string, path: RegExp): string[] {
  return [...commands.matchAll(path)].map(([, found = ""]) => found);
}

const corpus = new Map<string, readonly Explained[]>([["mails", await explainMails()]]);
for (const { name } of BUILT_IN) corpus.set(name, await explainPack(name));
await fleet[Symbol.asyncDispose]();
const all = [...corpus.values()].flat();
const traces = all.map(({ routing }) => routing.trace);

for (const [name, explained] of corpus) {
  Deno.test(`explain says of each mail of ${name} what explain/${name}.explain says`, async () => {
    const text = explained.map((one) => one.text).join("\n");
    await checkGolden(here(`explain/${name}.explain`), text, { rewrite });
  });

  Deno.test(`explain --json tells programs of each mail of ${name} all that it tells people`, () => {
    for (const { file, envelope, routing, text } of explained) {
      const told = JSON.parse(explainJson(envelope, routing));
      assert.deepEqual(told.envelope.forwardPaths, envelope.forwardPaths, file);
      assert.deepEqual(told.deliveries, JSON.parse(JSON.stringify(routing.deliveries)), file);
      assert.equal(told.trace.notSent, routing.trace.notSent, file);
      const again = explainText(told.envelope, told, false);
      assert.equal(again, text.slice(text.indexOf("\n") + 1), file);
    }
  });
}

/** How often each word occurs. */
function count(words: readonly (string | undefined)[]): ReadonlyMap<string | undefined, number> {
  const counts = new Map<string | undefined, number>();
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  return counts;
}

function assertOccur<Word extends string>(
  words: readonly (string | undefined)[],
  expected: Readonly<Record<Word, number>>,
): void {
  const counts = count(words);
  for (const [word, least] of Object.entries<number>(expected)) {
    assert.ok((counts.get(word) ?? 0) >= least, `${word}: ${counts.get(word) ?? 0} times`);
  }
}

Deno.test("every reason not to send a mail occurs in the corpus", () => {
  assert.ok(all.length >= 300, `only ${all.length} mails`);
  assertOccur<NotSent>(traces.map(({ notSent }) => notSent), {
    "no-rule-matched": 3,
    "otherwise-empty": 3,
    undecided: 1,
    muted: 3,
    discarded: 3,
    "no-address": 1,
    "already-alerted": 1,
  });
});

Deno.test("every decision, verdict and kind of answer occurs in the corpus", () => {
  const steps = traces.flatMap((trace) => [trace, ...trace.further ?? []]);
  assertOccur<Decision>(steps.map(({ decision }) => decision), {
    "passed-through": 1,
    matched: 3,
    otherwise: 3,
    undecided: 1,
    muted: 3,
    "already-alerted": 1,
    "no-rule-matched": 3,
  });
  const rules = steps.flatMap((step) => step.rules);
  assertOccur<RuleTrace["verdict"]>(rules.map(({ verdict }) => verdict), {
    matched: 3,
    "not-matched": 3,
    undecided: 3,
    skipped: 3,
    muted: 3,
  });
  const lookups = steps.flatMap((step) => step.lookups);
  assertOccur(lookups.map(({ source }) => source), { fresh: 1, cached: 1, stale: 1, none: 1 });
  assert.ok(rules.every(({ reason }) => reason !== ""), "a rule without a reason");
  assert.ok(traces.some(({ further }) => further !== undefined), "no mail with two managers");
});

Deno.test("a mail that goes to nobody says one reason, any other none", () => {
  for (const { file, routing, text } of all) {
    const sent = routing.deliveries.some(({ destination }) => destination !== "discard");
    assert.equal(routing.trace.notSent === undefined, sent, file);
    const said = text.match(/^not sent: \S+ – /gm) ?? [];
    assert.equal(said.length, sent ? 0 : 1, file);
  }
});

Deno.test("no explanation holds a secret, or what no rule looks at", () => {
  for (const { file, envelope, routing, text } of all) {
    const told = text + explainJson(envelope, routing);
    assert.ok(!told.includes(SECRET) && !/canary-\d/.test(told), file);
  }
});

Deno.test("explain.yaml is right, and does what its own tests say", async () => {
  // Some rules show on purpose what comes of an address that only a lookup knows.
  const doubts = reviewConfiguration(configuration);
  assert.ok(doubts.length > 0);
  assert.ok(doubts.every((doubt) => doubt.includes("has no address but those of a lookup")));
  assert.ok(configuration.tests.length > 0);
  assert.deepEqual(await rehearse(configuration, (path) => Deno.readFile(path)), []);
});

Deno.test("explain/ holds a file for each part of the corpus and nothing else", () => {
  const files = [...Deno.readDirSync(here("explain/"))].map(({ name }) => name).sort();
  assert.deepEqual(files, [...corpus.keys()].map((name) => `${name}.explain`).sort());
});
