/**
 * `mail2alert serve`: runs the relay until a signal ends it.
 *
 * DIAGNOSTICS. Exit 0 after SIGTERM or SIGINT, once running transactions have finished (at most
 * 10 s). Exit 1 when the relay cannot listen. Exit 2 when the configuration is wrong.
 *
 * @module
 */

import { startRelay } from "../app.ts";
import { reviewConfiguration } from "../config/review.ts";
import { log, startLog } from "../log.ts";
import { readConfiguration } from "./configuration.ts";
import type { Terminal } from "./terminal.ts";

const records = log("app");

/** Runs the relay on the configuration that `option` (or the environment) names. */
export async function serve(option: string | undefined, terminal: Terminal): Promise<number> {
  startLog(terminal.env("LOGLEVEL"));
  const { path, configuration } = await readConfiguration(option, terminal);
  for (const warning of reviewConfiguration(configuration)) {
    records.warning("configuration", { file: path, warning });
  }
  const relay = await startRelay(configuration);
  const ignoreHangup = () =>
    records.warning("SIGHUP ignored: restart the program to read a changed configuration");
  Deno.addSignalListener("SIGHUP", ignoreHangup);
  const signal = await terminal.ended();
  records.info("stopping", { signal });
  await relay.close();
  Deno.removeSignalListener("SIGHUP", ignoreHangup);
  records.info("stopped");
  return 0;
}
