/**
 * All that the command line tells of a relay and its mails.
 *
 * @module
 */

import assert from "node:assert/strict";
import { runProgram } from "./program.ts";

/**
 * Asks beside a relay that works in a folder, and has at least one mail in its history.
 *
 * @param env Variables that its configuration needs.
 * @returns What was printed, by the command.
 */
export async function askEverything(
  cwd: string,
  env: Readonly<Record<string, string>>,
): Promise<Map<string, string>> {
  const told = new Map<string, string>();
  const ask = async (...args: string[]) => {
    const { stdout, stderr } = await runProgram([...args, "--config", "configuration.yml"], {
      cwd,
      env,
    });
    told.set(args.join(" "), stdout + stderr);
    return stdout;
  };
  const all: readonly { readonly queueId: string }[] = JSON.parse(await ask("history", "--json"));
  assert.ok(all.length > 0, "the history is empty");
  const [probed = "", permissions = ""] = await Promise.all([
    ask("check", "--probe"),
    ask("permissions"),
    ask("queue", "list", "--json"),
    ...all.map(({ queueId }) => ask("queue", "show", queueId)),
  ]);
  assert.match(probed, /^\S+: /m);
  assert.match(permissions, /--allow-/);
  return told;
}
