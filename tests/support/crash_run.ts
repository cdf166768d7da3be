/**
 * The crash test: senders, a mail server with moods, and a program that is killed at random
 * moments and started again at once on the same store and port.
 *
 * @module
 */

import { join } from "node:path";
import { type CountingSink, startCountingSink } from "./counting_sink.ts";
import { ageLitter, litterLeft, queueOf } from "./crash_aftermath.ts";
import { balanceCrashes, type CrashFigures } from "./crash_books.ts";
import { type LoadMail, sendLoad } from "./load_sender.ts";
import { freePort, isListening } from "./ports.ts";
import { spawnProgram } from "./program.ts";
import type { SinkReport } from "./sink_books.ts";
import type { SinkCourse } from "./sink_course.ts";
import { until, within } from "./wait.ts";

/** What to do, for how long. */
export interface CrashPlan {
  /** When the program acknowledges. */
  readonly ack: "relayed" | "queued";
  /** Goes on until it has lasted so long, in ms, and has killed and acknowledged so often. */
  readonly forMs: number;
  readonly kills: number;
  readonly acknowledged: number;
}

const SENDERS = 50;
/** One mail of so many is larger than the program keeps in memory. */
const LARGE_EVERY = 100;
const LARGE_OCTETS = 1_200_000;
/** Longest wait for the program to listen, in ms. */
const PATIENCE_MS = 120_000;
/** Longest life after it listens, in ms. */
const LIFE_MS = 1_500;
/** Share of the kills that strike while the program starts, and how long that may take, in ms. */
const EARLY = { share: 0.15, ms: 400 };
/** Acknowledged mails that have not arrived: with more, senders wait and the server is well. */
const BACKLOG = 5_000;
/**
 * Longest drain, in ms; and the looks without any attempt after which there is nothing to come, for
 * longer than a machine stalls.
 */
const DRAIN_MS = 300_000;
const LOOK_MS = 1_500;
const QUIET_LOOKS = 40;

const MOODS: readonly SinkCourse[] = [
  {},
  {},
  { slow: 0.5, slowMs: [20, 200] },
  { temporary: 0.5 },
  { temporary: 0.1, drop: 0.1 },
  { temporary: 1 },
];

