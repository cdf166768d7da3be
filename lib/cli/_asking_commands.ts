/**
 * The words of the commands that ask what a configuration is, does and needs: `check`, `report`,
 * `explain`, `replay`, `packs`, `permissions`, `schema`.
 *
 * @module
 */

import { type Command, Option } from "commander";
import { check } from "./check.ts";
import { explain } from "./explain.ts";
import { packs } from "./packs.ts";
import { permissions } from "./permissions.ts";
import { replay } from "./replay/replay.ts";
import { report } from "./report.ts";
import { schema } from "./schema.ts";
import type { Terminal } from "./terminal.ts";

/** Takes an exit code. */
type Exit = (code: number) => void;

const EXPLAIN = `
A mail as a file (RFC 5322), or - for stdin: what would happen to it now. A
queue id, as the reply to the mail and the log name it: what was decided when it
came and what became of it, from the journal.`;

const REPLAY = `
Without --store it is the store that the configuration of --against names.
Lookups and GoCD are asked for their answers of today; what a stage had come to
is what the journal says. Sends nothing, changes nothing, and works while the
relay runs. Exit 3: a mail would lose its last destination.`;

const PACKS = `
The packs of the configuration come first, where one can be read. With a name:
everything about that pack, each field and event on a line of its own.`;

const SCHEMA = `
For YAML editors (JSON Schema, draft 2020-12). Write it beside the
configuration, whose first line then points at it:

  mail2alert schema > mail2alert.schema.json
  # yaml-language-server: $schema=mail2alert.schema.json

It knows keys and forms; \`mail2alert check\` knows what they mean together.`;

/** Adds them to the program. */
export function addAskingCommands(program: Command, terminal: Terminal, exit: Exit): void {
  addChecking(program, terminal, exit);
  addExplain(program, terminal, exit);
  addReplay(program, terminal, exit);
  addPacks(program, terminal, exit);
  program.command("permissions")
    .description("print the Deno permission flags that this configuration needs, and no more")
    .addOption(configOption())
    .action(async (options) => exit(await permissions(options, terminal)));
  program.command("schema")
    .description("print the configuration's JSON Schema, for editors")
    .addHelpText("after", SCHEMA)
    .action(() => schema(terminal));
}

function addChecking(program: Command, terminal: Terminal, exit: Exit): void {
  program.command("check")
    .description("validate the configuration and its store, and say what is wrong")
    .addOption(configOption())
    .option(
      "--probe",
      "also contact the mail servers, GoCD and the servers of lookups, and try to write to the store",
    )
    .action(async (options) => exit(await check(options, terminal)));
  program.command("report")
    .description("print who gets which alert, for every pipeline that GoCD knows")
    .addOption(configOption())
    .addOption(
      new Option("--format <format>", "how to print it").choices(["yaml", "json", "table"])
        .default("yaml"),
    )
    .addHelpText("after", "\nThe yaml form is what `--test` of the 2017 program printed.")
    .action(async (options) => exit(await report(options, terminal)));
}

function addExplain(program: Command, terminal: Terminal, exit: Exit): void {
  program.command("explain <file-or-queue-id>")
    .description("say what would happen to a mail, or did, and why; sends nothing")
    .addOption(configOption())
    .option("--store <folder>", "with a queue id: the store; the configuration is not read then")
    .option(
      "--from <address>",
      "its reverse-path; default: Return-Path, Sender or From of the mail",
    )
    .addOption(
      new Option(
        "--to <addresses>",
        "its forward-paths, with commas between; default: To, Cc and Bcc",
      ).argParser(addAddresses),
    )
    .option("--at <time>", "when it comes, for muted hours: 2026-11-22T18:30Z; default: now")
    .option("--json", "for programs")
    .addHelpText("after", EXPLAIN)
    .action(async (what, options) => exit(await explain(what, options, terminal)));
}

function addAddresses(text: string, earlier: readonly string[] = []): readonly string[] {
  return [...earlier, ...text.split(",")];
}

function addReplay(program: Command, terminal: Terminal, exit: Exit): void {
  program.command("replay")
    .description("say what another configuration would have done with the mails of the journal")
    .requiredOption("--config <file>", "the other configuration")
    .option(
      "--against <file>",
      "the one to compare with (default: $MAIL2ALERT_CONFIGURATION, else configuration.yml)",
    )
    .option("--since <time>", "mails received since: 30d, 2026-11-22, 2026-11-22T18:30Z", "30d")
    .option("--store <folder>", "where the store is, if not where that configuration says")
    .option("--json", "for programs")
    .addHelpText("after", REPLAY)
    .action(async (options) => exit(await replay(options, terminal)));
}

function addPacks(program: Command, terminal: Terminal, exit: Exit): void {
  program.command("packs [name]")
    .description("list whose mails are understood, with the fields and events that rules may name")
    .addOption(configOption())
    .option("--json", "for programs")
    .addHelpText("after", PACKS)
    .action(async (name, options) => exit(await packs(name, options, terminal)));
}

/** The configuration that a command is about. */
export function configOption(): Option {
  return new Option(
    "--config <file>",
    "the configuration (default: $MAIL2ALERT_CONFIGURATION, else configuration.yml)",
  );
}
