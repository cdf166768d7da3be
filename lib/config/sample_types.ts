/**
 * Mails that the configuration holds: samples of its packs, and the tests that it must pass.
 *
 * @module
 */

import type { Answered } from "../language/scope.ts";
import type { NotSent } from "../mail/not_sent.ts";

/** One sample of an operator's pack. */
export interface PackSample {
  /** The mail. */
  readonly mail: SampleMail;
  /** Fields that must come out, at least these. */
  readonly fields: Readonly<Record<string, string>>;
  /** The event that must come out, if it says. */
  readonly event?: string;
}

/** A mail in the configuration: a file, or its parts. */
export type SampleMail =
  /** Absolute path of a file with a whole message (RFC 5322), read when the tests run. */
  | {
    readonly kind: "file";
    readonly path: string;
    readonly from?: string;
    readonly to: readonly string[];
  }
  | {
    readonly kind: "parts";
    /** Reverse-path and `From`. */
    readonly from: string;
    /** Forward-paths and `To`; empty: what the test's manager wants. */
    readonly to: readonly string[];
    readonly subject?: string;
    /** More header fields. */
    readonly headers: Readonly<Record<string, string>>;
    readonly text: string;
  };

/** One test of the configuration (key `tests`). */
export interface RoutingTest {
  /** Its name, or `test 3` counted from 1. */
  readonly name: string;
  /** The mail. */
  readonly mail: SampleMail;
  /** When it is received, in ms since the epoch; absent: always the same hour. */
  readonly atMs?: number;
  /** Answers of lookups, by name; a lookup without one has no answer. Nothing is asked. */
  readonly lookups: Readonly<Record<string, Answered>>;
  /** The pipeline groups that GoCD is taken to have: group → pipelines. */
  readonly groups: Readonly<Record<string, readonly string[]>>;
  /** How the mail's stage is taken to have ended before; absent: unknown. */
  readonly before?: "success" | "failure";
  /** What must come of it; each that is there is checked. */
  readonly expect: {
    /** Actions that are taken, as the rules write them or as they are rendered; in any order. */
    readonly actions?: readonly string[];
    /** The reason why it is not sent. */
    readonly notSent?: NotSent;
    /** Whether no manager wants it, so that it goes on as it came; if so, nothing else is expected. */
    readonly passedThrough?: boolean;
    /** Names of the rules that hold, in order. */
    readonly rules?: readonly string[];
    readonly fields?: Readonly<Record<string, string>>;
    readonly event?: string;
  };
}
