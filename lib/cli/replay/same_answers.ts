/**
 * What two configurations are told when they ask. A question that both ask in the same way is asked
 * once for each mail, and answered to both alike: what differs between them is their own doing.
 *
 * INVARIANT. One mail at a time: {@link SameAnswers.begin} forgets what was said about the last one.
 *
 * @module
 */

import type { Configuration, GocdConfig, LookupConfig, ManagerConfig } from "../../config/types.ts";
import { log } from "../../log.ts";
import type { JournalRecord } from "../../mail/journal.ts";
import { GocdContext } from "../../routing/gocd_context.ts";
import type { GocdSource } from "../../routing/gocd_source.ts";
import { judgedThen } from "../../routing/past_event.ts";
import type { Lookups } from "../../routing/lookups/lookups.ts";
import { createLookups } from "../../routing/lookups/rest_lookups.ts";

/** How long an answer serves at least, in ms: a replay is about one moment. */
const CACHE_MS = 3_600_000;

/** The lookups and GoCD servers of all configurations of a replay. */
export class SameAnswers {
  readonly #lookups = new Map<string, Lookups>();
  readonly #servers = new Map<string, GocdContext>();
  readonly #said = new Map<string, Promise<unknown>>();
  #record: JournalRecord | null = null;

  /** Turns to the next mail. */
  begin(record: JournalRecord): void {
    this.#record = record;
    this.#said.clear();
  }

  /** The lookups of one configuration. */
  lookupsOf({ lookups }: Pick<Configuration, "lookups">): Lookups {
    const known = new Map(lookups.map((lookup) => [lookup.name, lookup]));
    return {
      ask: (name, scope, limits) => {
        const lookup = known.get(name);
        if (lookup === undefined) throw new TypeError(`No lookup is called ${name}`);
        const key = described(lookup);
        // Of the same mail only what packs and history made of it may differ.
        const question = JSON.stringify([key, scope.fields, scope.event]);
        return this.#once(question, () => this.#lookup(key, lookup).ask(name, scope, limits));
      },
      close: () => Promise.resolve(),
    };
  }

  /** A GoCD server of today that knows the history of then. */
  sourceOf({ name, gocd }: ManagerConfig): GocdSource {
    if (gocd === undefined) throw new TypeError("Cannot ask GoCD: the manager has no server");
    // It is asked for its groups only, however often a relay would poll it.
    const config: GocdConfig = { ...gocd, pollMs: 0, pollGraceMs: 0 };
    const key = JSON.stringify(config);
    return {
      start: () => {},
      groups: (limits) => this.#once(key, () => this.#server(key, config).groups(limits)),
      judge: (reading) => {
        const routed = this.#record?.events.findLast(({ kind }) => kind === "routed");
        const trace = routed?.kind === "routed" ? routed.trace : undefined;
        return Promise.resolve(judgedThen(reading, trace, name) ?? { ...reading, notes: [] });
      },
      close: () => Promise.resolve(),
    };
  }

  /** Ends running requests, leaves no timer. */
  async close(): Promise<void> {
    const all = [...this.#lookups.values(), ...this.#servers.values()];
    await Promise.all(all.map((one) => one.close()));
  }

  #once<Answer>(question: string, ask: () => Promise<Answer>): Promise<Answer> {
    const said = this.#said.get(question) ?? ask();
    this.#said.set(question, said);
    return said as Promise<Answer>;
  }

  #lookup(key: string, lookup: LookupConfig): Lookups {
    const cacheMs = Math.max(lookup.cacheMs, CACHE_MS);
    const lookups = this.#lookups.get(key) ?? createLookups([{ ...lookup, cacheMs }]);
    this.#lookups.set(key, lookups);
    return lookups;
  }

  #server(key: string, config: GocdConfig): GocdContext {
    const settings = { cacheMs: CACHE_MS };
    const server = this.#servers.get(key) ?? new GocdContext(config, settings, log("cli"));
    this.#servers.set(key, server);
    return server;
  }
}

/** Everything that makes a lookup what it is. In memory only: it holds secrets. */
function described(lookup: LookupConfig): string {
  return JSON.stringify(lookup);
}
