/**
 * Watches files for a change that has come to rest. Editors write beside and rename, Kubernetes turns
 * a link round, a network disk tells nobody: what decides is how the files look. The kernel's word
 * that something has happened in a folder only makes us look at once, and we look every few seconds
 * without it.
 *
 * INVARIANTS
 *
 * 1. Nothing is told of a change before the files have looked the same for {@link QUIET_MS}: what is
 *    still being written is not read.
 * 2. A change is told once; files that look as they did when they were read last have not changed.
 *
 * @module
 */

import { basename, dirname } from "node:path";
import { reasonOf } from "../errors.ts";
import { log } from "../log.ts";
import { type Clock, SYSTEM_CLOCK } from "../smtp/deadline.ts";
import { type FileStates, stateOfLater } from "./file_states.ts";

const records = log("app");

/** How often files are looked at when nobody says that anything happens, in ms. */
const POLL_MS = 2_000;
/** How long they must look the same, in ms. */
const QUIET_MS = 500;
/** Shortest wait from a word of the kernel to a look, in ms: a log in that folder has many. */
const GATHER_MS = 100;

/** What to watch with. */
export interface FileWatchOptions {
  /** Told of a change. */
  changed(): void;
  /** Where time comes from; the machine's clock when absent. */
  readonly clock?: Clock;
  /** Watches folders; `Deno.watchFs` when absent. */
  watchFolders?(folders: readonly string[]): FolderWatch;
}

/** What tells of happenings in folders. */
export type FolderWatch = AsyncIterable<Pick<Deno.FsEvent, "paths">> & {
  /** Ends it. */
  close(): void;
};

/** Watches files. */
export class FileWatch {
  readonly #options: FileWatchOptions;
  readonly #clock: Clock;
  #known: FileStates = new Map();
  /** How they looked at the last look, where that was not as they are known. */
  #restless: string | null = null;
  #folders: FolderWatch | undefined;
  #watched = "";
  #planned: { readonly at: number; readonly clear: () => void } | undefined;
  #looking: Promise<void> | undefined;
  #ended = false;

  /** Makes a watch that sees nothing yet. */
  constructor(options: FileWatchOptions) {
    this.#options = options;
    this.#clock = options.clock ?? SYSTEM_CLOCK;
  }

  /** Watches these files from now on, and takes them for known as they were then. */
  know(files: FileStates): void {
    if (this.#ended) return;
    this.#known = files;
    this.#restless = null;
    this.#watchFolders([...new Set([...files.keys()].map(dirname))].sort());
    this.#plan(POLL_MS);
  }

  /** Ends it; waits for a look that is under way, but not for a disk that does not answer. */
  async end(): Promise<void> {
    this.#ended = true;
    this.#planned?.clear();
    this.#folders?.close();
    const { promise, resolve } = Promise.withResolvers<void>();
    const clear = this.#clock.set(resolve, QUIET_MS);
    await Promise.race([this.#looking, promise]);
    clear();
  }

  #plan(delayMs: number): void {
    const at = this.#clock.now() + delayMs;
    if (this.#ended || (this.#planned !== undefined && this.#planned.at <= at)) return;
    this.#planned?.clear();
    const clear = this.#clock.set(() => {
      this.#planned = undefined;
      this.#looking ??= this.#look().finally(() => this.#looking = undefined);
    }, delayMs);
    this.#planned = { at, clear };
  }

  async #look(): Promise<void> {
    const known = this.#known;
    const states = await Promise.all(
      [...known.keys()].map(async (path) => [path, await stateOfLater(path)] as const),
    );
    // They were read meanwhile: this look says nothing of what is known now.
    if (this.#ended || known !== this.#known) return this.#plan(POLL_MS);
    const look = JSON.stringify(states);
    if (states.every(([path, state]) => known.get(path) === state)) {
      this.#restless = null;
      return this.#plan(POLL_MS);
    }
    const rests = this.#restless === look;
    this.#restless = rests ? null : look;
    if (rests) this.#known = new Map(states);
    this.#plan(rests ? POLL_MS : QUIET_MS);
    if (rests) this.#options.changed();
  }

  #watchFolders(folders: readonly string[]): void {
    const watched = folders.join("\0");
    if (watched === this.#watched) return;
    this.#watched = watched;
    this.#folders?.close();
    const { watchFolders = watchWithKernel } = this.#options;
    try {
      this.#folders = watchFolders(folders);
      void this.#listen(this.#folders);
    } catch (error) {
      this.#folders = undefined;
      // No permission for the folder, or no watch left: looking now and then will do.
      records.debug("files are watched by looking only", { reason: reasonOf(error) });
    }
  }

  async #listen(folders: FolderWatch): Promise<void> {
    try {
      for await (const { paths } of folders) {
        if (paths.some((path) => this.#concerns(path))) this.#plan(GATHER_MS);
      }
    } catch (error) {
      records.debug("files are watched by looking only", { reason: reasonOf(error) });
    }
  }

  /** Whether something happened to a file of ours, or to a link on the way that Kubernetes turns. */
  #concerns(path: string): boolean {
    const name = basename(path);
    return name.startsWith("..") || [...this.#known.keys()].some((file) => basename(file) === name);
  }
}

function watchWithKernel(folders: readonly string[]): FolderWatch {
  const watcher = Deno.watchFs([...folders], { recursive: false });
  return {
    [Symbol.asyncIterator]: () => watcher[Symbol.asyncIterator](),
    close: () => {
      try {
        watcher.close();
      } catch (error) {
        // Before Deno 2.9 a watcher that has come to its end is closed already, and says so.
        if (!(error instanceof Deno.errors.BadResource)) throw error;
      }
    },
  };
}
