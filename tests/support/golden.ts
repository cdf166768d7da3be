/**
 * Golden files: what a test expects, kept in a file of its own that a task writes and people read.
 *
 * @module
 */

import assert from "node:assert/strict";

/** How a golden file is used. */
export interface GoldenOptions {
  /** Write the file instead of comparing with it. */
  readonly rewrite?: boolean;
}

/**
 * Holds an outcome to its golden file, or makes that file.
 *
 * @param file The golden file.
 * @param outcome What came of it this time.
 * @param options Whether to compare (the default) or to write.
 * @throws {Error} When the file is missing or says something else.
 */
export async function checkGolden(
  file: URL,
  outcome: string,
  { rewrite = false }: GoldenOptions = {},
): Promise<void> {
  if (rewrite) return await Deno.writeTextFile(file, outcome);
  const name = file.pathname.split("/").at(-1);
  const expected = await Deno.readTextFile(file).catch((error) => {
    throw new Error(`${name} is missing: run "deno task golden" and read it`, { cause: error });
  });
  assert.equal(outcome, expected, `not as in ${name}`);
}

/**
 * Finds what is missing from a folder where each name has one file of each kind.
 *
 * @param files The names of the files.
 * @param kinds The endings that each name must have.
 * @returns A sentence for each file that is missing or does not belong there.
 */
export function unpaired(files: readonly string[], kinds: readonly string[]): string[] {
  const present = new Set(files);
  const names = new Set<string>();
  const problems: string[] = [];
  for (const file of files) {
    const kind = kinds.find((ending) => file.endsWith(ending));
    if (kind === undefined) problems.push(`${file} does not belong here`);
    else names.add(file.slice(0, -kind.length));
  }
  for (const name of names) {
    for (const kind of kinds) {
      if (!present.has(name + kind)) problems.push(`${name}${kind} is missing`);
    }
  }
  return problems;
}
