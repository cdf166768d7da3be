/**
 * The contract between routing and the lookups of the configuration.
 *
 * @module
 */

import type { LookupKnown, Scope } from "../../language/scope.ts";
import type { LookupTrace } from "../trace.ts";
import type { ReadLimits } from "./cached_lookup.ts";

/** What came of asking one lookup for one mail. */
export interface LookedUp {
  /** For conditions and templates: `answer` or `missing`, never `not-asked`. */
  readonly known: LookupKnown;
  /** For people. */
  readonly trace: LookupTrace;
}

/** Every lookup of a configuration. */
export interface Lookups {
  /**
   * Asks one, or its cache. Never rejects.
   *
   * @param name One that is configured.
   * @param scope What its URL and header fields are rendered with.
   * @param limits How long the mail waits at most.
   */
  ask(name: string, scope: Scope, limits: ReadLimits): Promise<LookedUp>;
  /** Ends running requests, leaves no timer. */
  close(): Promise<void>;
}
