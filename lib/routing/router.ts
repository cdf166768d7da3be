/**
 * Routing: one mail in, its deliveries and the reasons out. Managers claim, packs read, lookups are
 * asked, every rule is tested, and nobody is served twice.
 *
 * INVARIANTS
 *
 * 1. `route()` never rejects for what a server answers or fails to answer.
 * 2. All lookups of one mail together take no longer than their budget.
 * 3. A router that took over from another keeps what that one knew of the servers.
 *
 * @module
 */

import { isDeepStrictEqual } from "node:util";
import type { Configuration, ManagerConfig } from "../config/types.ts";
import { log } from "../log.ts";
import type { Envelope } from "../mail/envelope.ts";
import type { Mail } from "../mail/message.ts";
import { addressesWanted, findBystanders } from "./bystanders.ts";
import { claimAll, type Claims } from "./claim.ts";
import { passThrough } from "./decide.ts";
import { GocdContext, type LookupSettings } from "./gocd_context.ts";
import type { GocdSource } from "./gocd_source.ts";
import { LookupSet } from "./lookup_set.ts";
import type { Lookups } from "./lookups/lookups.ts";
import { viewMail } from "./mail_view.ts";
import { ManagerRoute, type ManagerRouted, type RouteLimits } from "./manager_route.ts";
import { mergeRoutes } from "./merge.ts";
import { configuredPack } from "./packs/configured.ts";
import type { Pack } from "./packs/pack.ts";
import type { ClaimTrace, Routing } from "./trace.ts";

/** What the configuration says about routing. */
export type RoutingConfig = Pick<Configuration, "managers" | "lookups" | "packs">;

/** How a mail is routed. */
export interface RouteWishes {
  /** What would happen: the stage history stays as it is. */
  readonly dryRun?: boolean;
  /**
   * Whether somebody is to see the trace. Else packs read the mail only where the decision depends on
   * what they say. Default true.
   */
  readonly traced?: boolean;
  /**
   * The trace of an earlier routing of the same mail, as the journal holds it: a stage stands for what
   * it stood for then.
   */
  readonly past?: unknown;
}

/** Decides where mails go. */
export interface Router {
  /** Begins to ask the servers, in the background: never blocks, never fails. */
  start(): void;
  /**
   * Decides where a mail goes. Never rejects for a downstream fault.
   *
   * @param mail The mail; its body is read only where a pack, a condition or a template needs it.
   * @param signal Aborted when nobody waits for lookups any more; the decision comes even so.
   */
  route(mail: Mail, signal?: AbortSignal, options?: RouteWishes): Promise<Routing>;
  /** Ends running queries, leaves no timer. Not what another router has taken over. */
  close(): Promise<void>;
}

/** Times of the lookups, what tests replace, and what is taken over. */
export interface RouterOptions extends LookupSettings {
  /** Answers the lookups; the REST APIs themselves when absent. */
  readonly lookups?: Lookups;
  /** Knows a manager's GoCD server; the server itself when absent. */
  gocd?(manager: ManagerConfig): GocdSource;
  /** The router that this one replaces: what it knows of unchanged servers goes on. */
  readonly from?: Router;
}

/** Makes the router of a configuration. */
export function createRouter(config: RoutingConfig, options: RouterOptions = {}): Router {
  return new ManagedRouter(config, options);
}

class ManagedRouter implements Router {
  readonly #config: RoutingConfig;
  readonly #routes: ReadonlyMap<ManagerConfig, ManagerRoute>;
  readonly #sources: ReadonlyMap<ManagerConfig, GocdSource>;
  readonly #lookups: Lookups;
  /** What another router has taken over, and closes. */
  readonly #handedOver = new Set<GocdSource>();

