/**
 * The folders of a store: made for the owner's eyes only, and in a way that survives a loss of
 * power. A mail is no safer on disk than the names of the folders that lead to it. Calls block.
 *
 * @module
 */

import { dirname } from "node:path";

/**
 * Makes a folder, and those above it, whatever the umask; says whether it was missing. Once this
 * returns, its name is on disk.
 */
export function makeFolder(folder: string): boolean {
  let found = tryMake(folder);
  const above = dirname(folder);
  if (found === "nothing above" && above !== folder) {
    makeFolder(above);
    found = tryMake(folder);
  }
  if (found === "nothing above") throw new Deno.errors.NotFound(`${above} does not exist`);
  if (found === "there") return false;
  Deno.chmodSync(folder, 0o700);
  syncIfAllowed(above);
  return true;
}

/** Writes a folder's entries to the disk. */
export function syncFolder(folder: string): void {
  using file = Deno.openSync(folder, { read: true });
  file.syncSync();
}

function tryMake(folder: string): "made" | "there" | "nothing above" {
  try {
    Deno.mkdirSync(folder, { mode: 0o700 });
    return "made";
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "nothing above";
    const there = error instanceof Deno.errors.AlreadyExists;
    if (there && Deno.statSync(folder).isDirectory) return "there";
    throw error;
  }
}

/** The folder above is somebody else's, who need not let us read it: that keeps no mail out. */
function syncIfAllowed(folder: string): void {
  try {
    syncFolder(folder);
  } catch (error) {
    if (error instanceof Deno.errors.PermissionDenied) return;
    if (error instanceof Deno.errors.NotCapable) return;
    throw error;
  }
}
