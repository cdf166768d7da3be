/**
 * What routing asks about a GoCD server; the real one is `gocd_context.ts`.
 *
 * @module
 */

import type { Alerted } from "./alerted.ts";
import type { Found, ReadLimits } from "./lookups/cached_lookup.ts";
import type { PipelineGroups } from "./lookups/gocd_answers.ts";
import type { Reading } from "./packs/pack.ts";

/** A reading after history had its say. */
export interface Judged extends Reading {
  /** What history changed or would have expected. */
  readonly notes: readonly string[];
  /** Who was told of this run before there was a mail about it, and does not get it again. */
  readonly alerted?: Alerted;
}

/** How a reading is judged. */
export interface JudgeOptions extends ReadLimits {
  /** Whether history stays as it is. Default false. */
  readonly dryRun?: boolean;
  /**
   * Whether the mail is our own announcement of a stage without a mail (`isAnnouncement` of its
   * envelope): its event stands, however often it is routed. Default false.
   */
  readonly announced?: boolean;
}

/** Pipeline groups and the history of stages. */
export interface GocdSource {
  /** Begins to ask in the background. */
  start(): void;
  /** Finds the pipeline groups. Never rejects. */
  groups(limits?: ReadLimits): Promise<Found<PipelineGroups>>;
  /** Asks history what a reading stands for. */
  judge(reading: Reading, options?: JudgeOptions): Promise<Judged>;
  /** Takes note of whom an announcement of ours goes to. */
  decided?(reading: Reading, recipients: readonly string[]): void;
  /** Ends every request and timer. */
  close(): Promise<void>;
}
