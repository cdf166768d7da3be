/**
 * `mail2alert replay`: what another configuration would have done with the mails of the journal.
 * Asks the REST APIs that the configurations name, sends nothing, changes nothing.
 *
 * DIAGNOSTICS. Exit 0: no mail loses its last destination. Exit 3: one does. Exit 1: the journal
 * cannot be read. Exit 2: wrong usage or configuration.
 *
 * @module
 */

import { configurationPath } from "../../config/load.ts";
import type { Configuration } from "../../config/types.ts";
import { RelayError } from "../../errors.ts";
import { addressKey } from "../../mail/address.ts";
import type { Envelope } from "../../mail/envelope.ts";
import { addressesWanted, findBystanders } from "../../routing/bystanders.ts";
import { claimAll } from "../../routing/claim.ts";
import { createRouter, type Router } from "../../routing/router.ts";
import { readConfiguration } from "../configuration.ts";
import { paint, printable } from "../paint.ts";
import { type PlaceOptions, tellNoStore, withReader } from "../store_place.ts";
import type { Terminal } from "../terminal.ts";
import { readMoment } from "../time_option.ts";
import { writeLines } from "../writing.ts";
import { compare, isUndecided } from "./comparison.ts";
import { type JournalMail, journalMails } from "./journal_mails.ts";
import { replayLines, replayValue } from "./replay_text.ts";
import { SameAnswers } from "./same_answers.ts";
import { Tally } from "./tally.ts";

/** What to compare. */
export interface ReplayOptions extends PlaceOptions {
  /** The new configuration. */
  readonly config: string;
  /** The one to compare with; the one that other commands read when absent. */
  readonly against?: string;
  /** Since when. */
  readonly since: string;
}

/** The two configurations. */
interface Both {
  readonly before: Configuration;
  readonly after: Configuration;
}

/** How long GoCD may take, in ms: somebody waits, but no mail does. */
const PATIENCE_MS = 20_000;

/** A mail loses its last destination. */
const EXIT_LOST = 3;

/**
 * Routes the journal's mails through both configurations, and says what would change.
 *
 * @throws {RelayError} `usage`; `config-invalid`, with the problems of both; `store-failed`.
 */
export async function replay(options: ReplayOptions, terminal: Terminal): Promise<number> {
  const since = readMoment(options.since, "--since", Date.now());
  const both = await readBoth(options, terminal);
  const place = { store: options.store ?? both.before.store.path };
  return await withReader(place, terminal, async (reader, folder) => {
    if (reader === null) {
      tellNoStore(folder, terminal);
      return 1;
    }
    const tally = new Tally(since);
    await compareAll(journalMails(reader, since), both, tally);
    if (options.json) terminal.out(`${JSON.stringify(replayValue(tally), null, 2)}\n`);
    else writeLines(replayLines(tally, paint(terminal.colour)), terminal);
    return tally.lastLost > 0 ? EXIT_LOST : 0;
  });
}

/** Reads both before it complains, so that the operator sees every problem at once. */
async function readBoth({ config, against }: ReplayOptions, terminal: Terminal): Promise<Both> {
  const path = configurationPath(against, (name) => terminal.env(name));
  if (await isSameFile(path, config)) {
    const other = against === undefined ? "name the other one with --against" : "they are the same";
    throw new RelayError(
      "usage",
      `Cannot compare ${JSON.stringify(printable(config))} with itself: ${other}`,
    );
  }
  const [before, after] = await Promise.allSettled(
    [path, config].map((file) => readConfiguration(file, terminal)),
  );
  if (before?.status === "fulfilled" && after?.status === "fulfilled") {
    return { before: before.value.configuration, after: after.value.configuration };
  }
  const reasons = [before, after].flatMap((read) => read?.status === "rejected" ? read.reason : []);
  const unexpected = reasons.find((reason) => !(reason instanceof RelayError));
  if (unexpected !== undefined) throw unexpected;
  throw new RelayError("config-invalid", reasons.map(({ message }) => message).join("\n"));
}

async function isSameFile(one: string, other: string): Promise<boolean> {
  try {
    return await Deno.realPath(one) === await Deno.realPath(other);
  } catch {
    return false; // Reading it says what is wrong.
  }
}

async function compareAll(
  mails: AsyncIterable<JournalMail>,
  { before, after }: Both,
  tally: Tally,
): Promise<void> {
  const answers = new SameAnswers();
  const routerOf = (configuration: Configuration): Router =>
    createRouter(configuration, {
      waitMs: PATIENCE_MS,
      lookups: answers.lookupsOf(configuration),
      gocd: (manager) => answers.sourceOf(manager),
    });
  const [first, second] = [routerOf(before), routerOf(after)];
  const claimed = addressesWanted(before.managers);
  try {
    for await (const { mail, record, text } of mails) {
      answers.begin(record);
      const pair = {
        queueId: mail.queueId,
        receivedAt: mail.receivedAt,
        subject: record.subject ?? null,
        before: await first.route(mail, undefined, { dryRun: true }),
        after: await second.route(mail, undefined, { dryRun: true }),
        dead: passedOn(after, mail.envelope).filter((path) => claimed.has(addressKey(path))),
      };
      const undecided = isUndecided(pair.before) || isUndecided(pair.after);
      tally.add(compare(pair), { text, undecided });
    }
  } finally {
    await Promise.all([first.close(), second.close()]);
    await answers.close();
  }
}

/** Whom a mail goes to as it came because no manager wants it, or none wants this address. */
function passedOn({ managers }: Configuration, envelope: Envelope): readonly string[] {
  const claiming = claimAll(managers, envelope).managers;
  return findBystanders({ claiming, managers }, envelope, []).deliveries
    .flatMap(({ recipients }) => recipients);
}
