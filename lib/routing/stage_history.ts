/**
 * What became of each stage when it ran last, so that a mail can be told to break or to fix
 * something although GoCD's own word for it says less.
 *
 * INVARIANTS
 *
 * 1. A state learnt from a mail is never overwritten by a seed, which is older.
 * 2. What is heard again of a run is decided from the state before that run: GoCD sends one mail
 *    to each subscribed user, cctray may have told of the run before any mail did, and a mail may
 *    be late. None of them finds the state that this run, or a later one, has left.
 * 3. A mail is believed, whoever sent it, as in 2017. Only where cctray is polled a forged one is
 *    found out, and undone: see `silent_stages.ts`.
 * 4. At most {@link MAX_STAGES} stages are remembered; the longest unheard-of goes first.
 *
 * @module
 */

import type { StageEvent } from "./packs/gocd.ts";

/** How a stage ended. `unknown`: cancelled, or never heard of. */
export type StageState = "success" | "failure" | "unknown";

/** One mail's word about one run of one stage. */
export interface StageRun {
  /** The pipeline's name. */
  readonly pipeline: string;
  /** The stage's name. */
  readonly stage: string;
  /** Which run: `<pipelineCounter>/<stageCounter>`. */
  readonly run: string;
  /** The event that GoCD's word names. */
  readonly reported: StageEvent;
}

/** Names a run as its mail does. */
export interface RunOfStage extends Pick<StageRun, "pipeline" | "stage"> {
  /** Digits. */
  readonly pipelineCounter: string;
  /** Digits. */
  readonly stageCounter: string;
}

/** What history makes of a reported event. */
export interface StageDecision {
  /** The state before this run. */
  readonly before: StageState;
  /** The event that the state leads us to expect. */
  readonly expected: StageEvent;
  /** The event that rules see. */
  readonly event: StageEvent;
}

/** Stages that are remembered at most, over all pipelines of one GoCD server. */
export const MAX_STAGES = 50_000;

/** Runs of one stage that are remembered with the state before them. */
const MAX_RUNS = 4;

interface KnownRun {
  readonly run: string;
  readonly before: StageState;
  readonly after: StageState;
}

interface StageRecord {
  readonly state: StageState;
  /** The last runs, the newest first. */
  readonly runs: readonly KnownRun[];
}

/** The state of a stage after an event. */
export function stateAfter(event: StageEvent): StageState {
  switch (event) {
    case "PASSES":
    case "FIXED":
      return "success";
    case "BREAKS":
    case "FAILS":
      return "failure";
    case "CANCELLED":
      return "unknown";
  }
}

/** The event that a state leads us to expect; the reported one where nothing is known. */
function expectedEvent(before: StageState, reported: StageEvent): StageEvent {
  const now = stateAfter(reported);
  if (before === "unknown" || now === "unknown") return reported;
  if (before === "success") return now === "success" ? "PASSES" : "BREAKS";
  return now === "success" ? "FIXED" : "FAILS";
}

/**
 * Decides which event a mail stands for: an expected FIXED or BREAKS replaces GoCD's word,
 * any other difference leaves it.
 *
 * @param before The state before this run.
 * @param reported The event that GoCD's word names.
 */
export function decideEvent(before: StageState, reported: StageEvent): StageDecision {
  const expected = expectedEvent(before, reported);
  const replaces = expected === "FIXED" || expected === "BREAKS";
  return { before, expected, event: replaces ? expected : reported };
}

/** The states of one GoCD server's stages. */
export class StageHistory {
  readonly #stages = new Map<string, StageRecord>();
  readonly #limit: number;

  /** Makes an empty history of at most `limit` stages. */
  constructor(limit: number = MAX_STAGES) {
    this.#limit = limit;
  }

  /** How many stages are remembered. */
  get size(): number {
    return this.#stages.size;
  }

