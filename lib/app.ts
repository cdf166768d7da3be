/**
 * The composition root: a configuration becomes a running relay. The only file that knows
 * how the parts fit together; each part knows only what it is given here.
 *
 * @module
 */

import type { Configuration } from "./config/types.ts";
import { createDestinations } from "./destinations/registry.ts";
import type { Destination } from "./destinations/destination.ts";
import { type Details, log } from "./log.ts";
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

/** How often the spool is swept, in milliseconds. */
const SWEEP_MS = 600_000;

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
 * running then.
 */
export async function startRelay(
  configuration: Configuration,
  options: RelayOptions = {},
): Promise<Relay> {
  const { hostname, store, ackBudgetMs } = configuration;
  const spool = new MessageSpool(store.path);
  const stopSweeping = await keepSwept(spool);
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
  const end = async () => {
    stopSweeping();
    await endAll(router, destinations);
  };
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

/**
 * Removes what a crash left in the spool, now and from time to time: right after the crash the
 * files are too young to be told from those of another process at work.
 *
 * @returns What ends it.
 */
async function keepSwept(spool: MessageSpool): Promise<() => void> {
  const unfit = await spool.prepare();
  if (unfit !== null) records.warning("messages over 1 MiB cannot be taken", { reason: unfit });
  const sweep = async () => {
    try {
      const removed = await spool.sweep(Date.now() - ABANDONED_MS);
      if (removed > 0) records.warning("abandoned files removed from the spool", { removed });
    } catch (error) {
      records.warning("spool not swept", { reason: String(error) });
    }
  };
  await sweep();
  const timer = setInterval(sweep, SWEEP_MS);
  return () => clearInterval(timer);
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
  const undecided = trace.rules.some(({ verdict }) => verdict === "undecided");
  if (undecided) {
    const lookup = trace.lookups.map(({ name, detail }) => `${name}: ${detail}`).join("; ");
    records.warning("rules undecided", { queueId: mail.queueId, lookup, reason: trace.reason });
  }
  return { deliveries, why: whyOf(routing) };
}

/** The decision as the mail's line in the log tells it. */
function whyOf({ deliveries, trace }: Routing): Details {
  const { manager, fields, decision, reason } = trace;
  const goesTo = deliveries.flatMap(({ destination, recipients }) =>
    destination === "smarthost" ? recipients : [destination]
  );
  const shown = goesTo.slice(0, 5).join(",");
  return {
    subject: fields.subject?.slice(0, 100),
    manager,
    decision,
    reason,
    goesTo: goesTo.length > 5 ? `${shown} and ${goesTo.length - 5} more` : shown || "nobody",
  };
}
