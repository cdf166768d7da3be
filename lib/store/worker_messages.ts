/**
 * What the thread that serves sessions and the thread that owns the database say to each other.
 * Every request is answered once, in order; the log's lines come unasked.
 *
 * @module
 */

import type { Operation, Transacted } from "./operations.ts";

/** Why the store cannot be written to. */
export interface Problem {
  /** As the error that callers get. */
  readonly code: "store-full" | "store-failed";
  /** What, where, and how to mend it. */
  readonly reason: string;
}

/** Which journal records are too old or too many. */
export interface PruneLimits {
  /** Noted before that queue time. */
  readonly notedBefore: number;
  /** Most octets of all of them. */
  readonly octets: number;
}

/** What the database's thread is asked. */
export type WorkerRequest =
  /** Open the database in this folder or, where it is open, try whether it can be written to. */
  | { readonly kind: "open"; readonly store: string }
  /** Do all of it as one transaction. */
  | { readonly kind: "commit"; readonly operations: readonly Operation[] }
  /** Delete a few journal records. */
  | { readonly kind: "prune"; readonly limits: PruneLimits }
  /** Shorten the log, if it has grown; where space is scarce, the database too, in any case. */
  | { readonly kind: "shorten"; readonly scarce: boolean }
  /** Close it. */
  | { readonly kind: "close" };

/** What it answers. */
export type WorkerReply =
  /** Whether it can be written to. */
  | { readonly kind: "state"; readonly problem: Problem | null }
  /** Everything happened, but for what broke alone, or found no space: that is a problem. */
  | {
    readonly kind: "committed";
    readonly results: readonly Transacted[];
    readonly problem: Problem | null;
  }
  /** Nothing happened. */
  | { readonly kind: "not-committed"; readonly problem: Problem }
  /** Done, as far as it could be; `more`: there is more of the same to do. */
  | { readonly kind: "done"; readonly more: boolean }
  /** The thread has ended before it could answer; what was asked may have happened. */
  | { readonly kind: "crashed"; readonly reason: string };

/** A line for the log. */
export interface WorkerRecord {
  /** Tells it from a reply. */
  readonly kind: "record";
  /** How bad it is. */
  readonly level: "info" | "warning" | "error";
  /** What happened. */
  readonly event: string;
  /** What belongs to it. */
  readonly details: Readonly<Record<string, string | number>>;
}

/** The way to the database's thread, from the other side. */
export interface DatabaseLink {
  /** Asks; never rejects. */
  ask(request: WorkerRequest, transfer?: readonly ArrayBuffer[]): Promise<WorkerReply>;
  /** Ends the thread. */
  close(): void;
}
