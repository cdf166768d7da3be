/** A GoCD server that is polled, for tests. @module */

import {
  type GocdServer,
  type ServedStage,
  startGocdServer,
} from "../../lib/cli/demo/gocd_server.ts";
import { log } from "../../lib/log.ts";
import { GocdContext } from "../../lib/routing/gocd_context.ts";
import type { Judged, JudgeOptions } from "../../lib/routing/gocd_source.ts";
import type { AnnouncerOptions } from "../../lib/routing/announcer.ts";
import { readStage } from "../../lib/routing/packs/gocd.ts";
import { runKey, type RunName, type SilentStage } from "../../lib/routing/silent_stages.ts";
import { until } from "./wait.ts";

/** Who gets every announcement there. */
export const SOMEBODY = "somebody@example.com";

/** How long a mail may take there, in ms of the world's clock. */
export const GRACE_MS = 3_600_000;

/** After the runs that {@link ended} makes. */
const NOON = Date.parse("2026-11-22T12:00:00Z");

const LATELY = Date.now() - 3_600_000;

/** What a test sets. */
export interface PolledSettings extends Partial<Pick<AnnouncerOptions, "announce" | "events">> {
  /** The server's version; default 26.1. */
  readonly version?: string;
  /** What is known from an earlier start. */
  readonly memory?: string | null;
  /** Replaces the reading of what is known. */
  load?(): Promise<string | null>;
  /** How often what can wait is saved at most, in ms. */
  readonly saveMs?: number;
  /** Called before what is known is kept. */
  saving?(): Promise<void>;
  /** Milliseconds since the epoch at the beginning; default some time after what {@link ended} says. */
  readonly began?: number;
}

/** What a mail stands for. */
interface JudgedMail extends Judged {
  /** Whether it is news to {@link SOMEBODY}; absent: it is to everybody. */
  readonly alreadyAlerted?: boolean;
}

/** A server with one pipeline `p`, a context that polls it every 5 ms, and what it announces. */
export class PolledGocd {
  readonly server: GocdServer;
  readonly context: GocdContext;
  /** What was announced: `p/11/s/1 BREAKS`. */
  readonly announced: string[] = [];
  /** The text that was saved last. */
  saved: string | null;
  /** How often it was saved. */
  saves = 0;
  #aheadMs = 0;

  /** Starts both. */
  constructor(stages: readonly ServedStage[], settings: PolledSettings = {}) {
    const {
      version = "26.1",
      memory = null,
      began = NOON,
      saveMs,
      announce,
      events,
      load,
      saving,
    } = settings;
    const startedAt = Date.now();
    this.saved = memory;
    this.server = startGocdServer({ version, groups: { g: ["p"] }, stages });
    const polling = {
      announce: announce ?? ((stage: SilentStage) => Promise.resolve(this.note(stage))),
      ...events && { events },
      ...saveMs !== undefined && { saveMs },
      memory: {
        load: load ?? (() => Promise.resolve(this.saved)),
        save: async (text: string) => {
          await saving?.();
          this.saved = text;
          this.saves++;
        },
      },
    };
    this.context = new GocdContext(
      { url: this.server.url, pollMs: 5, pollGraceMs: GRACE_MS },
      {
        polling,
        seedRetryMs: 5,
        // Polls go by the real time, for which the grace is too long to pass.
        now: () => began + Date.now() - startedAt + this.#aheadMs,
      },
      log("routing"),
    );
    this.context.start();
  }

  /** Notes an announcement, sends it to somebody, and takes it. */
  note(stage: SilentStage): boolean {
    this.announced.push(`${runKey(stage)} ${stage.event}`);
    this.sent(stage);
    return true;
  }

  /** Somebody gets an announcement of a run, or nobody. */
  sent({ pipeline, pipelineCounter, stage, stageCounter }: RunName, sent = true): void {
    const fields = { pipeline, pipelineCounter, stage, stageCounter };
    this.context.decided({ fields, event: "BREAKS" }, sent ? [SOMEBODY] : []);
  }

  /** Waits until the server has been asked for its feed and said all of it, once more. */
  async polled(): Promise<void> {
    const { requests } = this.server;
    const feeds = () => requests.filter(({ path }) => path === "/cctray.xml").length;
    const before = feeds();
    // The one before may have been under way; of the second it is known that it came later, and a
    // third is only asked for once that one has been read.
    await until(() => feeds() >= before + 3, { what: "three polls", everyMs: 2 });
  }

  /** Replaces the stages, and waits until that has been seen. */
  async turns(...stages: readonly ServedStage[]): Promise<void> {
    this.server.setStages(stages);
    await this.polled();
  }

  /** Lets the grace pass. */
  graceEnds(): void {
    this.#aheadMs += GRACE_MS;
  }

  /** Lets the grace pass, and waits for what is announced. */
  async graceOver(): Promise<void> {
    this.graceEnds();
    await this.polled();
  }

  /** A mail of GoCD comes: `mail("p/11/s/1", "is broken")`. */
  async mail(run: string, verb: string, options?: JudgeOptions): Promise<JudgedMail> {
    const reading = readStage(`Stage [${run}] ${verb}`) ?? { fields: {} };
    const judged = await this.context.judge(reading, options);
    const { alerted } = judged;
    if (alerted === undefined) return judged;
    return { ...judged, alreadyAlerted: alerted === "everybody" || alerted.has(SOMEBODY) };
  }

  /** Stops both. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.context.close();
    await this.server.close();
  }
}

/** The last run of stage `s` of pipeline `p`: `ended("11/1", "Failed")`; it ended in that minute. */
export function ended(
  run: string,
  result: ServedStage["result"],
  rest: Partial<ServedStage> = {},
): ServedStage {
  const [counter = 0, stageCounter = 0] = run.split("/").map(Number);
  const endedAt = `2026-11-22T10:${String(counter).padStart(2, "0")}:0${stageCounter}`;
  return { pipeline: "p", stage: "s", counter, stageCounter, result, endedAt, ...rest };
}

/** The same, but by the real time: it ended within the last hour. */
export function endedLately(...[run, result, rest]: Parameters<typeof ended>): ServedStage {
  const [minute = 0, second = 0] = run.split("/").map(Number);
  const at = new Date(LATELY + minute * 60_000 + second * 1_000);
  return ended(run, result, { endedAt: at.toISOString().slice(0, 19), ...rest });
}
