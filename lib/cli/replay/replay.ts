/**
 * `mail2alert replay`: what another configuration would have done with the mails of the journal.
 * Asks the REST APIs that the configurations name, sends nothing, changes nothing.
 *
 * DIAGNOSTICS. Exit 0: no mail loses its last destination. Exit 3: one does. Exit 1: the journal
 * cannot be read. Exit 2: wrong usage or configuration.
 *
 * @module
 */

import type { Configuration } from "../../config/types.ts";
import type { JournalRecord } from "../../mail/journal.ts";
import { createRouter, type Router } from "../../routing/router.ts";
import { readConfiguration } from "../configuration.ts";
import { paint } from "../paint.ts";
import { type PlaceOptions, tellNoStore, withReader } from "../store_place.ts";
import type { Terminal } from "../terminal.ts";
import { readMoment } from "../time_option.ts";
import { writeLines } from "../writing.ts";
import { type Change, compare } from "./comparison.ts";
import { journalMails } from "./journal_mails.ts";
import { pastSource } from "./past_source.ts";
import { replayLines, type Tally } from "./replay_text.ts";

/** What to compare. */
export interface ReplayOptions extends PlaceOptions {
  /** The new configuration. */
  readonly config: string;
  /** The one to compare with; the one that other commands read when absent. */
  readonly against?: string;
  /** Since when. */
  readonly since: string;
}

/** A mail loses its last destination. */
const EXIT_LOST = 3;

/** Most changes that are kept to be told; the others are counted. */
const MAX_CHANGES = 10_000;

/** Routes the journal's mails through both configurations, and says what would change. */
export async function replay(options: ReplayOptions, terminal: Terminal): Promise<number> {
  const since = readMoment(options.since, "--since", Date.now());
  const before = (await readConfiguration(options.against, terminal)).configuration;
  const after = (await readConfiguration(options.config, terminal)).configuration;
  const place = { json: options.json ?? false, store: options.store ?? before.store.path };
  return await withReader(place, terminal, async (reader, folder) => {
    if (reader === null) {
      tellNoStore(folder, terminal);
      return 1;
    }
    const tally = await compareAll(journalMails(reader, since), { before, after });
    if (place.json) terminal.out(`${JSON.stringify(tally, null, 2)}\n`);
    else writeLines(replayLines(tally, paint(terminal.colour)), terminal);
    return tally.lastLost > 0 ? EXIT_LOST : 0;
  });
}

/** The two configurations. */
interface Both {
  readonly before: Configuration;
  readonly after: Configuration;
}

async function compareAll(
  mails: ReturnType<typeof journalMails>,
  { before, after }: Both,
): Promise<Tally> {
  let current: JournalRecord | null = null;
  const routerOf = (configuration: Configuration, from?: Router) =>
    createRouter(configuration, {
      gocd: (manager) => pastSource(manager, () => current),
      // What both ask in the same way is asked once, so that they get the same answer.
      ...from && { from },
    });
  const first = routerOf(before);
  const second = routerOf(after, first);
  const changes: Change[] = [];
  const counts = { mails: 0, changed: 0, lastLost: 0, withoutText: 0, undecided: 0 };
  try {
    for await (const { mail, record, text } of mails) {
      current = record;
      const pair = {
        queueId: mail.queueId,
        receivedAt: mail.receivedAt,
        subject: record.subject ?? null,
        before: await first.route(mail, undefined, { dryRun: true }),
        after: await second.route(mail, undefined, { dryRun: true }),
      };
      const change = compare(pair);
      counts.mails++;
      counts.withoutText += Number(text !== "full");
      counts.undecided += Number(isUndecided(pair.after) || isUndecided(pair.before));
      if (change === null) continue;
      counts.changed++;
      counts.lastLost += Number(change.lastLost);
      if (changes.length < MAX_CHANGES) changes.push(change);
    }
  } finally {
    await Promise.all([first.close(), second.close()]);
  }
  return { ...counts, changes };
}

function isUndecided(
  { trace }: { readonly trace: Parameters<typeof compare>[0]["after"]["trace"] },
) {
  return [trace, ...trace.further ?? []].some(({ rules }) =>
    rules.some(({ verdict }) => verdict === "undecided")
  );
}
