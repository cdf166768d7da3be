/**
 * The first mailbox of a `From` field. Machines write it in every way that a mail server lets pass:
 * `mdadm monitoring <root>`, `root`, `root (Cron Daemon)`, `"(Cron Daemon)" <user>`.
 *
 * @module
 */

import { decodeField } from "../../mail/subject.ts";

/** Characters of the field that are looked at. */
const MAX_CHARACTERS = 4_096;

/** A mailbox: decoded, on one line; what is not there is empty. */
export interface Mailbox {
  /** The display name. */
  readonly name: string;
  /** The address, as it stands there: `root` has no domain. */
  readonly address: string;
}

/**
 * Reads the first mailbox, also of a group.
 *
 * @param raw The field's value, unfolded, one character an octet; absent: both are empty.
 */
export function firstMailbox(raw: string = ""): Mailbox {
  const text = raw.slice(0, MAX_CHARACTERS).replace(/^[\w .-]*:(?=[^:]*@)/, "");
  const { before, address } = split(text);
  if (address !== undefined) return { name: plainName(before), address: decodeField(address) };
  const comment = /\(([^()]*)\)/.exec(before)?.[1] ?? "";
  const bare = before.replace(/\([^()]*\)/g, " ").trim();
  // Words without an address are a name; one word alone is whom the machine calls so.
  if (/\s/.test(bare)) return { name: plainName(bare), address: "" };
  return { name: decodeField(comment), address: decodeField(bare.replace(/;$/, "")) };
}

/** What stands before the first `<…>`, or the first comma, that is not inside quotes. */
function split(text: string): { readonly before: string; readonly address?: string } {
  let quoted = false;
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (character === "\\") at++;
    else if (character === '"') quoted = !quoted;
    else if (quoted) continue;
    else if (character === ",") return { before: text.slice(0, at) };
    else if (character === "<") return { before: text.slice(0, at), address: inBrackets(text, at) };
  }
  return { before: text };
}

function inBrackets(text: string, at: number): string {
  const end = text.indexOf(">", at);
  return text.slice(at + 1, end < 0 ? text.length : end).trim();
}

/** Without the quotes and backslashes of a quoted string. */
function plainName(text: string): string {
  return decodeField(text.replace(/\\(.)|"/g, "$1").trim());
}
