/**
 * The executable: command line in, exit code out. Everything else is in `lib/`.
 *
 * @module
 */

import { runCommandLine } from "./lib/cli/command_line.ts";
import { systemTerminal } from "./lib/cli/terminal.ts";
import { flushLog } from "./lib/log.ts";

if (import.meta.main) {
  try {
    Deno.exitCode = await runCommandLine(Deno.args, systemTerminal());
  } finally {
    await flushLog();
  }
  Deno.exit();
}
