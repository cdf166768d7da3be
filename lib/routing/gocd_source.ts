/**
 * What routing asks about a GoCD server; the real one is `gocd_context.ts`.
 *
 * @module
 */

import type { Found, ReadLimits } from "./lookups/cached_lookup.ts";
import type { PipelineGroups } from "./lookups/gocd_answers.ts";
import type { Reading } from "./packs/pack.ts";

/** A reading after history had its say. */
export interface Judged extends Reading {
  /** What history changed or would have expected. */
  readonly notes: readonly string[];
  /** Whether this run was told of before there was a mail about it, so that it is not sent again. */
  readonly alreadyAlerted?: boolean;
}

/** Pipeline groups and the history of stages. */
export interface GocdSource {
  /** Begins to ask in the background. */
  start(): void;
  /** Finds the pipeline groups. Never rejects. */
  groups(limits?: ReadLimits): Promise<Found<PipelineGroups>>;
  /** Asks history what a reading stands for. `dryRun`: history stays as it is. */
  judge(
    reading: Reading,
    options?: ReadLimits & { readonly dryRun?: boolean },
  ): Promise<Judged>;
  /** Ends every request and timer. */
  close(): Promise<void>;
}
