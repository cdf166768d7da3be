/**
 * The composition root: a configuration becomes a running relay. With the files in `app/` the only
 * one that knows how the parts fit together; each part knows only what it is given here.
 *
 * @module
 */

import { openParts, type Parts } from "./app/parts.ts";
import { Instance } from "./app/instance.ts";
import { type Listeners, openListeners } from "./app/listeners.ts";
import type { FileStates } from "./app/file_states.ts";
import { Reloads } from "./app/reloads.ts";
import type { OnRouted } from "./app/routed.ts";
import type { ConfigurationSource } from "./app/source.ts";
import { type StatusFacts, statusOf } from "./app/status.ts";
import type { ControlHandlers } from "./control/server.ts";
import type { Configuration } from "./config/types.ts";
import type { Answer } from "./queue/intake.ts";
import type { LookupSettings } from "./routing/gocd_context.ts";

export { type ConfigurationSource, failedTests, readSource, testsOf } from "./app/source.ts";

/**
 * How long running transactions and attempts may go on after `close()`, in milliseconds: first
 * undisturbed, then with what is known by then. With the farewells, and a disk
 * that hangs at the end, all of it stays below 10 s.
 */
const GRACE = { undisturbedMs: 5_000, allMs: 6_000 } as const;
/** The same for attempts of the queue, and for sessions, when another process takes our place. */
const HANDOVER = { undisturbedMs: 3_000, allMs: 5_000 } as const;

/** A relay at work. */
export interface Relay {
  /** Where it listens; real ports, also where the configuration says 0; 0 for a unix socket. */
  readonly addresses: readonly { readonly hostname: string; readonly port: number }[];
  /** Settles when another process has taken the queue over: `close()` is what remains to be done. */
  readonly drained: Promise<void>;
  /** Reads its configuration again where it comes from a file, and its certificates. Never rejects. */
  reload(): Promise<void>;
  /** Stops accepting, lets running transactions finish, closes everything. Never rejects. */
  close(): Promise<void>;
}

/** How a relay starts, and what it may be watched with. */
export interface RelayOptions {
  /** Whether a process that works on the store now is to hand it over, and end. */
  readonly replace?: boolean;
  /** Whether other processes can ask it, through a socket in the store; true when absent. */
  readonly askable?: boolean;
  /** Where the configuration comes from, and its files as they were then; absent: it stays. */
  readonly source?: ConfigurationSource & { readonly files: FileStates };
  /** Times of asking GoCD where they differ: who only shows or tries something can wait longer. */
  readonly lookups?: LookupSettings;
  /** Told of each decision, with the time it took in milliseconds. */
  readonly onRouted?: OnRouted;
  /** Told of each answer to the end of data. */
  onAnswered?(answer: Answer): void;
}

/**
 * Starts a relay: owns the store, opens it, listens, works on the queue.
 *
 * @throws {RelayError} `store-in-use` when another process owns the store; `listen-failed` when an
 * address cannot be listened on. Nothing is left running then.
 */
export async function startRelay(
  configuration: Configuration,
  options: RelayOptions = {},
): Promise<Relay> {
  const drained = Promise.withResolvers<void>();
  let successor = false;
  let reloads: Reloads | undefined;
  const facts: { -readonly [Key in keyof StatusFacts]: StatusFacts[Key] } = {
    startedAt: Date.now(),
    listening: [],
    parts: null,
    get configuration() {
      return reloads?.state ?? null;
    },
  };
  const instance = await Instance.open({
    store: configuration.store.path,
    startedAt: facts.startedAt,
    replace: options.replace ?? false,
    ...(options.askable ?? true) && {
      handlers: handlersOf(facts, async () => {
        void reloads?.end();
        await instance.handOver();
        successor = true;
        drained.resolve();
      }),
    },
    onOwned: async () => await facts.parts?.queue.start(),
  });
  const undo: (() => Promise<unknown>)[] = [() => instance.close()];
  try {
    const parts = facts.parts = await openParts(configuration, {
      ...options,
      owned: () => instance.owned,
    });
    undo.unshift(() => parts.close());
    const listeners = await openListeners(configuration, {
      service: parts.intake,
      beside: instance.beside,
    });
    undo.unshift(() => listeners.close(0));
    facts.listening = listeners.all.map(({ name }) => name);
    await instance.begin(facts.listening);
    const { source } = options;
    if (source) reloads = reloadsOf(configuration, { source, parts, listeners });
    return {
      addresses: listeners.all.map(({ address }) => address),
      drained: drained.promise,
      reload: () => reloads?.reload() ?? listeners.reload(),
      close: async () => {
        await reloads?.end();
        if (successor) await listeners.handOver(HANDOVER.undisturbedMs);
        await close(listeners, parts, instance);
      },
    };
  } catch (error) {
    for (const step of undo) await step();
    throw error;
  }
}

/** Puts another configuration in force in all parts at once: nothing waits in between. */
function reloadsOf(
  configuration: Configuration,
  { source, parts, listeners }: {
    readonly source: NonNullable<RelayOptions["source"]>;
    readonly parts: Parts;
    readonly listeners: Listeners;
  },
): Reloads {
  return new Reloads({
    source,
    configuration,
    files: source.files,
    apply: async (next) => {
      if (next !== null) {
        const renew = await listeners.prepare(next);
        parts.replace(next);
        renew();
      }
      await listeners.reload();
    },
  });
}

/** What others may ask of us. */
function handlersOf(facts: StatusFacts, handOver: () => Promise<void>): ControlHandlers {
  return {
    status: () => statusOf(facts),
    drain: async () => {
      await facts.parts?.queue.stop(HANDOVER);
      await facts.parts?.handOver();
      await handOver();
    },
    retry: async (queueId) => ({ queueIds: await facts.parts?.queue.retry(queueId) ?? [] }),
    drop: async (queueId) =>
      await facts.parts?.queue.drop(queueId) ?? { found: false, underWay: false },
  };
}

async function close(
  listeners: Listeners,
  parts: Parts,
  instance: Instance,
): Promise<void> {
  const timer = setTimeout(() => parts.intake.giveUp(), GRACE.undisturbedMs);
  await Promise.all([
    listeners.close(GRACE.allMs),
    parts.queue.stop(GRACE),
  ]);
  clearTimeout(timer);
  await parts.close();
  await instance.close();
}
