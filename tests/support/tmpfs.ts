/**
 * A small disk of its own for a test: a tmpfs. It needs root.
 *
 * @module
 */

import { join } from "node:path";
import { run } from "./tools.ts";

/** A mounted disk. */
export interface Disk extends AsyncDisposable {
  /** Where it is mounted. */
  readonly path: string;
  /** Makes it read-only, or writable again. Nothing on it may be open for writing then. */
  remount(mode: "ro" | "rw"): Promise<void>;
  /** Takes all the space that is left with a file that is not the program's. */
  fill(): Promise<void>;
  /** Gives that space back. */
  free(): Promise<void>;
}

const MIB = 1_048_576;
const FILLER_OCTETS = 4_096;

/**
 * Mounts one.
 *
 * @throws {Error} If it cannot be mounted: says what is missing.
 */
export async function mountDisk(sizeMiB: number): Promise<Disk> {
  const path = await Deno.makeTempDir({ prefix: "mail2alert-disk-" });
  const options = `size=${sizeMiB * MIB},mode=700`;
  const { code, stderr } = await run("mount", ["-t", "tmpfs", "-o", options, "tmpfs", path]);
  if (code !== 0) {
    await Deno.remove(path);
    throw new Error(
      `This test needs a small disk of its own, and cannot mount a tmpfs (run it as root, with ` +
        `the capability CAP_SYS_ADMIN): ${stderr}`,
    );
  }
  const filler = join(path, "not-ours");
  return {
    path,
    remount: (mode) => must("mount", ["-o", `remount,${mode}`, path]),
    fill: () => fill(filler),
    free: () => Deno.remove(filler),
    [Symbol.asyncDispose]: async () => {
      await must("umount", [path]);
      await Deno.remove(path);
    },
  };
}

async function fill(path: string): Promise<void> {
  using file = await Deno.open(path, { write: true, create: true, append: true });
  const block = new Uint8Array(FILLER_OCTETS);
  try {
    for (;;) await file.write(block);
  } catch (error) {
    if (!String(error).includes("No space left")) throw error;
  }
}

async function must(command: string, args: readonly string[]): Promise<void> {
  const { code, stderr } = await run(command, args);
  if (code !== 0) throw new Error(`${command} ${args.join(" ")} failed: ${stderr}`);
}
