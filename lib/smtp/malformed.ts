/**
 * Commands that do not follow the grammar: each carries the reply that it deserves.
 *
 * @module
 */

import type { Reply } from "../mail/reply.ts";
import type { Command } from "./command.ts";

/** What is answered, in words of its own. */
export type Refusal = readonly [code: number, status: NonNullable<Reply["status"]>, text: string];

/** A command that is refused for its form. */
export function malformed(...[code, status, text]: Refusal): Command {
  return refused({ code, status, lines: [text] });
}

/** A command that gets this reply and does nothing. */
export function refused(reply: Reply): Command {
  return { verb: "MALFORMED", recipient: false, reply };
}

/** The same of what was meant to be a recipient: DATA has "no valid recipients" then. */
export function malformedRecipient(...[code, status, text]: Refusal): Command {
  return refusedRecipient({ code, status, lines: [text] });
}

/** A recipient that gets this reply. */
export function refusedRecipient(reply: Reply): Command {
  return { verb: "MALFORMED", recipient: true, reply };
}
