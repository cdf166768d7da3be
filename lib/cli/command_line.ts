/**
 * The command line: words to commands, failures to messages and exit codes.
 *
 * Exit codes: 0 fine, 1 failed while running, 2 wrong usage or configuration, 3 `replay`: a mail would
 * lose its last destination.
 * Data goes to stdout, messages to stderr.
 *
 * @module
 */

import { Command, CommanderError, Option } from "commander";
import { RelayError } from "../errors.ts";
import { suggest } from "../config/suggest.ts";
import { ALGORITHMS } from "../smtp/auth/hash_password.ts";
import { VERSION } from "../version.ts";
import { demo } from "./demo/demo.ts";
import { addAskingCommands, configOption } from "./_asking_commands.ts";
import { addDoctorCommands } from "./_doctor_commands.ts";
import { hash } from "./hash.ts";
import { addQueueCommands } from "./_queue_commands.ts";
import { serve } from "./serve.ts";
import type { Terminal } from "./terminal.ts";

const INTRODUCTION = `The SMTP server that machines report to.

For each mail it asks a REST API for the context that the mail lacks, decides
by rules who needs to know, and hands the mail on. The sender gets a 2xx only
when everyone who is to have the mail has accepted it, or it is safe on disk.`;

const ENVIRONMENT = `
Environment:
  MAIL2ALERT_CONFIGURATION  the configuration file, when --config does not name one
  LOGLEVEL                  DEBUG, INFO (default), WARNING, ERROR or CRITICAL

Exit codes: 0 fine, 1 failed while running, 2 wrong usage or configuration,
3 replay: a mail would lose its last destination.

First steps:
  mail2alert demo           watch it work, without any configuration
  mail2alert check          is the configuration right?
  mail2alert packs          whose mails does it understand?
  mail2alert explain X.eml  what would happen to this mail, and why?
  mail2alert queue list     what waits, and for what?
  mail2alert history        what became of the last mails, and why?
  mail2alert replay …       what would another configuration have done with them?
  mail2alert doctor device  what does a device do wrong, and what accepts it?
`;

/** Runs one command and says with which code to exit. */
export async function runCommandLine(args: readonly string[], terminal: Terminal): Promise<number> {
  let exitCode = 0;
  const program = createProgram(terminal, (code) => exitCode = code);
  try {
    refuseUnknown(args[0], program);
    await program.parseAsync([...args], { from: "user" });
    return exitCode;
  } catch (error) {
    return failure(error, terminal);
  }
}

/** Without this, a mistyped command would be taken for an argument of the default one. */
function refuseUnknown(word: string | undefined, program: Command): void {
  const names = ["help", ...program.commands.map((command) => command.name())];
  if (word === undefined || word.startsWith("-") || names.includes(word)) return;
  throw new RelayError("usage", `unknown command ${JSON.stringify(word)}${suggest(word, names)}`);
}

/** The exit code of a failure, after telling the operator. */
function failure(error: unknown, terminal: Terminal): number {
  // Commander has printed its message (or the help that was asked for) already.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  if (error instanceof RelayError) {
    terminal.err(`${error.message}\n`);
    return error.code === "config-invalid" || error.code === "usage" ? 2 : 1;
  }
  throw error;
}

function createProgram(terminal: Terminal, exit: (code: number) => void): Command {
  const program = new Command("mail2alert")
    .description(INTRODUCTION)
    .addHelpText("after", ENVIRONMENT)
    .configureOutput({ writeOut: terminal.out, writeErr: terminal.err })
    .exitOverride()
    .version(versionLine(), "-V, --version", "print the version")
    .helpCommand("help [command]", "explain a command");
  addServing(program, terminal, exit);
  addAskingCommands(program, terminal, exit);
  addQueueCommands(program, terminal, exit);
  addHash(program, terminal, exit);
  addDoctorCommands(program, terminal, exit);
  program.command("version")
    .description("print the version")
    .action(() => terminal.out(`${versionLine()}\n`));
  return program;
}

function versionLine(): string {
  return `mail2alert ${VERSION} (Deno ${Deno.version.deno})`;
}

function addServing(program: Command, terminal: Terminal, exit: (code: number) => void): void {
  program.command("serve", { isDefault: true })
    .description("run the relay (the default command)")
    .addOption(configOption())
    .option("--if-not-running", "say nothing and exit 0 where one runs and is well; for cron")
    .option("--replace", "take the place of the one that runs, without refusing a connection")
    .addHelpText("after", "\nSIGTERM or SIGINT ends it: running transactions finish, at most 10 s.")
    .action(async (options) => exit(await serve(options, terminal)));
  program.command("demo")
    .description(
      "run with a built-in mail server, GoCD server and notifiers, and tell what happens",
    )
    .option("--keep", "go on listening afterwards, and say how to send a mail")
    .addHelpText(
      "after",
      "\nNeeds no configuration; everything stays on this machine. Exit 0: every mail arrived\n" +
        "where it should.",
    )
    .action(async ({ keep }) => exit(await demo({ keep: keep === true }, terminal)));
}

function addHash(program: Command, terminal: Terminal, exit: (code: number) => void): void {
  program.command("hash")
    .description("make of a password the hash that `auth: {users: …}` may hold instead of it")
    .addOption(
      new Option("--algorithm <name>", "how to hash it").choices(ALGORITHMS).default("scrypt"),
    )
    .addHelpText(
      "after",
      "\nAsks for the password without showing it, or reads it as one line from a pipe; prints the" +
        "\nhash. In the configuration: users: {nas: '$scrypt$…'}",
    )
    .action(async (options) => exit(await hash(options, terminal)));
}
