/**
 * A queue on a real store in a folder of its own, with destinations that do as a test says and a
 * clock that the test sets.
 *
 * @module
 */

import { describeReply } from "../../lib/mail/reply.ts";
import type { Envelope } from "../../lib/mail/envelope.ts";
import type { Mail } from "../../lib/mail/message.ts";
import type { QueueContext, Target } from "../../lib/queue/context.ts";
import { Duplicates } from "../../lib/queue/duplicates.ts";
import { createIntake, type Intake, type IntakeOptions } from "../../lib/queue/intake.ts";
import { Queue } from "../../lib/queue/queue.ts";
import { openQueueClock } from "../../lib/queue/queue_clock.ts";
import { openReader } from "../../lib/store/reader.ts";
import { MessageSpool } from "../../lib/store/spool.ts";
import { openSqliteStore } from "../../lib/store/sqlite_store.ts";
import type { JournalRecord } from "../../lib/mail/journal.ts";
import type { Store } from "../../lib/store/store.ts";
import type { QueuedMail } from "../../lib/store/views.ts";
import { envelopeOf, octetsOf } from "./mails.ts";
import { HANG_MS } from "./wait.ts";

/** A small message. */
export const TEXT = "Subject: x\r\n\r\nbody\r\n";
/** What a test may choose. */
export interface StageOptions
  extends Partial<Pick<QueueContext, "route" | "routedBy" | "journals">> {
  /** `relayed` when absent. */
  readonly ack?: IntakeOptions["ack"];
  /** A minute when absent; a test may change it between two mails. */
  readonly budgetMs?: number;
  /** The destinations by name, besides `smarthost`. */
  readonly others?: Readonly<Record<string, Target>>;
  /** How retries are made. */
  readonly schedule?: Partial<QueueContext["schedule"]>;
  /** Who is told of failures. */
  readonly onFailure?: QueueContext["onFailure"];
  /** 15 min when absent. */
  readonly windowMs?: number;
  /** Where messages are held. */
  readonly open?: IntakeOptions["open"];
  /** An existing store's folder; it is not removed then. */
  readonly folder?: string;
  /** The store; a real one in `folder` when absent. */
  readonly store?: (folder: string) => Store;
  /** Whether the queue works; true when absent. */
  readonly working?: boolean;
  /** What the pauses of destinations go by; the true time when absent. */
  readonly monotonic?: () => number;
}

/** A queue, its intake and its store. */
export interface Stage extends AsyncDisposable {
  /** What the queue is given; what a test changes in it, `queue.renew()` has to be told. */
  readonly context: QueueContext;
  /** Takes mail. */
  readonly intake: Intake;
  /** Works on what is stored. */
  readonly queue: Queue;
  /** Where it is stored. */
  readonly store: Store;
  /** The store's folder. */
  readonly folder: string;
  /** Sends a mail; gives its reply as one line. */
  send(forwardPaths: readonly string[], options?: SendOptions): Promise<string>;
  /** Lets queue time pass, and has the queue look for what is due. */
  pass(ms: number): void;
  /** The queued mails. */
  queued(): readonly QueuedMail[];
  /** What the journal knows of a mail, once all that waits is written. */
  journal(queueId: string): Promise<JournalRecord | undefined>;
  /** Ends the queue and the store, as at the end of the program; the folder stays. */
  end(): Promise<void>;
}

/** What a test sends. */
export interface SendOptions {
  /** The message. */
  readonly text?: string;
  /** The sender. */
  readonly reversePath?: string;
  /** What else the dialogue said. */
  readonly envelope?: Partial<Envelope>;
}

const SCHEDULE: QueueContext["schedule"] = {
  firstRetryMs: 30_000,
  maxRetryMs: 3_600_000,
  giveUpAfterMs: 432_000_000,
  delayNoticeMs: 0,
  deadLettersMs: 2_592_000_000,
};

