/**
 * The lookups of a configuration: any REST API that answers in JSON or XML.
 *
 * The mail waits as long as it may, the request goes on in the background for the mails to come.
 * Where it may go, `network.ts` says; what counts as an answer, `rest_answer.ts`.
 *
 * @module
 */

import type { LookupConfig } from "../../config/types.ts";
import { type Log, log } from "../../log.ts";
import { guardedFetch, systemDialer } from "./guarded_fetch.ts";
import type { Fetch } from "./http.ts";
import type { Lookups } from "./lookups.ts";
import { addressCheck } from "./network.ts";
import { RestLookup } from "./rest_lookup.ts";

/** What tests replace. */
export interface LookupsOptions {
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
  /** How to ask; default: with each address checked against the lookup's `allow`. */
  readonly fetch?: Fetch;
  /** Authorities (PEM) to trust besides those of the runtime. */
  readonly caCerts?: readonly string[];
  /** Where failures are told; default: the category `routing`. */
  readonly log?: Log;
}

/** Makes the lookups; nothing is asked before the first mail that needs one. */
export function createLookups(
  configs: readonly LookupConfig[],
  options: LookupsOptions = {},
): Lookups {
  const { now = Date.now, caCerts = [] } = options;
  const dialer = systemDialer(caCerts);
  const logger = options.log ?? log("routing");
  const lookups = new Map(configs.map((config) => {
    const fetch = options.fetch ?? guardedFetch(addressCheck(config.allow), dialer);
    return [config.name, new RestLookup(config, { fetch, now, log: logger })] as const;
  }));
  return {
    ask: async (name, scope, limits) => {
      const lookup = lookups.get(name);
      if (lookup !== undefined) return await lookup.ask(scope, limits);
      const why = "no lookup has this name";
      const trace = { name, url: "", source: "none", tookMs: 0, detail: why } as const;
      return { known: { kind: "missing", why }, trace };
    },
    close: async () => {
      await Promise.all([...lookups.values()].map((lookup) => lookup.close()));
    },
  };
}
