/**
 * The parts of a relay between its listeners and its destinations, made and connected: store,
 * router, queue, intake.
 *
 * @module
 */

import type { Configuration } from "../config/types.ts";
import { reasonOf } from "../errors.ts";
import { log } from "../log.ts";
import type { Mail } from "../mail/message.ts";
import { receivedField } from "../mail/received.ts";
import { Duplicates } from "../queue/duplicates.ts";
import { type Answer, createIntake, type Intake, type IntakeOptions } from "../queue/intake.ts";
import { Queue } from "../queue/queue.ts";
import { openQueueClock, type QueueClock } from "../queue/queue_clock.ts";
import { CLOCK_KEY } from "../queue/sweeps.ts";
import type { LookupSettings } from "../routing/gocd_context.ts";
import { isAnnouncement } from "../routing/stage_mail.ts";
import { SYSTEM_CLOCK } from "../smtp/deadline.ts";
import { MessageSpool } from "../store/spool.ts";
import { openSqliteStore } from "../store/sqlite_store.ts";
import type { Store } from "../store/store.ts";
import { type AnnouncingParts, GocdServers } from "./announcing.ts";
import { type Force, InForce } from "./in_force.ts";
import { contextOf, duplicatesOptionsOf, historyOf, intakeOptionsOf } from "./live.ts";
import type { OnRouted } from "./routed.ts";
import { keepSwept } from "./swept.ts";

const records = log("app");

/** Most mails answered lately that a start reads back, to know them when they come again. */
const MAX_RECENT = 100_000;

/** What is stored while nobody works on the store would lie there for ever. */
const NOT_LOCKED = { kind: "failed", reason: "the store is not locked" } as const;

/** Longest wait for farewells to mail servers and for the disk at the end, in milliseconds. */
const CLOSE_MS = 1_500;

/** A relay without its listeners. */
export interface Parts {
  /** What the listeners serve. */
  readonly intake: Intake;
  /** What is stored and not yet delivered. */
  readonly queue: Queue;
  /** Where it is stored. */
  readonly store: Store;
  /** What is in force now. */
  readonly force: Force;
  /** Puts another configuration in force, between two mails. */
  replace(configuration: Configuration): void;
  /** Tells what only the owner of the store may learn, for the next one. Never rejects. */
  handOver(): Promise<void>;
  /** Closes everything; the queue is stopped before. Never rejects. */
  close(): Promise<void>;
}

/** What may be watched, and who works on the store. */
export interface PartsOptions {
  /** Whether somebody does, so that mail may be taken. */
  owned(): boolean;
  /** Times of asking GoCD where they differ. */
  readonly lookups?: LookupSettings;
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
  const { lookups } = options;
  const servers = new GocdServers(() => announcing, lookups);
  const force: InForce = new InForce(configuration, {
    destinations: { traceField: (mail) => traceField(mail, force.now.configuration.hostname) },
    router: { ...lookups, gocd: (manager) => servers.make(manager) },
    ...options.onRouted && { onRouted: options.onRouted },
  });
  const spool = new MessageSpool(configuration.store.path);
  const { store, clock } = await openStore(force);
  const stopSweeping = await keepSwept(spool);
  const context = contextOf(force, { store, clock });
  const queue = new Queue(context);
  const intake = openIntake(force, { context, queue, spool }, options);
  const announcing = announcingParts(force, { store, intake, queue });
  force.start();
  return {
    intake,
    queue,
    store,
    get force() {
      return force.now;
    },
    replace: (next) => {
      force.replace(next);
      queue.renew();
    },
    handOver: () => servers.handOver(),
    close: async () => {
      queue.close();
      stopSweeping();
      await closeWithin(force, store);
    },
  };
}

/** A disk that hangs must not keep the program from ending: what was promised is on it already. */
async function closeWithin(force: InForce, store: Store): Promise<void> {
  const late = Promise.withResolvers<void>();
  const timer = setTimeout(() => {
    records.error("the store did not close in time: its disk hangs");
    late.resolve();
  }, CLOSE_MS);
  await Promise.race([force.close().then(() => store.close()), late.promise]);
  clearTimeout(timer);
}

function openIntake(
  force: InForce,
  { context, queue, spool }: Pick<IntakeOptions, "context" | "queue"> & {
    readonly spool: MessageSpool;
  },
  { owned, onAnswered }: PartsOptions,
): Intake {
  const { store, clock } = context;
  const duplicates = new Duplicates(duplicatesOptionsOf(force));
  const since = clock.now() - force.now.configuration.duplicates.windowMs;
  return createIntake(intakeOptionsOf(force, {
    context,
    queue,
    duplicates,
    health: () => owned() ? store.health() : NOT_LOCKED,
    ready: readRecent(store, { duplicates, since }),
    open: (name) => spool.open(name),
    setTimer: SYSTEM_CLOCK.set,
    ...onAnswered && { onAnswered },
  }));
}

function announcingParts(
  force: InForce,
  { store, intake, queue }: Pick<Parts, "store" | "intake" | "queue">,
): AnnouncingParts {
  return {
    store,
    intake,
    get configuration() {
      return force.now.configuration;
    },
    get working() {
      return queue.working;
    },
  };
}

/** The store and the time that it keeps. */
async function openStore(
  force: InForce,
): Promise<{ readonly store: Store; readonly clock: QueueClock }> {
  const { path, minFreeOctets } = force.now.configuration.store;
  let clock: QueueClock | null = null;
  const now = () => clock?.now() ?? Date.now();
  const store = openSqliteStore({ path, minFreeOctets, history: historyOf(force), now });
  await store.opened;
  const saved = await store.readState(CLOCK_KEY).catch((error) => {
    records.warning("queue clock not read", { reason: reasonOf(error) });
    return null;
  });
  clock = openQueueClock(saved);
  return { store, clock };
}

/** Mail of our own has come through no session, so it has no trace of one. */
function traceField(mail: Mail, hostname: string): Uint8Array {
  const own = mail.envelope.session.peer === "" || isAnnouncement(mail.envelope);
  return own ? new Uint8Array() : receivedField(mail, hostname);
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