  /** What is known of a stage. */
  stateOf(pipeline: string, stage: string): StageState {
    return this.#stages.get(stageKey(pipeline, stage))?.state ?? "unknown";
  }

  /** Takes over what the server says, except for stages that a mail told us about. */
  seed(states: ReadonlyMap<string, StageState>): void {
    for (const [key, state] of states) {
      if (this.#stages.size >= this.#limit) return;
      if (!this.#stages.has(key)) this.#stages.set(key, { state, runs: [] });
    }
  }

  /** Whether a run is known to have ended so, as of late. */
  knows(
    { pipeline, stage, pipelineCounter, stageCounter }: RunOfStage,
    state: StageState,
  ): boolean {
    const run = `${pipelineCounter}/${stageCounter}`;
    const { runs = [] } = this.#stages.get(stageKey(pipeline, stage)) ?? {};
    return runs.some((known) => known.run === run && known.after === state);
  }

  /** Decides what a mail stands for without remembering it. */
  peek(stageRun: StageRun): StageDecision {
    const { pipeline, stage, reported } = stageRun;
    const before = this.#known(stageRun)?.before ?? this.stateOf(pipeline, stage);
    return decideEvent(before, reported);
  }

  /** Decides what a mail stands for, and remembers it. */
  observe(stageRun: StageRun): StageDecision {
    const decision = this.peek(stageRun);
    const { pipeline, stage, run } = stageRun;
    const key = stageKey(pipeline, stage);
    const { runs = [], state = "unknown" } = this.#stages.get(key) ?? {};
    const heardAgain = this.#known(stageRun) !== undefined;
    this.#stages.delete(key); // Set anew, it goes to the end: the first one is the oldest.
    const after = stateAfter(decision.event);
    const known = { run, before: decision.before, after };
    this.#stages.set(
      key,
      heardAgain ? { state, runs } : { state: after, runs: [known, ...runs].slice(0, MAX_RUNS) },
    );
    if (this.#stages.size > this.#limit) this.#forgetOldest();
    return decision;
  }

  /** The run, where it is known to have ended as is reported now. */
  #known({ pipeline, stage, run, reported }: StageRun): KnownRun | undefined {
    const after = stateAfter(reported);
    return this.#stages.get(stageKey(pipeline, stage))?.runs
      .find((known) => known.run === run && known.after === after);
  }

  /**
   * Undoes what mails said about a run that did not end so.
   *
   * @param ended How it did end; absent: it did not end at all.
   */
  revoke({ pipeline, stage, pipelineCounter, stageCounter }: RunOfStage, ended?: StageState): void {
    const record = this.#stages.get(stageKey(pipeline, stage));
    if (record === undefined) return;
    const run = `${pipelineCounter}/${stageCounter}`;
    const wrong = (known: KnownRun) => known.run === run && known.after !== ended;
    const first = record.runs.findIndex((known) => !wrong(known));
    // What is behind the newest that stands has no say in the state any more.
    const newest = first === -1 ? record.runs : record.runs.slice(0, first);
    const state = newest.at(-1)?.before ?? record.state;
    const runs = record.runs.filter((known) => !wrong(known));
    if (state === "unknown" && runs.length === 0) this.#stages.delete(stageKey(pipeline, stage));
    else this.#stages.set(stageKey(pipeline, stage), { state, runs });
  }

  /** Sets a state right. */
  correct({ pipeline, stage }: Pick<StageRun, "pipeline" | "stage">, state: StageState): void {
    const { runs = [] } = this.#stages.get(stageKey(pipeline, stage)) ?? {};
    this.#stages.set(stageKey(pipeline, stage), { state, runs });
  }

  #forgetOldest(): void {
    const oldest = this.#stages.keys().next();
    if (!oldest.done) this.#stages.delete(oldest.value);
  }
}

/** The key of a stage in a seed: a slash is in neither name. */
export function stageKey(pipeline: string, stage: string): string {
  return `${pipeline}/${stage}`;
}
