/**
 * Many generated sessions at once, and what must hold after each batch of them: nothing crashed,
 * nothing is left over, ordinary mail is served.
 *
 * @module
 */

import { startLog, stopLog } from "../../lib/log.ts";
import { until } from "../support/wait.ts";
import { generateSession, type Script, type StageName, STAGES } from "./client_script.ts";
import type { Failure } from "./failure.ts";
import { playClient, tryClient } from "./play_client.ts";
import { tryServer } from "./play_server.ts";
import { type ServerStages, startServerStages } from "./server_stages.ts";
import { Stalls } from "./stalls.ts";

/** Which of our sides is tried: the server, by generated clients, or the client. */
export type Side = "server" | "client";

/** What to run. */
export interface Campaign {
  /** The first seed; the others follow. */
  readonly seed: number;
  /** How many sessions. */
  readonly runs: number;
  /** The side to try; both when absent. */
  readonly only?: Side | undefined;
  /** Sessions at a time. */
  readonly abreast?: number;
  /** Plays the session of a seed; both sides as they are when absent. */
  readonly play?: (seed: number) => Promise<Failure | null>;
  /** Who notices when the process stands still; one of its own when absent. */
  readonly stalls?: Pick<Stalls, "since">;
  /** Called after each batch with the number of sessions so far. */
  readonly onBatch?: (done: number) => void;
}

/** What came of it. */
export interface Findings {
  /** Transcripts and complaints; none when all is well. */
  readonly failures: readonly string[];
  /** Cases that were slow among many others and not again alone: the machine was too busy. */
  readonly once: readonly string[];
}

/** Sessions between two looks. */
const BATCH = 1_000;

/** Of so many seeds in a row, one is for the client. */
const SHARE = 4;

/** Runs sessions; everything that went wrong ends up in what it returns. */
export async function runCampaign(campaign: Campaign): Promise<Findings> {
  const failures: string[] = [];
  const once: string[] = [];
  using _bugs = catchBugs((bug) => failures.push(bug));
  await using stages = await startServerStages();
  using watch = new Stalls();
  const stalls = campaign.stalls ?? watch;
  const play = async (seed: number): Promise<Failure | null> => {
    const begun = performance.now();
    const failure = await (campaign.play?.(seed) ?? tryOne(seed, campaign.only, stages));
    return failure?.kind === "odd" && stalls.since(begun) ? { ...failure, kind: "slow" } : failure;
  };
  const end = campaign.seed + campaign.runs;
  for (let first = campaign.seed; first < end; first += BATCH) {
    const last = Math.min(first + BATCH, end);
    for (const { seed, failure } of await runBatch({ ...campaign, first, last, play })) {
      const again = await tryAgain(seed, { play, stalls });
      const note = again === null ? "# not again alone:\n" : "";
      const counts = again !== null || failure.kind !== "slow";
      (counts ? failures : once).push(`${note}${(again ?? failure).transcript}`);
    }
    failures.push(...await leftovers(stages));
    campaign.onBatch?.(last - campaign.seed);
  }
  return { failures, once };
}

type Play = NonNullable<Campaign["play"]>;

interface Batch extends Campaign {
  readonly first: number;
  readonly last: number;
  readonly play: Play;
}

async function runBatch(
  { first, last, play, abreast = 60 }: Batch,
): Promise<{ readonly seed: number; readonly failure: Failure }[]> {
  const failed: { seed: number; failure: Failure }[] = [];
  let next = first;
  await Promise.all(Array.from({ length: abreast }, async () => {
    while (next < last) {
      const seed = next++;
      const failure = await play(seed);
      if (failure !== null) failed.push({ seed, failure });
    }
  }));
  return failed;
}

/** Alone, and more than once, lest a machine that is busy looks like a server that hangs. */
async function tryAgain(
  seed: number,
  { play, stalls }: { readonly play: Play; readonly stalls: Pick<Stalls, "since"> },
): Promise<Failure | null> {
  for (let time = 0; time < 3; time++) {
    const begun = performance.now();
    const failure = await play(seed);
    if (failure !== null && (failure.kind === "wrong" || !stalls.since(begun))) return failure;
  }
  return null;
}

async function tryOne(
  seed: number,
  only: Side | undefined,
  stages: ServerStages,
): Promise<Failure | null> {
  const side = only ?? (seed % SHARE === 0 ? "client" : "server");
  try {
    if (side === "server") return await tryClient(generateSession(seed), stages);
    const transcript = await tryServer(seed);
    return transcript === null ? null : { kind: "wrong", transcript };
  } catch (error) {
    const what = error instanceof Error ? error.stack : error;
    // The client could not connect, or not shake hands.
    return { kind: "odd", transcript: `# ${side}, seed ${seed}: ${what}\n` };
  }
}

/** What a batch has left behind, and whether ordinary mail is served. */
async function leftovers(stages: ServerStages): Promise<string[]> {
  const failures: string[] = [];
  for (const name of STAGES) {
    const stage = stages.of(name);
    const gone = () => stage.admission.open === 0 && stage.begun === stage.ended;
    await until(gone, { what: "the last session to end", withinMs: 60_000 }).catch(() => {
      const { begun, ended, admission: { open } } = stage;
      failures.push(`# ${name}: ${open} sessions are left, ${begun - ended} messages\n`);
    });
    failures.push(...stage.problems.splice(0).map((problem) => `# ${name}: ${problem}\n`));
    const { output } = await playClient(ordinary(name), { stages, cut: "turns" });
    if (!/^250 2\.0\.0 Taken\r$/m.test(output)) {
      failures.push(`# ${name}: ordinary mail is answered ${JSON.stringify(output)}\n`);
    }
  }
  return failures;
}

function ordinary(stage: StageName): Script {
  return {
    seed: 0,
    stage,
    early: false,
    turns: [
      `${stage === "lmtp" ? "LHLO" : "EHLO"} ci.test\r\n`,
      "MAIL FROM:<a@example.org>\r\n",
      "RCPT TO:<b@example.org>\r\n",
      "DATA\r\n",
      "Subject: ordinary\r\n\r\nbody\r\n.\r\n",
      "QUIT\r\n",
    ],
    ending: "stay",
  };
}

/** Whatever reaches the top, and whatever the program logs as an error, is a bug. */
function catchBugs(tell: (bug: string) => void): Disposable {
  const onRejection = (event: PromiseRejectionEvent) => {
    event.preventDefault();
    tell(`# unhandled rejection: ${event.reason?.stack ?? event.reason}\n`);
  };
  const onError = (event: ErrorEvent) => {
    event.preventDefault();
    tell(`# uncaught: ${event.error?.stack ?? event.message}\n`);
  };
  addEventListener("unhandledrejection", onRejection);
  addEventListener("error", onError);
  startLog("ERROR", (line) => tell(`# logged as an error: ${line}`));
  return {
    [Symbol.dispose]: () => {
      removeEventListener("unhandledrejection", onRejection);
      removeEventListener("error", onError);
      stopLog();
    },
  };
}
