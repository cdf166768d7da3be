/**
 * Reloads of the configuration, one after the other: read, checked, tested, put in force between two
 * mails. One that is refused leaves everything as it is.
 *
 * DIAGNOSTICS. Info: what has changed. Warning: what only a new process can change. Error: each
 * problem of a configuration that is refused, or of the first one's tests and permissions.
 *
 * INVARIANTS
 *
 * 1. Whatever is wrong with the files, what is in force stays in force.
 * 2. What has been asked for while a reload runs is one more reload after it: the newest file wins.
 * 3. Nothing is put in force after `end()`.
 *
 * @module
 */

import { reviewConfiguration } from "../config/review.ts";
import type { Configuration } from "../config/types.ts";
import { reasonOf, RelayError, stackOf } from "../errors.ts";
import { log } from "../log.ts";
import type { Clock } from "../smtp/deadline.ts";
import { beyondReload, differences } from "./differences.ts";
import type { FileStates } from "./file_states.ts";
import { FileWatch, type FileWatchOptions } from "./file_watch.ts";
import { missingPermissions } from "./permitted.ts";
import { type ConfigurationSource, failedTests, readSource } from "./source.ts";

const records = log("app");

/** Most problems of one configuration that are told. */
const MAX_TOLD = 50;

/** Which configuration is in force, and what of the one on disk. */
export interface ConfigurationState {
  /** The file. */
  readonly file: string;
  /** Since when what it said then is in force, in milliseconds since the epoch. */
  readonly since: number;
  /** Set when what it says now is not in force. */
  readonly refused?: {
    /** When that was found, in milliseconds since the epoch. */
    readonly at: number;
    /** What is wrong with it. */
    readonly problems: readonly string[];
  };
}

/** What reloads are made with. */
export interface ReloadsOptions {
  /** The file. */
  readonly source: ConfigurationSource;
  /** What is in force at the start. */
  readonly configuration: Configuration;
  /** Its files, as they were when it was read. */
  readonly files: FileStates;
  /**
   * Puts a configuration in force; when there is none, only certificates are read again.
   *
   * @throws {RelayError} `config-invalid`; then nothing has changed.
   */
  apply(configuration: Configuration | null): Promise<void>;
  /** Where spans of time come from; the machine's clock when absent. */
  readonly clock?: Clock;
  /** See {@link FileWatchOptions}. */
  readonly watchFolders?: FileWatchOptions["watchFolders"];
}

/** Reloads a configuration when it is asked to, or when the files change. */
export class Reloads {
  readonly #options: ReloadsOptions;
  readonly #ending = new AbortController();
  readonly #watch: FileWatch;
  #files: FileStates;
  #configuration: Configuration;
  #state: ConfigurationState;
  #running: Promise<void> | undefined;
  #next: Promise<void> | undefined;

  /** Begins to watch; and tests what is in force, which stays so whatever comes of that. */
  constructor(options: ReloadsOptions) {
    this.#options = options;
    this.#configuration = options.configuration;
    this.#files = options.files;
    this.#state = { file: options.source.path, since: Date.now() };
    const { clock, watchFolders } = options;
    this.#watch = new FileWatch({
      changed: () => void this.reload(),
      ...clock && { clock },
      ...watchFolders && { watchFolders },
    });
    this.#follow();
    this.#run(() => this.#testFirst());
  }

  /** What is in force. */
  get state(): ConfigurationState {
    return this.#state;
  }

  /** Reloads now, or once more after the reload that runs. Never rejects. */
  reload(): Promise<void> {
    if (this.#running === undefined) return this.#begin();
    return this.#next ??= this.#running.then(() => {
      this.#next = undefined;
      return this.#begin();
    });
  }

  /** Ends watching; a reload that runs puts nothing in force any more. Never rejects. */
  async end(): Promise<void> {
    this.#ending.abort();
    await this.#watch.end();
    await (this.#next ?? this.#running);
  }

  #begin(): Promise<void> {
    return this.#run(() => this.#reload());
  }

  /** A bug here must not end the program. */
  #run(work: () => Promise<void>): Promise<void> {
    return this.#running = work().catch((error) => {
      records.error("reload broke", {
        stack: stackOf(error),
      });
    }).finally(() => this.#running = undefined);
  }

  async #reload(): Promise<void> {
    const { signal } = this.#ending;
    if (signal.aborted) return;
    const { source } = this.#options;
    const reading = readSource(source);
    try {
      const configuration = await reading.configuration;
      const failures = await failedTests(source.path, configuration, signal);
      const problems = [
        ...failures,
        ...await missingPermissions(configuration, this.#configuration),
      ];
      if (signal.aborted) return;
      if (problems.length > 0) this.#refuse(problems);
      else await this.#putInForce(configuration);
    } catch (error) {
      if (!(error instanceof RelayError)) throw error;
      this.#refuse(reasonOf(error).split("\n"));
    } finally {
      // Of one that is refused not all files are known.
      const kept = this.#state.refused === undefined ? [] : this.#files;
      this.#files = new Map([...kept, ...reading.files()]);
      this.#follow();
    }
  }

  async #putInForce(after: Configuration): Promise<void> {
    const changed = differences(this.#configuration, after);
    const same = changed.length === 0;
    await this.#options.apply(same ? null : after);
    this.#configuration = after;
    const { file, since } = this.#state;
    this.#state = { file, since: same ? since : Date.now() };
    if (same) records.info("configuration read again, unchanged", { file });
    else records.info("configuration replaced", { file, changed: changed.join(", ") });
    for (const what of beyondReload(this.#options.configuration, after)) {
      records.warning(`${what}: takes effect with serve --replace`, { file });
    }
    if (same) return;
    for (const warning of reviewConfiguration(after)) {
      records.warning("configuration", { file, warning });
    }
  }

  #refuse(problems: readonly string[]): void {
    const { file, since } = this.#state;
    this.#state = { file, since, refused: { at: Date.now(), problems } };
    for (const problem of problems.slice(0, MAX_TOLD)) {
      records.error("configuration refused", { problem });
    }
    records.error("configuration refused: the one in force stays in force", {
      file,
      problems: problems.length,
      since: new Date(since).toISOString(),
    });
  }

  /** A start goes on whatever this finds: mail must flow, and there is nothing else in force. */
  async #testFirst(): Promise<void> {
    const { path } = this.#options.source;
    const failures = await failedTests(path, this.#configuration, this.#ending.signal);
    for (const failure of failures.slice(0, MAX_TOLD)) {
      records.error("a test of the configuration fails", { problem: failure });
    }
    for (const problem of (await missingPermissions(this.#configuration)).slice(0, MAX_TOLD)) {
      records.error("a permission is missing", { problem });
    }
  }

  #follow(): void {
    // The file in force says whether it is followed; a broken one has nothing to say.
    const follows = this.#configuration.reload === "on-change";
    this.#watch.know(follows ? this.#files : new Map());
  }
}
