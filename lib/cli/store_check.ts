/**
 * What `check` says about the store: where it is, and whether a relay could work there.
 *
 * INVARIANT: nothing is made or changed; only where the caller asks for it, a file is made in a
 * store that is there, and removed again. What Deno's permissions hide is no
 * problem: the start tells.
 *
 * @module
 */

import { statfs } from "node:fs/promises";
import { dirname } from "node:path";
import type { StoreConfig } from "../config/types.ts";
import { reasonOf } from "../errors.ts";
import { databaseFile } from "../store/layout.ts";
import { fullPath } from "./configuration.ts";

/** What there is to say about a store. */
export interface StoreFindings {
  /** Its folder in full, and whether it is there. */
  readonly place: string;
  /** What would keep a relay from working there; one sentence each, with what to do. */
  readonly problems: readonly string[];
}

/** What a path leads to; `hidden`: the permission to look was withheld. */
type Found =
  | { readonly kind: "folder" | "other" | "nothing" | "hidden" }
  | { readonly kind: "failed"; readonly reason: string };

const MEGABYTE = 1_000_000;

/**
 * Looks at the store of a configuration.
 *
 * @param write Whether to try writing to a store that is there: as root, nothing else tells.
 */
export async function examineStore(
  { path, minFreeOctets }: StoreConfig,
  { write }: { readonly write: boolean },
): Promise<StoreFindings> {
  const folder = fullPath(path);
  const { nearest, found } = await nearestTo(folder);
  const missing = nearest !== folder && found.kind === "folder";
  const problems = [
    obstacle(folder, nearest, found),
    nearest === folder && found.kind === "folder" ? await writingProblem(folder, write) : null,
    await spaceProblem(nearest, minFreeOctets),
  ];
  return {
    place: `store ${folder}${missing ? " (not there yet: the first start makes it)" : ""}`,
    problems: problems.filter((problem) => problem !== null),
  };
}

/** A folder, or the first thing above it that is there: folders are made from there on. */
async function nearestTo(folder: string): Promise<{ nearest: string; found: Found }> {
  let nearest = folder;
  for (;;) {
    const found = await look(nearest);
    if (found.kind !== "nothing" || dirname(nearest) === nearest) return { nearest, found };
    nearest = dirname(nearest);
  }
}

async function look(path: string): Promise<Found> {
  try {
    return { kind: (await Deno.stat(path)).isDirectory ? "folder" : "other" };
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) return { kind: "hidden" };
    // Below a file there is nothing either: the file itself is found further up.
    const nothing = error instanceof Deno.errors.NotFound ||
      error instanceof Deno.errors.NotADirectory;
    return nothing ? { kind: "nothing" } : { kind: "failed", reason: reasonOf(error) };
  }
}

/** What stands where the folder is to be. */
function obstacle(folder: string, nearest: string, found: Found): string | null {
  switch (found.kind) {
    case "folder":
    case "hidden":
      return null;
    case "nothing":
      return `${folder} cannot be made: ${nearest} is missing`;
    case "failed":
      return `${folder} cannot be reached: ${found.reason}; is check run by the user that runs ` +
        "mail2alert?";
    case "other":
      return nearest === folder
        ? `${folder} is no folder: move the file away, or name another one as store.path`
        : `${folder} cannot be made: ${nearest} is no folder: name another one as store.path`;
  }
}

async function writingProblem(folder: string, write: boolean): Promise<string | null> {
  try {
    if (write) await Deno.remove(await Deno.makeTempFile({ dir: folder, prefix: "check-" }));
    await openDatabase(folder);
    return null;
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) return null;
    return `${folder} cannot be written to: ${
      reasonOf(error)
    }; make it writable for the user that ` +
      "runs mail2alert (is check run by that user?)";
  }
}

/** Opening it for writing changes nothing in it, and tells whether a relay could. */
async function openDatabase(folder: string): Promise<void> {
  try {
    (await Deno.open(databaseFile(folder), { write: true })).close();
  } catch (error) {
    // No relay has run there yet.
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

/** The same judgement as the relay's own, which takes no mail then. */
async function spaceProblem(nearest: string, minFreeOctets: number): Promise<string | null> {
  if (minFreeOctets === 0) return null;
  try {
    const { bsize, bavail } = await statfs(nearest);
    if (bsize * bavail >= minFreeOctets) return null;
    return `${megabytes(bsize * bavail)} free on its disk, store.min-free is ` +
      `${megabytes(minFreeOctets)}: no mail is taken until there is more`;
  } catch {
    return null;
  }
}

function megabytes(octets: number): string {
  return `${Math.floor(octets / MEGABYTE)} MB`;
}
