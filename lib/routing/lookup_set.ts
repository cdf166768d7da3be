/**
 * The lookups of one router, each by itself: the next router takes over those that stay the same,
 * with their answers and what is known of their servers.
 *
 * @module
 */

import type { LookupConfig } from "../config/types.ts";
import type { Scope } from "../language/scope.ts";
import type { ReadLimits } from "./lookups/cached_lookup.ts";
import type { LookedUp, Lookups } from "./lookups/lookups.ts";
import { createLookups, type LookupsOptions } from "./lookups/rest_lookups.ts";

interface Member {
  /** Everything that makes the lookup what it is. In memory only: it holds secrets. */
  readonly described: string;
  readonly lookup: Lookups;
  handedOver: boolean;
}

/** Lookups by name. */
export class LookupSet implements Lookups {
  readonly #members: ReadonlyMap<string, Member>;
  readonly #none: Lookups;

  /**
   * Makes those that the other set does not have in the same form; nothing is asked before the first
   * mail that needs one.
   *
   * @param from The set that this one replaces.
   */
  constructor(configs: readonly LookupConfig[], options: LookupsOptions, from?: LookupSet) {
    this.#none = createLookups([], options);
    this.#members = new Map(configs.map((config) => {
      const described = JSON.stringify(config);
      const lookup = from?.handOver(config.name, described) ?? createLookups([config], options);
      return [config.name, { described, lookup, handedOver: false }];
    }));
  }

  /** Asks one, or its cache. Never rejects. */
  ask(name: string, scope: Scope, limits: ReadLimits): Promise<LookedUp> {
    return (this.#members.get(name)?.lookup ?? this.#none).ask(name, scope, limits);
  }

  /** Ends running requests of those that no other set has taken over. */
  async close(): Promise<void> {
    const own = [...this.#members.values()].filter(({ handedOver }) => !handedOver);
    await Promise.all(own.map(({ lookup }) => lookup.close()));
  }

  /** Gives one away to a successor that describes it in the same way. */
  handOver(name: string, described: string): Lookups | undefined {
    const member = this.#members.get(name);
    if (member === undefined || member.described !== described) return undefined;
    member.handedOver = true;
    return member.lookup;
  }
}
