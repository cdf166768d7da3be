/**
 * Programs that nobody here wrote, mailing from machines of their own: each runs in a root that is
 * this machine with the unpacked programs added, and leaves nothing behind. It needs root.
 *
 * @module
 */

import { join } from "node:path";
import { ROOT } from "./program.ts";
import { type Ended, run } from "./tools.ts";

/** The scripts: one for each sender, one that makes the machine, one that unpacks. */
const SCRIPTS = join(ROOT, "tests/peers/senders");

/** Where the last of these unpacks; it writes `complete` when it is done. */
const UNPACKED = "/opt/mail2alert-senders";

/** The longest that any sender takes, even on a machine that stalls. */
const LIMIT_MS = 300_000;

/** A namespace of everything that a sender could change but the network, where the relay is. */
const UNSHARED = ["--mount", "--uts", "--ipc", "--pid", "--fork", "--kill-child"];

/** The loopback ports that a sender is told. */
export interface SenderPorts {
  /** Where the relay listens. */
  readonly relay: number;
  /** A free one, for those that listen themselves. */
  readonly own: number;
}

/**
 * Runs the script of a sender on a machine of its own, to its end; then its mails are handed over.
 *
 * @param sender The script's name.
 * @throws {Error} If the programs are not unpacked, or the script does not end.
 */
export async function runSender(sender: string, ports: SenderPorts): Promise<Ended> {
  await mustBeUnpacked();
  const work = await Deno.makeTempDir({ prefix: "mail2alert-sender-" });
  const script = await Deno.readTextFile(join(SCRIPTS, `${sender}.sh`));
  const variables = `RELAY_PORT=${ports.relay}\nFREE_PORT=${ports.own}\n`;
  const machine = ["sh", join(SCRIPTS, "machine.sh"), work, UNPACKED, `${ports.relay}`];
  try {
    return await run("unshare", [...UNSHARED, ...machine, variables + script], {
      withinMs: LIMIT_MS,
    });
  } finally {
    await Deno.remove(work);
  }
}

async function mustBeUnpacked(): Promise<void> {
  try {
    await Deno.stat(join(UNPACKED, "complete"));
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw new Error(
      `There are no senders in ${UNPACKED}: run \`${SCRIPTS}/unpack.sh\` (Debian 12, as root) ` +
        "and try again",
    );
  }
}
