/**
 * The configuration file of a running program, and what the program's log says of its reloads.
 *
 * @module
 */

import { join } from "node:path";
import type { Program } from "./program.ts";
import { HANG_MS, until } from "./wait.ts";

/** A configuration file that a program follows. */
export interface ServedFile {
  /** Its path. */
  readonly path: string;
  /** Puts another file in its place at once, as an editor does. */
  put(text: string): Promise<void>;
  /**
   * The same, and a SIGHUP; waits until the program has taken or refused it. For configurations that
   * say `reload: on-signal`: others are read a second time when the file is seen to have changed.
   */
  reload(text: string): Promise<Reloaded>;
  /** Waits for so many reloads in all, of any kind. */
  reloads(count: number): Promise<readonly Reloaded[]>;
}

/** What the log says of a reload. */
export type Reloaded = "replaced" | "unchanged" | "refused";

/** Finds the file of a program that `startProgram` has started. */
export function servedFile(program: Pick<Program, "folder" | "log" | "signal">): ServedFile {
  const path = join(program.folder, "configuration.yml");
  const onSignal = /^reload: on-signal$/m.test(Deno.readTextFileSync(path));
  const told = () => reloadsIn(program.log());
  const put = async (text: string) => {
    await Deno.writeTextFile(`${path}.new`, text);
    await Deno.rename(`${path}.new`, path);
  };
  const reloads = (count: number) =>
    until(() => told().length >= count ? told() : null, {
      what: `reload ${count}; the log: ${program.log().slice(-2_000)}`,
      withinMs: HANG_MS,
    });
  return {
    path,
    put,
    reloads,
    reload: async (text) => {
      if (!onSignal) throw new Error("It must say `reload: on-signal`");
      const before = told().length;
      await put(text);
      program.signal("SIGHUP");
      return (await reloads(before + 1))[before] ?? "refused";
    },
  };
}

/** The reloads that a log tells of, in order. */
function reloadsIn(log: string): readonly Reloaded[] {
  return [
    ...log.matchAll(/ app configuration (?:(replaced) |read again, (unchanged) |(refused): )/g),
  ]
    .map(([, replaced, unchanged]) => replaced ? "replaced" : unchanged ? "unchanged" : "refused");
}
