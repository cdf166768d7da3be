/**
 * The facts of the program that holds a store, in `holder.json` beside its lock: so that whoever
 * finds the store in use can say by whom. Only `lock.ts` writes it, and only while it holds the lock.
 *
 * INVARIANT: the file is replaced whole, never written in place. It may be of a program that was
 * killed; only the lock says whether anybody is there.
 *
 * @module
 */

import { holderFile } from "./layout.ts";
import { storeError } from "./store_error.ts";

/** The program that holds a store. */
export interface Holder {
  /** Its process id, on its host. */
  readonly pid: number;
  /** The name of its host. */
  readonly hostname: string;
  /** Its version. */
  readonly version: string;
  /** When it started, in milliseconds since the epoch. */
  readonly startedAt: number;
  /** Where it listens, as `host:port`; empty while it does not. */
  readonly listening: readonly string[];
}

/** More than this is no file of ours, in octets. */
const MOST_OCTETS = 65_536;

/**
 * Reads who holds a store, or held it when it was killed.
 *
 * @returns `null` when nobody has left word, or nothing that can be read.
 */
export async function readHolder(store: string): Promise<Holder | null> {
  try {
    const { size } = await Deno.stat(holderFile(store));
    if (size > MOST_OCTETS) return null;
    return toHolder(JSON.parse(await Deno.readTextFile(holderFile(store))));
  } catch {
    return null;
  }
}

/**
 * Leaves word of who holds the store.
 *
 * @throws {RelayError} `store-full` or `store-failed`; the file is as it was.
 */
export async function writeHolder(store: string, holder: Holder): Promise<void> {
  const temporary = `${holderFile(store)}.new`;
  try {
    await Deno.writeTextFile(temporary, `${JSON.stringify(holder, null, 2)}\n`, { mode: 0o600 });
    await Deno.rename(temporary, holderFile(store));
  } catch (error) {
    throw storeError(`write ${holderFile(store)}`, error);
  }
}

/** Takes the word back. Never rejects: a file that stays is no harm while nobody holds the lock. */
export async function removeHolder(store: string): Promise<void> {
  try {
    await Deno.remove(holderFile(store));
  } catch {
    // There was none, or the disk is ill.
  }
}

/** A store as messages name it: a relative path says nothing in a mail of cron. */
export async function nameOf(store: string): Promise<string> {
  try {
    return await Deno.realPath(store);
  } catch {
    return store;
  }
}

/** One line about a holder, to follow "Cannot use the store …:". */
export function describeHolder(holder: Holder | null): string {
  if (holder === null) return "another program holds it";
  const { pid, hostname, version, startedAt, listening } = holder;
  const since = new Date(startedAt).toISOString().replace(/\.\d+Z$/, "Z");
  const where = listening.length > 0 ? `, listening on ${listening.join(", ")}` : "";
  return `mail2alert ${version} (process ${pid} on ${hostname}, since ${since}${where}) holds it`;
}

function toHolder(value: unknown): Holder | null {
  if (typeof value !== "object" || value === null) return null;
  const { pid, hostname, version, startedAt, listening } = value as Record<string, unknown>;
  const known = Number.isSafeInteger(pid) && isText(hostname) && isText(version) &&
    isTime(startedAt) && Array.isArray(listening) && listening.every(isText);
  return known ? { pid, hostname, version, startedAt, listening } as Holder : null;
}

function isText(value: unknown): value is string {
  return typeof value === "string";
}

function isTime(value: unknown): value is number {
  return typeof value === "number" && !Number.isNaN(new Date(value).getTime());
}
