/**
 * Watches that enough space is free beside the store for everything else on the disk.
 *
 * @module
 */

import { statfs } from "node:fs/promises";
import { log } from "../log.ts";
import type { Problem } from "./worker_messages.ts";

const records = log("store");
const MEGABYTE = 1_000_000;

/** Looks at the free space of the disk that the store is on. */
export class SpaceGuard {
  readonly #store: string;
  readonly #minFreeOctets: number;
  readonly #freeOctets: (folder: string) => Promise<number>;
  #off: boolean;
  #scarce = false;

  /**
   * Guards the disk of a folder.
   *
   * @param minFreeOctets What must stay free; 0: there is no guard.
   * @param freeOctets Says how much is free; the disk, unless a test says otherwise.
   */
  constructor(store: string, minFreeOctets: number, freeOctets = freeOctetsOf) {
    this.#store = store;
    this.#minFreeOctets = minFreeOctets;
    this.#freeOctets = freeOctets;
    this.#off = minFreeOctets === 0;
  }

  /**
   * Says what is wrong; `null` when enough is free, or nobody can tell. When that changes, the log
   * is told. Never rejects.
   */
  async look(): Promise<Problem | null> {
    if (this.#off) return null;
    try {
      const problem = this.#judge(await this.#freeOctets(this.#store));
      this.#tell(problem);
      return problem;
    } catch (error) {
      // Without the folder there is no store either: opening it tells that better.
      if (!isDenied(error)) return null;
      this.#off = true;
      records.warning("free space is not watched", {
        reason: "the permission to ask for it was withheld (--allow-sys=statfs, --allow-read)",
      });
      return null;
    }
  }

  #judge(freeOctets: number): Problem | null {
    if (freeOctets >= this.#minFreeOctets) return null;
    const reason = `${megabytes(freeOctets)} free on the disk of ${this.#store}, ` +
      `store.min-free is ${megabytes(this.#minFreeOctets)}; mail is taken again when there is more`;
    return { code: "store-full", reason };
  }

  #tell(problem: Problem | null): void {
    const before = this.#scarce;
    this.#scarce = problem !== null;
    if (problem !== null && !before) {
      records.error("no mail is taken: too little space is free", { reason: problem.reason });
    }
    if (problem === null && before) records.info("mail is taken again: enough space is free");
  }
}

async function freeOctetsOf(folder: string): Promise<number> {
  const { bsize, bavail } = await statfs(folder);
  return bsize * bavail;
}

function megabytes(octets: number): string {
  return `${Math.floor(octets / MEGABYTE)} MB`;
}

function isDenied(error: unknown): boolean {
  return error instanceof Deno.errors.NotCapable || error instanceof Deno.errors.PermissionDenied;
}
