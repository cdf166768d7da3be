/**
 * From the checked shape of the file to {@link Configuration}: new names, one form for each thing.
 * Nothing can be wrong here any more.
 *
 * @module
 */

import type { WrittenAnswers } from "./answers.ts";
import { buildLookup, buildPack, buildTest } from "./build_packs.ts";
import { buildManager } from "./build_routing.ts";
import { buildListener, buildSmarthost } from "./build_smtp.ts";
import type { FileShape, LimitsShape, QueueShape } from "./shape.ts";
import type { Configuration, HistoryConfig, Limits, QueueConfig } from "./types.ts";
import type { Vocabulary } from "./vocabulary.ts";

/** What the shape does not say. */
export interface BuildContext {
  /** Our name when the file does not say. */
  readonly hostname: string;
  /** The words of the file. */
  readonly vocabulary: Vocabulary;
  /** Answers of lookups that the file holds. */
  readonly answers: WrittenAnswers;
  /** Finds what is to be hidden in the URL of a lookup. */
  readonly secretsOf: (lookup: string) => readonly string[];
}

/** Builds the configuration from a shape that the schema and `contradictions.ts` let pass. */
export function build(
  shape: FileShape,
  { hostname, vocabulary, answers, secretsOf }: BuildContext,
): Configuration {
  const [preferred, ...others] = shape["remote-smtp"];
  return {
    hostname: shape.hostname ?? hostname,
    listeners: shape["local-smtp"].map(buildListener),
    smarthosts: [buildSmarthost(preferred), ...others.map(buildSmarthost)],
    ack: shape.ack,
    ackBudgetMs: shape["ack-budget"],
    store: { path: shape.store.path, minFreeOctets: shape.store["min-free"] },
    queue: buildQueue(shape.queue),
    duplicates: {
      windowMs: shape.duplicates.window,
      passThrough: shape.duplicates["pass-through"],
    },
    history: buildHistory(shape.history),
    onFailure: shape["on-failure"],
    limits: buildLimits(shape.limits),
    managers: shape.managers.map((manager) => buildManager(manager, vocabulary)),
    lookups: Object.entries(shape.lookups).map(([name, lookup]) =>
      buildLookup(name, lookup, { standIn: answers.standIn, secretsOf })
    ),
    packs: shape.packs.map(buildPack),
    tests: shape.tests.map((test, index) => buildTest(test, index, answers.ofTest(index))),
    reload: shape.reload,
  };
}

function buildHistory({ text, keep, size }: FileShape["history"]): HistoryConfig {
  return { text, keepMs: keep, sizeOctets: size };
}

function buildQueue(queue: QueueShape): QueueConfig {
  return {
    firstRetryMs: queue["first-retry"],
    maxRetryMs: queue["max-retry"],
    giveUpAfterMs: queue["give-up-after"],
    delayNoticeMs: queue["delay-notice"],
    deadLettersMs: queue["dead-letters"],
  };
}

function buildLimits(limits: LimitsShape): Limits {
  return {
    messageSizeOctets: limits["message-size"],
    recipients: limits.recipients,
    mailsPerConnection: limits["mails-per-connection"],
    commandLineOctets: limits["command-line"],
    errors: limits.errors,
    connections: limits.connections,
    connectionsPerPeer: limits["connections-per-peer"],
    connectionsPerMinute: limits["connections-per-minute"],
    idleMs: limits.idle,
    transactionMs: limits.transaction,
  };
}
