/**
 * The composition root: a configuration becomes a running relay. The only file that knows
 * how the parts fit together; each part knows only what it is given here.
 *
 * @module
 */

import type { Configuration } from "./config/types.ts";
import { createDestinations } from "./destinations/registry.ts";
import type { Destination } from "./destinations/destination.ts";
import { log } from "./log.ts";
import type { Mail } from "./mail/message.ts";
import { receivedField } from "./mail/received.ts";
import type { Routed } from "./queue/budget.ts";
import { type Answer, createIntake } from "./queue/intake.ts";
import { createRouter, type Router } from "./routing/router.ts";
import type { Routing } from "./routing/trace.ts";
import { Admission } from "./smtp/admission.ts";
import { listen, type SmtpListener } from "./smtp/listener.ts";
import type { MailService } from "./smtp/service.ts";
import { MessageSpool } from "./store/spool.ts";

const records = log("app");

/**
 * How long running transactions may go on after `close()`, in milliseconds: first undisturbed, then
 * with the answers that are known by then. With the farewells all of it stays below 10 s.
 */
const GRACE = { undisturbedMs: 7_000, allMs: 8_000 } as const;

/** Files in the spool that nobody has written to for this long are nobody's, in milliseconds. */
const ABANDONED_MS = 3_600_000;

/** A relay at work. */
export interface Relay {
  /** Where it listens; real ports, also where the configuration says 0. */
  readonly addresses: readonly { readonly hostname: string; readonly port: number }[];
  /** Stops accepting, lets running transactions finish, closes everything. Never rejects. */
  close(): Promise<void>;
}

/** What a relay may be watched with. */
export interface RelayOptions {
  /** Told of each decision, with the time it took in milliseconds. */
  onRouted?(mail: Mail, routing: Routing, tookMs: number): void;
  /** Told of each answer to the end of data. */
  onAnswered?(answer: Answer): void;
}

/**
 * Starts a relay.
 *
 * @throws {RelayError} `listen-failed` when an address cannot be listened on; nothing is left
 * running then. `store-failed` when the spool cannot be read.
 */
export async function startRelay(
  configuration: Configuration,
  options: RelayOptions = {},
): Promise<Relay> {
  const { hostname, store, ackBudgetMs } = configuration;
  const spool = new MessageSpool(store.path);
  const abandoned = await spool.sweep(Date.now() - ABANDONED_MS);
  if (abandoned > 0) records.warning("abandoned files removed from the spool", { abandoned });
  const destinations = createDestinations(configuration, {
    traceField: (mail) => receivedField(mail, hostname),
  });
  const router = createRouter(configuration.managers);
  const service = createIntake({
    open: (name) => spool.open(name),
    route: (mail) => route(mail, router, options),
    targets: destinations,
    budgetMs: ackBudgetMs,
    ...options.onAnswered && { onAnswered: options.onAnswered },
  });
  router.start();
  const end = () => endAll(router, destinations);
  const listeners = await listenAll(configuration, service).catch(async (error) => {
    await end();
    throw error;
  });
  return {
    addresses: listeners.map(({ address }) => address),
    close: async () => {
      const timer = setTimeout(() => service.giveUp(), GRACE.undisturbedMs);
      await Promise.all(listeners.map((listener) => listener.close(GRACE.allMs)));
      clearTimeout(timer);
      await end();
    },
  };
}

async function listenAll(
  { hostname, limits, listeners }: Configuration,
  service: MailService,
): Promise<SmtpListener[]> {
  const admission = new Admission(limits);
  const started: SmtpListener[] = [];
  try {
    for (const { allow, ...address } of listeners) {
      const listener = listen({ address, allow, hostname, limits, service, admission });
      started.push(listener);
      records.info("listening", { ...listener.address });
    }
    return started;
  } catch (error) {
    await Promise.all(started.map((listener) => listener.close(0)));
    throw error;
  }
}

async function endAll(
  router: Router,
  destinations: ReadonlyMap<string, Destination>,
): Promise<void> {
  await router.close();
  await Promise.all([...destinations.values()].map((destination) => destination.close()));
}

/** Routes a mail, and says why it goes where it goes: nothing is dropped without a reason. */
async function route(mail: Mail, router: Router, options: RelayOptions): Promise<Routed> {
  const started = performance.now();
  const routing = await router.route(mail);
  const { trace, deliveries } = routing;
  options.onRouted?.(mail, routing, performance.now() - started);
  if (trace.manager !== undefined) {
    records.debug("trace", () => ({ queueId: mail.queueId, trace: JSON.stringify(trace) }));
  }
  const destinations = deliveries.map(({ destination }) => destination).join(",") || "none";
  return {
    deliveries,
    why: { manager: trace.manager, destinations, decision: trace.decision, reason: trace.reason },
  };
}