/** Sets a stage. */
export async function stage(smarthost: Target, options: StageOptions = {}): Promise<Stage> {
  const folder = options.folder ?? await Deno.makeTempDir({ prefix: "mail2alert-queue-" });
  let passedMs = 0;
  const clock = openQueueClock(null, {
    wall: () => Date.now(),
    monotonic: () => performance.now() + passedMs,
  });
  const store = options.store?.(folder) ?? openSqliteStore({
    path: folder,
    minFreeOctets: 0,
    history: { text: "headers", keepMs: 86_400_000, sizeOctets: 10_000_000 },
    now: () => clock.now(),
  });
  await store.opened;
  const wall = () => Date.now() + passedMs;
  const context = contextOf(smarthost, { store, clock, wall }, options);
  const queue = new Queue(context);
  const intake = intakeOf({ context, queue, folder }, options);
  if (options.working ?? true) await queue.start();
  let ended: Promise<void> | undefined;
  const end = () =>
    ended ??= queue.stop({ undisturbedMs: 0, allMs: 2_000 }).then(() => {
      queue.close();
      return store.close();
    });
  return {
    context,
    intake,
    queue,
    store,
    folder,
    send: (forwardPaths, { text = TEXT, reversePath, envelope } = {}) =>
      sendTo(intake, octetsOf(text), {
        ...envelope,
        forwardPaths,
        ...reversePath !== undefined && { reversePath },
      }),
    pass: (ms) => {
      passedMs += ms;
      queue.pump();
    },
    queued: () => read(folder, (reader) => reader.list()),
    journal: async (queueId) => {
      await store.writeState("test", "written after what waited");
      return read(folder, (reader) => reader.search({ queueId, limit: 1 }))[0];
    },
    end,
    [Symbol.asyncDispose]: async () => {
      await end();
      if (options.folder === undefined) await Deno.remove(folder, { recursive: true });
    },
  };
}

function contextOf(
  smarthost: Target,
  own: Pick<QueueContext, "store" | "clock" | "wall">,
  options: StageOptions,
): QueueContext {
  return {
    ...own,
    targets: new Map([["smarthost", smarthost], ...Object.entries(options.others ?? {})]),
    route: options.route ?? toSmarthost,
    routedBy: options.routedBy ?? "configuration-1",
    schedule: { ...SCHEDULE, ...options.schedule },
    hostname: "relay.example.com",
    mailServers: new Map([["smarthost", "mail.example.com"]]),
    journals: options.journals ?? true,
    onFailure: options.onFailure ?? [],
    random: () => 0.5,
    ...options.monotonic && { monotonic: options.monotonic },
  };
}

function intakeOf(
  { context, queue, folder }: Pick<IntakeOptions, "context" | "queue"> & { folder: string },
  options: StageOptions,
): Intake {
  const spool = new MessageSpool(folder);
  const windowMs = options.windowMs ?? 900_000;
  const duplicates = new Duplicates({ windowMs });
  return createIntake({
    context,
    queue,
    ack: options.ack ?? "relayed",
    get budgetMs() {
      return options.budgetMs ?? HANG_MS;
    },
    duplicates,
    countsAsDuplicate: () => windowMs > 0,
    ready: context.store.recentMails({ since: 0, limit: 1_000 }).then(
      (recent) => duplicates.load(recent),
      () => {},
    ),
    open: options.open ?? ((name) => spool.open(name)),
  });
}

function toSmarthost({ envelope }: Mail) {
  const deliveries = [{ destination: "smarthost", recipients: envelope.forwardPaths }];
  return Promise.resolve({ deliveries, why: {}, reason: "passed through" });
}

async function sendTo(
  intake: Intake,
  octets: Uint8Array,
  envelope: Parameters<typeof envelopeOf>[0],
): Promise<string> {
  const sink = intake.begin(envelopeOf(envelope));
  await sink.write(octets);
  return describeReply(await sink.accept());
}

function read<T>(folder: string, ask: (reader: ReturnType<typeof openReader>) => T): T {
  const reader = openReader(folder);
  try {
    return ask(reader);
  } finally {
    reader.close();
  }
}
