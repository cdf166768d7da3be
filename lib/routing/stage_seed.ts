/**
 * Begins the stage history of a GoCD server that is not polled: asks once, and again until there is
 * an answer.
 *
 * @module
 */

import { stackOf } from "../errors.ts";
import type { Log } from "../log.ts";
import type { GocdApi } from "./lookups/gocd_api.ts";
import { askSeed, type Seed } from "./lookups/gocd_stages.ts";
import type { StageHistory } from "./stage_history.ts";

/** What a beginning needs. */
export interface StageSeedOptions {
  /** The server. */
  readonly api: GocdApi;
  /** What begins. */
  readonly history: StageHistory;
  /** How long after a failure it is asked again, in ms. */
  readonly retryMs: number;
  /** Told of each request, with a promise that settles when it is over. */
  readonly onAsking: (done: Promise<void>) => void;
  /** Where failures are told. */
  readonly log: Log;
}

/** The beginning of one server's history. */
export class StageSeed {
  readonly #options: StageSeedOptions;
  readonly #closed = new AbortController();
  #asking: Promise<void> | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #failed = false;

  /** Makes it; nothing is asked before {@link start}. */
  constructor(options: StageSeedOptions) {
    this.#options = options;
  }

  /** Asks, in the background. A second call does nothing. */
  start(): void {
    if (this.#asking === undefined && !this.#closed.signal.aborted) this.#ask();
  }

  /** Ends request and timer. */
  async close(): Promise<void> {
    this.#closed.abort();
    clearTimeout(this.#timer);
    await this.#asking;
  }

  #ask(): void {
    this.#asking = this.#askSafely().then((seed) => {
      if (this.#closed.signal.aborted || this.#take(seed)) return;
      this.#timer = setTimeout(() => this.#ask(), this.#options.retryMs);
    });
    this.#options.onAsking(this.#asking);
  }

  /** Takes an answer in; whether it is one. */
  #take(seed: Seed): boolean {
    const { api: { url }, history, log } = this.#options;
    if (seed.kind === "states") {
      history.seed(seed.states);
      log.debug("stage history begins", { url, stages: seed.states.size });
      return true;
    }
    if (!this.#failed) {
      log.warning("GoCD does not tell how the stages ended", { url, reason: seed.detail });
    }
    this.#failed = true;
    return false;
  }

  /** A bug in reading the answer costs the history's beginning, never the program. */
  async #askSafely(): Promise<Seed> {
    try {
      return await askSeed(this.#options.api, this.#closed.signal);
    } catch (error) {
      const detail = `bug: ${stackOf(error)}`;
      return { kind: "failed", detail };
    }
  }
}
