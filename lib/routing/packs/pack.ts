/**
 * The contract of packs. A pack knows one sender's mails: it recognises them, reads what they say
 * and gives it names. It asks nobody, remembers nothing and never fails; what a mail does not say,
 * such as whether a pipeline was broken before, is the manager's to find out.
 *
 * This folder is vocabulary: the configuration reads its table of names, so it imports nothing but
 * `mail/` and `language/`.
 *
 * @module
 */

import type { Work } from "../../language/work.ts";

/** What packs may look at. Everything in it comes from the peer: it is bounded, decoded, on lines. */
export interface MailView {
  /** The first Subject field, decoded, on one line; absent without such a field. */
  readonly subject?: string;
  /** Name and address of the first mailbox in `From`, decoded; both empty without the field. */
  readonly from: { readonly name: string; readonly address: string };
  /** The reverse-path; empty for the null reverse-path. */
  readonly reversePath: string;
  /** The first field of this name (any case), decoded, on one line. */
  header(name: string): string | undefined;
  /**
   * The text of the mail: its plain part, else its HTML as text; LF line ends, at most 65,536
   * characters. Read at the first call. Never rejects: unreadable is empty, or the raw octets.
   */
  text(): Promise<string>;
  /** The work that patterns of operators may do for the mail; without, nobody counts. */
  readonly work?: Work;
}

/** Reads the mails of one sender. */
export interface Pack {
  /** Its name: a manager's `type`, and `fields.source` of its mails. */
  readonly name: string;
  /** Fields that it may find beyond {@link COMMON_FIELDS}. */
  readonly fields: readonly string[];
  /** Every event that it may report. */
  readonly events: readonly string[];
  /**
   * Reads one mail; `null` when it is not this sender's. Never rejects and never throws. Looks at the
   * header first: the text only where the header alone cannot tell, or for details.
   */
  read(mail: MailView): Promise<Reading | null> | Reading | null;
}

/**
 * What every pack gives, where the mail says it.
 *
 * - `source`: the pack's name. Always there.
 * - `subject`: the mail's subject on one line.
 * - `host`: the machine that it is about.
 * - `object`: what on it: a disk, a job, a pipeline's stage, a service.
 * - `severity`: {@link Severity}. Always there.
 * - `state`: {@link State}. Always there.
 * - `title`: one line for people. Always there.
 * - `link`: the http(s) URL where to look, when the mail names one.
 * - `fingerprint`: the same for all mails about the same thing, whatever its state:
 *   `mdadm:nas1:/dev/md0`. Always there.
 */
export const COMMON_FIELDS = [
  "source",
  "subject",
  "host",
  "object",
  "severity",
  "state",
  "title",
  "link",
  "fingerprint",
] as const;

/** How bad it is; `info` for what is no trouble at all, also for good news. */
export type Severity = typeof SEVERITIES[number];

/** Every {@link Severity}, the worst first. */
export const SEVERITIES = ["critical", "error", "warning", "info"] as const;

/** Whether something is wrong now (`problem`), well now (`ok`), or neither is said (`info`). */
export type State = typeof STATES[number];

/** Every {@link State}. */
export const STATES = ["problem", "ok", "info"] as const;

/** What a pack read in a mail. */
export interface Reading {
  /** Its findings by name: {@link COMMON_FIELDS} and its own. No empty values. */
  readonly fields: Readonly<Record<string, string>>;
  /** The event that the mail reports, as rules name it: `DEGRADED_ARRAY`; absent when none is known. */
  readonly event?: string;
}
