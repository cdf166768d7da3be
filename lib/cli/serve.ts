/**
 * `mail2alert serve`: runs the relay until a signal ends it, or until another process has taken its
 * place.
 *
 * DIAGNOSTICS. Exit 0 after SIGTERM or SIGINT, once running transactions have finished (at most
 * 10 s), and after a replacement. Exit 1 when the relay cannot listen or the store is in use. Exit 2
 * when the configuration is wrong. SIGHUP reads the configuration again, as a change of its files does.
 *
 * @module
 */

import { type Relay, type RelayOptions, startRelay } from "../app.ts";
import { reviewConfiguration } from "../config/review.ts";
import type { Configuration } from "../config/types.ts";
import { RelayError } from "../errors.ts";
import { LEVEL_NAMES, log, startLog } from "../log.ts";
import { VERSION } from "../version.ts";
import { fullPath, readConfiguration } from "./configuration.ts";
import { startUnlessRunning } from "./supervise.ts";
import type { Terminal } from "./terminal.ts";

const records = log("app");

/** How to serve. */
export interface ServeOptions {
  /** The configuration file. */
  readonly config?: string;
  /** Whether one that runs already, and is well, is as good. */
  readonly ifNotRunning?: boolean;
  /** Whether one that runs already is to give its place to us. */
  readonly replace?: boolean;
}

/** Runs the relay on the configuration that `options` (or the environment) name. */
export async function serve(options: ServeOptions, terminal: Terminal): Promise<number> {
  if (options.ifNotRunning && options.replace) {
    throw new RelayError(
      "usage",
      "--if-not-running leaves a running program alone and --replace ends it: take one of them",
    );
  }
  const level = terminal.env("LOGLEVEL");
  startLog(level);
  const { path, configuration, source } = await readConfiguration(options.config, terminal);
  // From now on: notifiers are served before the start is over, and a signal finds them.
  const signalled = terminal.ended();
  using hangUp = heedHangUp();
  const relay = await start(configuration, { ...options, source });
  if (relay === null) return 0;
  records.info("serving", {
    version: VERSION,
    pid: Deno.pid,
    configuration: fullPath(path),
    store: fullPath(configuration.store.path),
  });
  for (const warning of warningsOf(configuration, level)) {
    records.warning("configuration", { file: path, warning });
  }
  hangUp.follow(() => void relay.reload()); // Never rejects.
  const replaced = relay.drained.then(() => "another process has taken over");
  const reason = await Promise.race([signalled, replaced]);
  records.info("stopping", { reason });
  await relay.close();
  records.info("stopped");
  return 0;
}

/** Takes SIGHUP from now on: before the relay can do what it asks for, it must not end the program. */
function heedHangUp() {
  let heard = false;
  let reload = () => {
    heard = true;
  };
  const listener = () => reload();
  Deno.addSignalListener("SIGHUP", listener);
  return {
    follow: (work: () => void) => {
      reload = work;
      if (heard) work();
    },
    [Symbol.dispose]: () => Deno.removeSignalListener("SIGHUP", listener),
  };
}

/** Everything that the operator may want to mend, although it works. */
function warningsOf(configuration: Configuration, level: string | undefined): readonly string[] {
  const warnings = reviewConfiguration(configuration);
  if (!level || LEVEL_NAMES.includes(level)) return warnings;
  // As in 2017: no typing error in there is worth a mail.
  const told = `LOGLEVEL is ${JSON.stringify(level)}, INFO is used: expected one of ${
    LEVEL_NAMES.join(", ")
  }`;
  return [told, ...warnings];
}

function start(
  configuration: Configuration,
  { ifNotRunning, replace, source }: ServeOptions & Required<Pick<RelayOptions, "source">>,
): Promise<Relay | null> {
  if (ifNotRunning) return startUnlessRunning(configuration, { source });
  return startRelay(configuration, { source, replace: replace ?? false });
}
