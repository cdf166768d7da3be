/**
 * The load of the bench, by Postfix' `smtp-source`.
 *
 * @module
 */

import { parseArgs } from "node:util";
import { runTool } from "../support/tools.ts";
import { until } from "../support/wait.ts";

/** How much to send. */
export interface Load {
  /** Mails a run. */
  readonly mails: number;
  /** Runs of each side. */
  readonly pairs: number;
}

/** Where to send, and how to see that it has arrived. */
export interface Target {
  /** A loopback port. */
  readonly port: number;
  /** How many mails to send. */
  readonly mails: number;
  /** How many mails the last server has so far; absent: a mail has arrived once it is accepted. */
  readonly arrived?: () => number;
}

const MESSAGE_OCTETS = 2048;
const SESSIONS = 20;
/** Longest run, in ms: ten times what Postfix needs on two cores. */
const LONGEST_MS = 300_000;

/** The load that the command line asks for. */
export function loadOf(args: readonly string[]): Load {
  const { values } = parseArgs({
    args: [...args],
    options: {
      mails: { type: "string", default: "10000" },
      pairs: { type: "string", default: "3" },
    },
  });
  return { mails: Number(values.mails), pairs: Number(values.pairs) };
}

/**
 * Sends mails, one a connection, over 20 sessions side by side.
 *
 * @returns Mails a second, until the last one has arrived.
 * @throws {Error} If one is refused, or does not arrive.
 */
export async function sendLoad({ port, mails, arrived }: Target): Promise<number> {
  const before = arrived?.() ?? 0;
  const began = performance.now();
  const size = ["-m", `${mails}`, "-s", `${SESSIONS}`, "-l", `${MESSAGE_OCTETS}`];
  const addresses = ["-f", "bench@example.net", "-t", "bench@example.org"];
  const { code, stderr } = await runTool(
    "smtp-source",
    [...size, ...addresses, `127.0.0.1:${port}`],
    { withinMs: LONGEST_MS },
  );
  if (code !== 0) throw new Error(`smtp-source ended with exit code ${code}: ${stderr}`);
  if (arrived !== undefined) {
    const all = () => arrived() >= before + mails;
    await until(all, { what: `${mails} mails at the end`, withinMs: LONGEST_MS, everyMs: 5 });
  }
  return mails / (performance.now() - began) * 1000;
}