/** Runs one. */
export async function runCrashes(plan: CrashPlan): Promise<CrashFigures> {
  const folder = await Deno.makeTempDir({ prefix: "mail2alert-crash-" });
  try {
    await using sink = await startCountingSink();
    return await new CrashRun(plan, folder, sink).run();
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

class CrashRun {
  readonly #plan: CrashPlan;
  readonly #folder: string;
  readonly #sink: CountingSink;
  readonly #port = freePort();
  readonly #acknowledged = new Set<string>();
  readonly #complaints: string[] = [];
  readonly #began = performance.now();
  #sent = 0;
  #refused = 0;
  #unanswered = 0;
  #longestAnswerMs = 0;
  readonly #kills: number[] = [];
  #early = 0;
  #arrived = 0;
  #sending = true;

  constructor(plan: CrashPlan, folder: string, sink: CountingSink) {
    this.#plan = plan;
    this.#folder = folder;
    this.#sink = sink;
  }

  async run(): Promise<CrashFigures> {
    await Deno.writeTextFile(join(this.#folder, "configuration.yml"), this.#configuration());
    let program = spawnProgram(this.#folder);
    const senders = sendLoad({
      port: this.#port,
      senders: SENDERS,
      patienceMs: PATIENCE_MS,
      next: () => this.#next(),
      answered: (mail, answer) => {
        if (answer.kind === "cut") return void this.#unanswered++;
        if (!answer.taken) return void this.#refused++;
        this.#acknowledged.add(mail.id);
        this.#longestAnswerMs = Math.max(this.#longestAnswerMs, answer.tookMs);
      },
    });
    try {
      // What goes wrong with the senders must not wait for the last kill.
      const over = senders.then(() => true);
      while (!this.#enough()) {
        await Promise.race([this.#live(), over]);
        program = await this.#killAndStart(program);
      }
      this.#sending = false;
      await within(senders, { what: "the senders' end", withinMs: 2 * PATIENCE_MS });
      const began = performance.now();
      await this.#drain();
      const drainMs = performance.now() - began;
      const store = join(this.#folder, "store");
      const queued = queueOf(store);
      await kill(program);
      const litter = ageLitter(store);
      program = spawnProgram(this.#folder);
      const figures = this.#figures(await this.#sink.report());
      return { ...figures, queued, litter, litterLeft: await litterLeft(store), drainMs };
    } finally {
      this.#sending = false;
      await kill(program);
      await senders.catch(() => null);
    }
  }

  #enough(): boolean {
    const { forMs, kills, acknowledged } = this.#plan;
    return performance.now() - this.#began >= forMs && this.#kills.length >= kills &&
      this.#acknowledged.size >= acknowledged;
  }

  /** Lets the program live until its random end has come. */
  async #live(): Promise<void> {
    const full = this.#acknowledged.size - this.#arrived > BACKLOG;
    await this.#sink.behave(full ? {} : MOODS[Math.floor(Math.random() * MOODS.length)] ?? {});
    if (Math.random() < EARLY.share) {
      await pause(Math.random() * EARLY.ms);
      if (!await this.#listens()) this.#early++;
    } else {
      await until(() => this.#listens(), { what: "the program's port", withinMs: PATIENCE_MS });
      await pause(Math.random() * LIFE_MS);
    }
    this.#arrived = (await this.#sink.counts()).mails;
  }

  /** The connection may be the one that the program closes with its own end. */
  #listens(): Promise<boolean> {
    return isListening(this.#port).catch(() => false);
  }

  async #killAndStart(program: Deno.ChildProcess): Promise<Deno.ChildProcess> {
    await this.#sink.brace();
    this.#kills.push(Date.now());
    await kill(program);
    await this.#readLog();
    await this.#sink.beginLife();
    return spawnProgram(this.#folder);
  }

  #next(): LoadMail | null {
    if (!this.#sending) return null;
    const large = ++this.#sent % LARGE_EVERY === 0;
    return { id: `${this.#plan.ack}-${this.#sent}`, ...large && { bodyOctets: LARGE_OCTETS } };
  }

  /** Until every acknowledged mail is there and none waits any more, or nothing comes for long. */
  async #drain(): Promise<void> {
    await this.#sink.behave({});
    await until(() => this.#listens(), { what: "the last start", withinMs: PATIENCE_MS });
    let before = -1;
    let quiet = 0;
    const drained = async () => {
      const { attempts } = await this.#sink.counts();
      quiet = attempts === before ? quiet + 1 : 0;
      before = attempts;
      if (quiet === 0) return false;
      if (quiet > QUIET_LOOKS) return true;
      if (queueOf(join(this.#folder, "store")).length > 0) return false;
      const { copies } = await this.#sink.report();
      return [...this.#acknowledged].every((id) => Object.hasOwn(copies, id));
    };
    await until(drained, { what: "the last mails", withinMs: DRAIN_MS, everyMs: LOOK_MS });
    await this.#readLog();
  }

  async #readLog(): Promise<void> {
    const log = await Deno.readTextFile(join(this.#folder, "stderr.log"));
    const complaint = /^.* (ERROR|FATAL) .*$|^.*(damaged|set aside|Uncaught|panic).*$/gm;
    this.#complaints.push(...[...log.matchAll(complaint)].map(([line]) => line));
  }

  #figures(report: SinkReport): Omit<CrashFigures, "queued" | "litter" | "litterLeft" | "drainMs"> {
    return {
      ...balanceCrashes(this.#acknowledged, report, this.#kills),
      kills: this.#kills.length,
      early: this.#early,
      acknowledged: this.#acknowledged.size,
      longestAnswerMs: this.#longestAnswerMs,
      refused: this.#refused,
      unanswered: this.#unanswered,
      damaged: report.damaged,
      complaints: this.#complaints,
    };
  }

  #configuration(): string {
    return `
local-smtp: 127.0.0.1:${this.#port}
remote-smtp: 127.0.0.1:${this.#sink.port}
ack: ${this.#plan.ack}
ack-budget: 2s
store: {path: ${join(this.#folder, "store")}, min-free: 0MB}
queue: {first-retry: 200ms, max-retry: 1s}
limits: {connections-per-peer: 500}
`;
  }
}

async function kill(program: Deno.ChildProcess): Promise<void> {
  try {
    program.kill("SIGKILL");
  } catch (error) {
    // It has ended already: a complaint in its log says why, or its port is never there.
    if (!(error instanceof TypeError)) throw error;
  }
  await program.status;
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
