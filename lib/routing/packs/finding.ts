/**
 * How packs put down what they found: bounded, on one line, nothing empty, and the fingerprint made
 * the same way everywhere. And how they read a text by its lines.
 *
 * @module
 */

import { printable } from "../../mail/printable.ts";
import type { MailView, Reading, Severity, State } from "./pack.ts";

/** Characters of a field that are kept; a host name has 255 at most. */
const MAX_VALUE = 512;

/** Characters of a URL that are kept; a longer one is none. */
const MAX_LINK = 2_000;

/** What a pack found in a mail that it recognised. */
export interface Finding {
  /** The event, when one is known. */
  readonly event?: string | undefined;
  /** How bad it is. */
  readonly severity: Severity;
  /** Whether something is wrong now. */
  readonly state: State;
  /** One line for people. */
  readonly title: string;
  /** What the mail is about, the same whatever the state: host, then object; empty ones are left out. */
  readonly about: readonly string[];
  /** Further fields by name; those without a value are left out. */
  readonly details?: Readonly<Record<string, string | undefined>>;
}

/** Makes a reading of a finding. */
export function reading(source: string, mail: Pick<MailView, "subject">, found: Finding): Reading {
  const { event, severity, state, details = {} } = found;
  const about = found.about.map((part) => oneLine(part)).filter((part) => part !== "");
  const all: Record<string, string | undefined> = {
    ...details,
    source,
    subject: mail.subject,
    severity,
    state,
    title: oneLine(found.title),
    fingerprint: [source, ...about].join(":"),
  };
  const fields: Record<string, string> = {};
  for (const [name, value] of Object.entries(all)) {
    const kept = name === "subject" || name === "link" ? value : oneLine(value ?? "");
    if (kept !== undefined && kept !== "") fields[name] = kept;
  }
  return event === undefined ? { fields } : { fields, event };
}

/** A value on one line, bounded, without what a terminal would obey. */
export function oneLine(value: string): string {
  return printable(value, MAX_VALUE);
}

/** The URL where it is one that people may be sent to: http or https, no credentials in it. */
export function httpLink(text: string | undefined): string | undefined {
  if (text === undefined || text.length > MAX_LINK || !/^https?:\/\/[!-~]+$/i.test(text)) {
    return undefined;
  }
  if (/[<>"'\\`{}|]/.test(text) || !URL.canParse(text)) return undefined;
  const { username, password } = new URL(text);
  return username === "" && password === "" ? text : undefined;
}

/** The lines of the text that say something, blanks around them taken off. */
export async function linesOf(mail: MailView): Promise<readonly string[]> {
  const lines = (await mail.text()).split("\n");
  return lines.map((line) => line.trim()).filter((line) => line !== "");
}
