/**
 * What the files of a configuration look like from outside: enough to see that they have changed.
 *
 * @module
 */

import { reasonOf } from "../errors.ts";

/** Path to state. */
export type FileStates = ReadonlyMap<string, string>;

/** Files that the source of a configuration consists of, as they were before they were read. */
export class SeenFiles {
  readonly #states = new Map<string, string>();

  /** What was seen so far. */
  get states(): FileStates {
    return this.#states;
  }

  /** Looks at a file that is about to be read. */
  see(path: string): void {
    this.#states.set(path, stateOf(path));
  }
}

/**
 * What a file looks like; one that cannot be looked at has a state, too. Links are followed, so that
 * one that leads elsewhere shows.
 */
export function stateOf(path: string): string {
  try {
    return describe(Deno.statSync(path));
  } catch (error) {
    return reasonOf(error);
  }
}

/** The same without keeping anybody waiting for the disk. */
export async function stateOfLater(path: string): Promise<string> {
  try {
    return describe(await Deno.stat(path));
  } catch (error) {
    return reasonOf(error);
  }
}

/** The time of the change itself shows what keeps size and time, such as `cp -p` over a file. */
function describe({ dev, ino, size, mtime, ctime }: Deno.FileInfo): string {
  return `${dev}:${ino}:${size}:${mtime?.getTime()}:${ctime?.getTime()}`;
}
