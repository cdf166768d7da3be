/**
 * What one session has shown of a device.
 *
 * @module
 */

import type { Quirk } from "../../smtp/quirks.ts";
import type { MessageFacts } from "./message_exam.ts";

/** What is remembered of a session; it grows while the session goes on. */
export interface SessionRecord {
  /** The device's address. */
  readonly peer: string;
  /** What it did wrong, and whether that was tolerated. */
  readonly quirks: Map<Quirk, boolean>;
  /** What is odd about its messages, each once. */
  readonly oddities: Set<string>;
  /** Messages that were taken. */
  mails: number;
  /** Whether it began a message and did not end it. */
  unfinished: boolean;
  /** Whether it said anything. */
  spoke: boolean;
  /** Whether TLS came about. */
  secure: boolean;
  /** Why it did not, when it was tried. */
  tlsFailure: string | undefined;
  /** By which mechanism it logged in; absent: it did not. */
  login: string | undefined;
  /** The last refusal that it was told: a line with 4xx or 5xx. */
  refusal: string | undefined;
}

/** A session of which nothing is known but who it is with. */
export function newRecord(peer: string): SessionRecord {
  return {
    peer,
    quirks: new Map(),
    oddities: new Set(),
    mails: 0,
    unfinished: false,
    spoke: false,
    secure: false,
    tlsFailure: undefined,
    login: undefined,
    refusal: undefined,
  };
}

/** What is said of a message in the dialogue and in the verdict, but for its size. */
export function describeMessage({ bareNewlines, oddities }: MessageFacts): readonly string[] {
  if (bareNewlines === 0) return oddities;
  const count = bareNewlines.toLocaleString("en");
  return [`${count} bare newline${bareNewlines === 1 ? "" : "s"}`, ...oddities];
}
