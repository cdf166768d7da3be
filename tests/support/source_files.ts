/**
 * The program's own source as data: its files, and what each one imports.
 *
 * @module
 */

/** One TypeScript file. */
export interface SourceFile {
  /** Path below the folder that was walked, with `/`. */
  readonly path: string;
  /** Its text. */
  readonly text: string;
}

/** One import of another file. */
export interface Import {
  /** As it is written: `./x.ts`. */
  readonly specifier: string;
  /** Whether nothing of it is left when the program runs. */
  readonly typesOnly: boolean;
}

/** Every TypeScript file in a folder, those in folders below it too. */
export async function sourceFiles(folder: URL, below = ""): Promise<SourceFile[]> {
  const found: SourceFile[] = [];
  for await (const { name, isDirectory } of Deno.readDir(new URL(below, folder))) {
    const path = `${below}${name}`;
    if (isDirectory) found.push(...await sourceFiles(folder, `${path}/`));
    else if (name.endsWith(".ts")) {
      found.push({ path, text: await Deno.readTextFile(new URL(path, folder)) });
    }
  }
  return found;
}

/** `import … from "./x"`, `export … from "./x"`, `import "./x"`; each begins a line. */
const STATEMENT = /^(import|export)\s(?:([^"';]*?)\sfrom\s+)?["'](\.[^"']+)["']/gm;

/** `import("./x")`, as an expression or as a type, wherever it stands. */
const CALL = /\bimport\(\s*["'](\.[^"']+)["']/g;

/** What a text imports of its own program, by path; libraries and examples in comments left out. */
export function importsOf(text: string): Import[] {
  const code = text.replace(/^\s*(?:\/\*)?\*.*$|\/\/.*$/gm, "");
  const statements = [...code.matchAll(STATEMENT)].map(([, , names = "", specifier = ""]) => ({
    specifier,
    typesOnly: /^type\b/.test(names),
  }));
  const calls = [...code.matchAll(CALL)].map(([, specifier = ""]) => ({
    specifier,
    typesOnly: false,
  }));
  return [...statements, ...calls];
}
