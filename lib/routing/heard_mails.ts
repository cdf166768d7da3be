/**
 * Mails about runs of which cctray has not told yet: what they said, and since when. Whoever may send
 * to the manager's address may forge one, so cctray has the last word, as soon as it has one. Pure.
 *
 * @module
 */

import type { RunPlace } from "./lookups/cctray.ts";
import type { StageEvent } from "./packs/gocd.ts";
import { type StageState, stateAfter } from "./stage_history.ts";

/** Names a run. */
export type RunName = Omit<RunPlace, "url">;

/** How cctray, and whom we asked besides, say that a run ended. */
export interface Outcome {
  /** What happened. */
  readonly event: StageEvent;
  /** Whether nobody could tell if it was cancelled: cctray calls that a failure, too. */
  readonly unsure?: boolean;
}

interface Heard {
  readonly name: RunName;
  readonly states: ReadonlySet<StageState>;
  readonly since: number;
}

/** Most runs that are remembered. */
const MAX_RUNS = 10_000;

const LETTERS = { s: "success", f: "failure", u: "unknown" } as const;

/** Whether a mail's word about a run is cctray's, or may be. */
export function agrees(state: StageState, { event, unsure = false }: Outcome): boolean {
  const after = stateAfter(event);
  return state === after || unsure && state === "unknown" && after === "failure";
}

/** The mails of one server. */
export class HeardMails {
  readonly #runs = new Map<string, Heard>();

  /** What is remembered, as text: the run, a blank, a letter for each word about it. */
  get texts(): readonly string[] {
    return [...this.#runs].map(([key, { states }]) =>
      `${key} ${[...states].map(([letter]) => letter).join("")}`
    );
  }

  /** Takes in such a text; one without letters, of an earlier version, agrees with whatever comes. */
  restore(text: string, now: number): void {
    const [key = "", letters = "sfu"] = text.split(" ");
    const [pipeline = "", pipelineCounter = "", stage = "", stageCounter = ""] = key.split("/");
    const name = { pipeline, pipelineCounter, stage, stageCounter };
    for (const letter of letters) {
      if (letter === "s" || letter === "f" || letter === "u") {
        this.hear(name, LETTERS[letter], now);
      }
    }
  }

  /** Takes note of a mail. */
  hear(name: RunName, state: StageState, now: number): void {
    const { states = [], since = now } = this.#runs.get(runKey(name)) ?? {};
    this.#runs.set(runKey(name), { name, states: new Set([...states, state]), since });
    const oldest = this.#runs.keys().next();
    if (this.#runs.size > MAX_RUNS && !oldest.done) this.#runs.delete(oldest.value);
  }

  /** What mails said about a run. */
  statesOf(name: RunName): ReadonlySet<StageState> | undefined {
    return this.#runs.get(runKey(name))?.states;
  }

  /** Forgets a run. */
  forget(name: RunName): void {
    this.#runs.delete(runKey(name));
  }

  /** The runs that were heard of before a time: cctray must know them by now. */
  before(time: number): readonly RunName[] {
    return [...this.#runs.values()].filter(({ since }) => since < time).map(({ name }) => name);
  }
}

/** `build/7/test/1`, as in the subject of a stage notification. */
export function runKey({ pipeline, pipelineCounter, stage, stageCounter }: RunName): string {
  return `${pipeline}/${pipelineCounter}/${stage}/${stageCounter}`;
}
