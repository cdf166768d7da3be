/**
 * The parts of a relay between its listeners and its destinations, made and connected: store,
 * router, queue, intake.
 *
 * @module
 */

import { fingerprint } from "../config/fingerprint.ts";
import type { Configuration } from "../config/types.ts";
import { createDestinations } from "../destinations/registry.ts";
import { reasonOf } from "../errors.ts";
import { log } from "../log.ts";
import type { Mail } from "../mail/message.ts";
import { receivedField } from "../mail/received.ts";
import type { QueueContext } from "../queue/context.ts";
import { Duplicates } from "../queue/duplicates.ts";
import { type Answer, createIntake, type Intake } from "../queue/intake.ts";
import { Queue } from "../queue/queue.ts";
import { openQueueClock, type QueueClock } from "../queue/queue_clock.ts";
import { CLOCK_KEY } from "../queue/sweeps.ts";
import { claim } from "../routing/claim.ts";
import { createRouter } from "../routing/router.ts";
import { MessageSpool } from "../store/spool.ts";
import { openSqliteStore } from "../store/sqlite_store.ts";
import type { Store } from "../store/store.ts";
import { type OnRouted, route } from "./routed.ts";
import { keepSwept } from "./swept.ts";

const records = log("app");

/** Most mails answered lately that a start reads back, to know them when they come again. */
const MAX_RECENT = 100_000;

/** What is stored while nobody works on the store would lie there for ever. */
const NOT_LOCKED = { kind: "failed", reason: "the store is not locked" } as const;

/** Longest wait for the disk at the end, in milliseconds. */
const CLOSE_MS = 1_000;

/** A relay without its listeners. */
export interface Parts {
  /** What the listeners serve. */
  readonly intake: Intake;
  /** What is stored and not yet delivered. */
  readonly queue: Queue;
  /** Where it is stored. */
  readonly store: Store;
  /** Closes everything; the queue is stopped before. Never rejects. */
  close(): Promise<void>;
}

/** What may be watched, and who works on the store. */
export interface PartsOptions {
  /** Whether somebody does, so that mail may be taken. */
  owned(): boolean;
  /** Told of each decision. */
  readonly onRouted?: OnRouted;
  /** Told of each answer to the end of data. */
  onAnswered?(answer: Answer): void;
}

/** Makes and connects the parts. The queue does not work yet: that is for the store's owner. */
export async function openParts(
  configuration: Configuration,
  options: PartsOptions,
): Promise<Parts> {
  const { hostname, managers } = configuration;
  const spool = new MessageSpool(configuration.store.path);
  const { store, clock } = await openStore(configuration);
  const duplicates = new Duplicates({ windowMs: configuration.duplicates.windowMs });
  const stopSweeping = await keepSwept(spool);
  const targets = createDestinations(configuration, { traceField: traceFieldOf(hostname) });
  const router = createRouter(managers);
  const context: QueueContext = {
    ...settingsOf(configuration),
    store,
    targets,
    route: (mail) => route(mail, router, options.onRouted),
    clock,
    wall: Date.now,
    random: Math.random,
  };
  const queue = new Queue(context);
  const intake = createIntake({
    context,
    queue,
    ack: configuration.ack,
    budgetMs: configuration.ackBudgetMs,
    duplicates,
    countsAsDuplicate: duplicatesOf(configuration),
    health: () => options.owned() ? store.health() : NOT_LOCKED,
    ready: readRecent(store, {
      duplicates,
      since: clock.now() - configuration.duplicates.windowMs,
    }),
    open: (name) => spool.open(name),
    ...options.onAnswered && { onAnswered: options.onAnswered },
  });
  router.start();
  return {
    intake,
    queue,
    store,
    close: async () => {
      queue.close();
      stopSweeping();
      await router.close();
      await Promise.all([...targets.values()].map((destination) => destination.close()));
      await closeWithin(store, CLOSE_MS);
    },
  };
}

/** A disk that hangs must not keep the program from ending: what was promised is on it already. */
async function closeWithin(store: Store, limitMs: number): Promise<void> {
  const late = Promise.withResolvers<void>();
  const timer = setTimeout(() => {
    records.error("the store did not close in time: its disk hangs");
    late.resolve();
  }, limitMs);
  await Promise.race([store.close(), late.promise]);
  clearTimeout(timer);
}

/** What the queue takes from the configuration as it stands there. */
function settingsOf(
  configuration: Configuration,
): Pick<QueueContext, "routedBy" | "schedule" | "hostname" | "mailServers" | "onFailure"> {
  return {
    routedBy: fingerprint(configuration),
    schedule: configuration.queue,
    hostname: configuration.hostname,
    // Of several the reports name none: only the reason tells which of them was asked.
    mailServers: new Map(
      configuration.smarthosts.length > 1
        ? []
        : [["smarthost", configuration.smarthosts[0].hostname]],
    ),
    onFailure: configuration.onFailure,
  };
}

/** The store and the time that it keeps. */
async function openStore(
  { store: { path, minFreeOctets }, history }: Configuration,
): Promise<{ readonly store: Store; readonly clock: QueueClock }> {
  let clock: QueueClock | null = null;
  const now = () => clock?.now() ?? Date.now();
  const store = openSqliteStore({ path, minFreeOctets, history, now });
  await store.opened;
  const saved = await store.readState(CLOCK_KEY).catch((error) => {
    records.warning("queue clock not read", { reason: reasonOf(error) });
    return null;
  });
  clock = openQueueClock(saved);
  return { store, clock };
}

/** Mail of our own has come through no session, so it has no trace of one. */
function traceFieldOf(hostname: string): (mail: Mail) => Uint8Array {
  const none = new Uint8Array();
  return (mail) => mail.envelope.session.peer === "" ? none : receivedField(mail, hostname);
}

function duplicatesOf(
  { duplicates, managers }: Configuration,
): (envelope: Mail["envelope"]) => boolean {
  if (duplicates.windowMs === 0) return () => false;
  if (duplicates.passThrough) return () => true;
  return (envelope) => managers.some((manager) => claim(manager, envelope).claimed);
}

async function readRecent(
  store: Store,
  { duplicates, since }: { readonly duplicates: Duplicates; readonly since: number },
): Promise<void> {
  try {
    duplicates.load(await store.recentMails({ since, limit: MAX_RECENT }));
  } catch (error) {
    records.warning("mails of the last minutes not read; one that comes again is taken for new", {
      reason: reasonOf(error),
    });
  }
}