  constructor(config: RoutingConfig, options: RouterOptions) {
    const from = options.from instanceof ManagedRouter ? options.from : undefined;
    this.#config = config;
    this.#lookups = options.lookups ?? new LookupSet(config.lookups, options, from?.lookupSet);
    this.#sources = new Map(config.managers.flatMap((manager) => {
      if (manager.gocd === undefined) return [];
      return [[manager, from?.handOverSource(manager) ?? sourceOf(manager, options)]];
    }));
    const packs: readonly Pack[] = config.packs.map(configuredPack);
    const lookupConfigs = new Map(config.lookups.map((lookup) => [lookup.name, lookup]));
    const claimed = addressesWanted(config.managers);
    const shared = { packs, lookups: this.#lookups, lookupConfigs, claimed, options };
    this.#routes = new Map(config.managers.map((manager) => [
      manager,
      new ManagerRoute(manager, { ...shared, source: this.#sources.get(manager) }),
    ]));
  }

  /** Gives what is known of a server to a successor that asks it in the same way. */
  handOverSource({ name, gocd }: ManagerConfig): GocdSource | undefined {
    for (const [manager, source] of this.#sources) {
      if (manager.name !== name || !isDeepStrictEqual(manager.gocd, gocd)) continue;
      this.#handedOver.add(source);
      return source;
    }
    return undefined;
  }

  /** Its own lookups; `undefined` where they were given to it. */
  get lookupSet(): LookupSet | undefined {
    return this.#lookups instanceof LookupSet ? this.#lookups : undefined;
  }

  start(): void {
    this.#sources.forEach((source) => source.start());
  }

  async route(
    mail: Mail,
    signal?: AbortSignal,
    { dryRun = false, traced = true, past }: RouteWishes = {},
  ): Promise<Routing> {
    const claims = claimAll(this.#config.managers, mail.envelope);
    if (claims.managers.length === 0) return routeUnclaimed(mail, claims.asked);
    const view = viewMail(mail);
    const limits: RouteLimits = { signal, dryRun, traced, past };
    const routed = await Promise.all(claims.managers.map(async (manager) => {
      return await this.#routes.get(manager)?.route({ mail, view }, limits);
    }));
    const parts = routed.filter((part): part is ManagerRouted => part !== undefined);
    return this.#putTogether(mail.envelope, claims, parts);
  }

  #putTogether(envelope: Envelope, claims: Claims, parts: readonly ManagerRouted[]): Routing {
    const { managers } = this.#config;
    const merged = mergeRoutes(parts);
    const claiming = claims.managers;
    const served = [
      ...merged.deliveries.flatMap(({ recipients }) => recipients),
      ...parts.flatMap(({ steps }) => steps.alerted ?? []),
    ];
    const bystanders = findBystanders({ claiming, managers }, envelope, served);
    const { unasked } = bystanders;
    const deliveries = [...merged.deliveries, ...bystanders.deliveries];
    const { notSent, ...trace } = merged.trace;
    const inFull = async () => {
      const full = await Promise.all(parts.map((part) => part.inFull?.() ?? part));
      return this.#putTogether(envelope, claims, full).trace;
    };
    return {
      deliveries,
      trace: {
        claims: claims.asked,
        ...trace,
        notes: [...trace.notes, ...bystanders.notes],
        ...unasked && { unasked },
        ...notSent !== undefined && bystanders.deliveries.length === 0 && { notSent },
      },
      ...parts.some((part) => part.inFull !== undefined) && { inFull },
    };
  }

  async close(): Promise<void> {
    const own = [...this.#sources.values()].filter((source) => !this.#handedOver.has(source));
    await Promise.all([this.#lookups, ...own].map((part) => part.close()));
  }
}

function sourceOf(manager: ManagerConfig, options: RouterOptions): GocdSource {
  if (options.gocd !== undefined) return options.gocd(manager);
  if (manager.gocd === undefined) throw new TypeError(`${manager.name} has no GoCD server`);
  return new GocdContext(manager.gocd, options, log("routing"));
}

function routeUnclaimed({ envelope }: Mail, claims: readonly ClaimTrace[]): Routing {
  return {
    deliveries: passThrough(envelope),
    trace: {
      claims,
      fields: {},
      notes: [],
      lookups: [],
      rules: [],
      decision: "passed-through",
      reason: "no manager wants this envelope; passed through unchanged",
    },
  };
}
