/**
 * `serve --if-not-running`: what makes a line in a crontab a supervisor. Starts the relay unless one
 * works on the store already; one that does not do its work is told of, never killed: the operator
 * decides what it may lose.
 *
 * INVARIANT: where a healthy relay runs, nothing is said. cron mails whatever is.
 *
 * @module
 */

import { type Relay, type RelayOptions, startRelay } from "../app.ts";
import type { Configuration } from "../config/types.ts";
import { askControl } from "../control/client.ts";
import { pathProblem } from "../control/line.ts";
import { RelayError } from "../errors.ts";
import { describeHolder, type Holder, nameOf, readHolder } from "../store/holder.ts";
import { controlSocket } from "../store/layout.ts";

/** A relay is well that says so within this time; one that starts or ends gets as long, in ms. */
const HEALTHY_MS = 5_000;
/** Pause between two looks, in ms. */
const LOOK_MS = 200;

/**
 * Starts a relay, unless a healthy one runs.
 *
 * @param options How to start it.
 * @returns `null` when one does.
 * @throws {RelayError} `store-in-use` when one runs and is not well; else as `startRelay`.
 */
export async function startUnlessRunning(
  configuration: Configuration,
  options: RelayOptions = {},
): Promise<Relay | null> {
  const { path } = configuration.store;
  const deadline = performance.now() + HEALTHY_MS;
  for (;;) {
    try {
      return await startRelay(configuration, options);
    } catch (error) {
      if (!(error instanceof RelayError && error.code === "store-in-use")) throw error;
    }
    const illness = await illnessOf(path, Math.max(deadline - performance.now(), LOOK_MS));
    if (illness === null) return null;
    if (performance.now() >= deadline) {
      const [name, holder] = [await nameOf(path), await readHolder(path)];
      throw mute(name, holder, pathProblem(controlSocket(path))) ?? notWell(name, holder, illness);
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}

/** What is wrong with the relay that works on a store; `null`: nothing. */
async function illnessOf(store: string, timeoutMs: number): Promise<string | null> {
  try {
    const status = await askControl(controlSocket(store), { command: "status" }, {
      timeoutMs: Math.round(timeoutMs),
    });
    return status.healthy ? null : `it is not well: its store is ${status.store}`;
  } catch (error) {
    if (error instanceof RelayError) return `it does not say how it is: ${error.message}`;
    throw error;
  }
}

/** One that nobody can ask may be as well as can be: it is not to be stopped for that. */
function mute(name: string, holder: Holder | null, problem: string | null): RelayError | null {
  if (problem === null) return null;
  return new RelayError(
    "store-in-use",
    `Cannot tell whether the program on the store ${name} is well: ${
      describeHolder(holder)
    }, and ` +
      `nobody can ask it: ${problem}. It may work all the same: let it run until the folder can ` +
      "be moved",
  );
}

function notWell(name: string, holder: Holder | null, illness: string): RelayError {
  const stop = holder === null
    ? "stop it (fuser -v on the file lock in that folder shows its process id)"
    : `stop it (kill ${holder.pid}, or kill -9 ${holder.pid} when that is not enough)`;
  return new RelayError(
    "store-in-use",
    `Cannot start on the store ${name}: ${describeHolder(holder)}, but ${illness}. Look at its ` +
      `log, then ${stop}: the next start takes over its queue`,
  );
}
