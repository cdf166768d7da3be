/**
 * The executable: command line in, exit code out. Everything else is in `lib/`.
 *
 * @module
 */

import { runCommandLine } from "./lib/cli/command_line.ts";
import { systemTerminal } from "./lib/cli/terminal.ts";

if (import.meta.main) Deno.exit(await runCommandLine(Deno.args, systemTerminal()));
