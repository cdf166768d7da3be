/**
 * Keeps the spool clean: what a crash left there is nobody's after a while.
 *
 * @module
 */

import { reasonOf } from "../errors.ts";
import { log } from "../log.ts";
import type { MessageSpool } from "../store/spool.ts";

const records = log("app");

/** How often the spool is swept, in milliseconds. */
const SWEEP_MS = 600_000;
/** Files in the spool that nobody has written to for this long are nobody's, in milliseconds. */
const ABANDONED_MS = 3_600_000;

/**
 * Removes what a crash left in the spool, now and from time to time: right after the crash the
 * files are too young to be told from those of another process at work.
 *
 * @returns What ends it.
 */
export async function keepSwept(spool: MessageSpool): Promise<() => void> {
  const unfit = await spool.prepare();
  if (unfit !== null) records.warning("messages over 1 MiB cannot be taken", { reason: unfit });
  const sweep = async () => {
    try {
      const removed = await spool.sweep(Date.now() - ABANDONED_MS);
      if (removed > 0) records.warning("abandoned files removed from the spool", { removed });
    } catch (error) {
      records.warning("spool not swept", { reason: reasonOf(error) });
    }
  };
  await sweep();
  const timer = setInterval(sweep, SWEEP_MS);
  return () => clearInterval(timer);
}
