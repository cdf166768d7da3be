/**
 * The words of `queue` and `history` on the command line.
 *
 * @module
 */

import { type Command, Option } from "commander";
import { history } from "./history.ts";
import { queueExport, queueList, queueShow } from "./queue.ts";
import { queueDrop, queueRetry } from "./queue_change.ts";
import type { Terminal } from "./terminal.ts";

/** Takes an exit code. */
type Exit = (code: number) => void;

const ID = "ID is the queue id, as the 250 reply, the log and `queue list` tell it.";

const LIST = `NEXT TRY says "due" of what is being tried right now, or goes as soon as its
destination is back. STATE "dead" is a dead letter: given up, and kept.`;

const HISTORY = `
Times are ISO 8601, UTC unless they name a zone (2026-11-22, 2026-11-22T18:30,
2026-11-22T18:30+02:00), or say how long ago (30m, 2h, 5d). Everything that is
asked must hold; the newest mails come first.

States: open (somebody is still to get it), delivered, no-delivery (no rule
matched), refused (the notifier was told so and keeps it), bounced (given up,
and its sender was told), dead-letter (given up, and it has no sender to tell),
dropped (by the operator, by age, or lost when the database was damaged). What
was given up is a dead letter in either case: \`queue list\` shows those.`;

/** Adds both to the program. */
export function addQueueCommands(program: Command, terminal: Terminal, exit: Exit): void {
  addQueue(program, terminal, exit);
  addHistory(program, terminal, exit);
}

function addQueue(program: Command, terminal: Terminal, exit: Exit): void {
  const queue = program.command("queue")
    .description("look at the mails that wait, and change what becomes of them")
    .addHelpText("after", "\nAll of it works while the relay runs and while it does not.");
  placed(queue.command("list"))
    .description("list the queued mails, oldest first")
    .option("--json", "for programs")
    .addHelpText("after", `\n${LIST}`)
    .action(async (options) => exit(await queueList(options, terminal)));
  placed(queue.command("show <id>"))
    .description("show all about a queued mail: who is still to get it, and what happened so far")
    .option("--json", "for programs")
    .addHelpText("after", `\n${ID}`)
    .action(async (id, options) => exit(await queueShow(id, options, terminal)));
  placed(queue.command("retry [id]"))
    .description("try a mail again at once, also one that was given up (a dead letter)")
    .option("--all", "every mail of the queue")
    .option("--json", "for programs")
    .addHelpText("after", `\n${ID}`)
    .action(async (id, options) => exit(await queueRetry(id, options, terminal)));
  placed(queue.command("drop <id>"))
    .description("drop a mail for good, at once and without asking; nobody else will get it")
    .option("--json", "for programs")
    .addHelpText("after", `\n${ID} The journal goes on knowing the mail.`)
    .action(async (id, options) => exit(await queueDrop(id, options, terminal)));
  placed(queue.command("export <id>"))
    .description("print the message of a queued mail, octet by octet as it came")
    .addHelpText("after", `\n${ID}\n\n  mail2alert queue export ID > mail.eml`)
    .action(async (id, options) => exit(await queueExport(id, options, terminal)));
}

function addHistory(program: Command, terminal: Terminal, exit: Exit): void {
  placed(program.command("history"))
    .description("tell what became of mails, and why")
    .option("--id <id>", "all about one mail, by its queue id")
    .option("--message", "with --id: print what is kept of its text instead")
    .option("--message-id <message-id>", "mails with this Message-ID")
    .option("--address <address>", "mails from or to this address, or a part of one")
    .option("--subject <text>", "mails with this in their subject")
    .option("--since <time>", "mails received then or later")
    .option("--until <time>", "mails received before")
    .option("--state <states>", "mails in one of these states, with commas between")
    .option("--limit <count>", "most mails", "50")
    .option("--json", "for programs")
    .addHelpText("after", HISTORY)
    .action(async (options) => exit(await history(options, terminal)));
}

/** Every command here asks where the store is. */
function placed(command: Command): Command {
  return command
    .addOption(
      new Option(
        "--config <file>",
        "the configuration (default: $MAIL2ALERT_CONFIGURATION, else configuration.yml)",
      ),
    )
    .option("--store <folder>", "the store itself; the configuration is not read then");
}
