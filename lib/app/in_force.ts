/**
 * The configuration in force and what is made from it: router and destinations. A reload puts another
 * one in its place, between two mails.
 *
 * INVARIANTS
 *
 * 1. A mail is routed by one configuration from beginning to end, and what is stored of it names
 *    that one.
 * 2. What has been replaced is closed when nothing runs on it any more, after a while in any case.
 * 3. A destination whose settings are the same stays what it is, connections and all.
 *
 * @module
 */

import { fingerprint } from "../config/fingerprint.ts";
import type { Configuration } from "../config/types.ts";
import type { Destination } from "../destinations/destination.ts";
import { createDestinations, type DestinationsOptions } from "../destinations/registry.ts";
import { reasonOf } from "../errors.ts";
import { log } from "../log.ts";
import type { Mail } from "../mail/message.ts";
import type { Routed } from "../queue/context.ts";
import { createRouter, type Router, type RouterOptions } from "../routing/router.ts";
import { InUse } from "./in_use.ts";
import { type OnRouted, route } from "./routed.ts";
import { said } from "./said.ts";

const records = log("app");

/** Longest wait for mails that are being routed, and for attempts, before what they use is closed, in ms. */
const ROUTES_MS = 60_000;
const ATTEMPTS_MS = 600_000;

/** One configuration, and what is made from it. */
export interface Force {
  /** What it says. */
  readonly configuration: Configuration;
  /** Its name; see `QueueContext.routedBy`. */
  readonly routedBy: string;
  /** Decides where mails go. */
  readonly router: Router;
  /** The destinations by name. */
  readonly targets: ReadonlyMap<string, Destination>;
  /** The host names of those that are mail servers. */
  readonly mailServers: ReadonlyMap<string, string>;
}

/** What destinations and routers are made with, beyond the configuration. */
export interface InForceOptions {
  /** See {@link DestinationsOptions}. */
  readonly destinations: DestinationsOptions;
  /** See {@link RouterOptions}. */
  readonly router?: RouterOptions;
  /** Told of each decision. */
  readonly onRouted?: OnRouted;
}

interface Made extends Force {
  readonly routes: InUse;
  readonly attempts: InUse;
}

/** What is in force. */
export class InForce {
  readonly #options: InForceOptions;
  readonly #leaving = new Set<Promise<void>>();
  readonly #closing = new AbortController();
  #now: Made;

  /** Puts the first configuration in force. */
  constructor(configuration: Configuration, options: InForceOptions) {
    this.#options = options;
    this.#now = {
      ...settingsOf(configuration),
      router: createRouter(configuration, options.router),
      ...this.#makeTargets(configuration),
      routes: new InUse(),
    };
  }

  /** Lets the router begin to ask its servers. */
  start(): void {
    this.#now.router.start();
  }

  /** What is in force at this moment: to be asked for each time. */
  get now(): Force {
    return this.#now;
  }

  /** Routes a mail by what is in force now; `past`: the trace of an earlier routing. */
  route(mail: Mail, past?: unknown): Promise<Routed> {
    const { configuration: { history }, router, routedBy, routes } = this.#now;
    const { onRouted } = this.#options;
    return routes.during(async () => ({
      ...await route(mail, router, { onRouted, traced: history.keepMs > 0, past }),
      routedBy,
    }));
  }

  /** Puts another configuration in force. Nothing can go wrong here any more. */
  replace(configuration: Configuration): void {
    const before = this.#now;
    const router = createRouter(configuration, { ...this.#options.router, from: before.router });
    const kept = destinationKey(configuration) === destinationKey(before.configuration);
    const { targets, attempts } = kept ? before : this.#makeTargets(configuration);
    this.#now = {
      ...settingsOf(configuration),
      router,
      targets,
      attempts,
      routes: new InUse(),
    };
    router.start();
    this.#retire(before.routes.ended(ROUTES_MS, this.#closing.signal), [before.router]);
    if (kept) return;
    const ended = before.attempts.ended(ATTEMPTS_MS, this.#closing.signal);
    this.#retire(ended, [...before.targets.values()]);
  }

  /** Closes everything. Never rejects. */
  async close(): Promise<void> {
    this.#closing.abort();
    const { router, targets } = this.#now;
    this.#retire(Promise.resolve(), [router, ...targets.values()]);
    await Promise.all(this.#leaving);
  }

  #retire(ended: Promise<void>, closed: readonly { close(): Promise<void> }[]): void {
    const leaving = ended.then(async () => {
      await Promise.all(closed.map((one) => one.close()));
    }).catch((error) => {
      records.error("what a reload has replaced was not closed", { reason: reasonOf(error) });
    }).finally(() => this.#leaving.delete(leaving));
    this.#leaving.add(leaving);
  }

  #makeTargets(configuration: Configuration): Pick<Made, "targets" | "attempts"> {
    const attempts = new InUse();
    const targets = createDestinations(configuration, this.#options.destinations);
    return {
      attempts,
      targets: new Map([...targets].map(([name, target]) => [name, counted(target, attempts)])),
    };
  }
}

function counted(target: Destination, attempts: InUse): Destination {
  return {
    name: target.name,
    deliver: (...attempt) => attempts.during(() => target.deliver(...attempt)),
    close: () => target.close(),
  };
}

/** What destinations are made from. */
function destinationKey({ hostname, smarthosts }: Configuration): string {
  return said([hostname, smarthosts]);
}

function settingsOf(
  configuration: Configuration,
): Pick<Force, "configuration" | "routedBy" | "mailServers"> {
  const { smarthosts } = configuration;
  return {
    configuration,
    routedBy: fingerprint(configuration),
    // Of several, the outcome names the one that spoke.
    mailServers: new Map(smarthosts.length > 1 ? [] : [["smarthost", smarthosts[0].hostname]]),
  };
}
