/**
 * What is allowed in a configuration and yet probably not meant.
 *
 * @module
 */

import { reviewRouting } from "./review_routing.ts";
import { reviewListener, reviewSmarthost } from "./review_smtp.ts";
import type { Configuration } from "./types.ts";

/**
 * Looks for doubtful settings.
 *
 * @returns One sentence for each, with what to do; without secrets.
 */
export function reviewConfiguration(configuration: Configuration): readonly string[] {
  const { listeners, smarthosts } = configuration;
  return [
    ...listeners.flatMap(reviewListener),
    ...smarthosts.flatMap(reviewSmarthost),
    ...reviewStorePath(configuration),
    ...reviewQueue(configuration),
    ...reviewRouting(configuration),
  ];
}

/** Beyond, in octets, `/control.sock` in the folder is too long for the name of a unix socket. */
const STORE_PATH_OCTETS = 94;

function reviewStorePath({ store: { path } }: Configuration): readonly string[] {
  const { length } = new TextEncoder().encode(path);
  if (length <= STORE_PATH_OCTETS) return [];
  return [
    `store.path has ${length} octets: beyond ${STORE_PATH_OCTETS} nobody can ask the running ` +
    "program, so queue retry, queue drop, --if-not-running and --replace do not work: take a " +
    "shorter one",
  ];
}

function reviewQueue(configuration: Configuration): readonly string[] {
  const { store, queue, duplicates, history } = configuration;
  const unguarded = store.minFreeOctets === 0;
  const forgotten = history.keepMs < duplicates.windowMs;
  const untried = queue.giveUpAfterMs <= queue.firstRetryMs;
  return [
    ...unguarded
      ? ["store.min-free is 0: mail is taken until the disk is full, and nothing else can write"]
      : [],
    ...untried
      ? ["queue.give-up-after is no longer than first-retry: what fails once is never tried again"]
      : [],
    ...forgotten
      ? [
        "history.keep is shorter than duplicates.window: a mail that comes again after a restart " +
        "may be delivered twice",
      ]
      : [],
  ];
}
