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
  #off: boolean;

  /**
   * Guards the disk of a folder.
   *
   * @param minFreeOctets What must stay free; 0: there is no guard.
   */
  constructor(store: string, minFreeOctets: number) {
    this.#store = store;
    this.#minFreeOctets = minFreeOctets;
    this.#off = minFreeOctets === 0;
  }

  /** Says what is wrong; `null` when enough is free, or nobody can tell. Never rejects. */
  async look(): Promise<Problem | null> {
    if (this.#off) return null;
    try {
      const { bsize, bavail } = await statfs(this.#store);
      return this.#judge(bsize * bavail);
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
}

function megabytes(octets: number): string {
  return `${Math.floor(octets / MEGABYTE)} MB`;
}

function isDenied(error: unknown): boolean {
  return error instanceof Deno.errors.NotCapable || error instanceof Deno.errors.PermissionDenied;
}
