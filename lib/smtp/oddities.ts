/**
 * What a session's peer does that the standards forbid: parsed as far as the session tolerates it,
 * and told to the log by name, each kind once a session, with what would help.
 *
 * @module
 */

import { log } from "../log.ts";
import { type Command, parseCommand } from "./command.ts";
import type { Line } from "./line_reader.ts";
import { type Quirk, QUIRKS } from "./quirks.ts";
import type { Step } from "./session_state.ts";

/** What the oddities of one session depend on. */
export interface OddityOptions {
  /** The domain that an address without one gets. */
  readonly hostname: string;
  /** Told of each kind once. */
  readonly onQuirk?: ((quirk: Quirk, tolerated: boolean) => void) | undefined;
}

const logger = log("smtp");

/** Reads the lines of one session and remembers what was odd. */
export class Oddities {
  readonly #options: OddityOptions;
  readonly #told = new Set<Quirk>();
  /** Whether a command of SMTP was understood. */
  #spoken = false;

  /** Nothing was odd so far. */
  constructor(options: OddityOptions) {
    this.#options = options;
  }

  /** Parses a line as the session's tolerance asks for. */
  parse({ text, bareNewline }: Extract<Line, { kind: "line" }>, lenient: boolean): Command {
    const { hostname } = this.#options;
    const command = parseCommand(text, { lenient, hostname });
    if (bareNewline) return { ...command, quirks: [...command.quirks ?? [], "bare-newline"] };
    if (lenient || command.verb !== "MALFORMED") return command;
    // Only to name what is wrong: a lenient session would know.
    const { quirks = [] } = parseCommand(text, { lenient: true, hostname });
    return { ...command, quirks };
  }

  /** Tells of what was odd about a command and its step. */
  noteAll(command: Command, { quirk, reply }: Step, peer: string): void {
    const spoken = this.#spoken;
    this.#spoken ||= command.verb !== "MALFORMED" && command.verb !== "ABUSE";
    if (!command.quirks && !quirk) return;
    const tolerated = reply.code < 400;
    for (const odd of [...command.quirks ?? [], ...quirk ? [quirk] : []]) {
      // Header fields after commands are a message whose DATA was refused: that was told.
      if (odd === "other-protocol" && spoken) continue;
      this.note(odd, { peer, tolerated });
    }
  }

  /** Tells of one oddity, unless it was told before. */
  note(
    quirk: Quirk,
    { peer, tolerated }: { readonly peer: string; readonly tolerated: boolean },
  ): void {
    if (this.#told.has(quirk)) return;
    this.#told.add(quirk);
    this.#options.onQuirk?.(quirk, tolerated);
    const { does, remedy } = QUIRKS[quirk];
    if (tolerated) logger.info("quirk tolerated", { peer, quirk, does });
    else logger.warning("quirk refused", { peer, quirk, does, remedy });
  }
}
