/** Holds the import direction that lib/README.md draws. @module */

import assert from "node:assert/strict";

/** Which folders of lib/ each folder may import; errors.ts and log.ts are open to all but mail. */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  mail: [],
  smtp: ["mail"],
  config: ["mail"],
  routing: ["mail"],
  destinations: ["mail", "smtp"],
  queue: ["mail"],
  store: ["mail"],
  cli: ["mail", "smtp", "config", "routing", "destinations", "queue", "store"],
};

/** The one vocabulary outside mail/: its types, and nothing but types, may be imported anywhere. */
const TYPES_ONLY = "config/types.ts";

const lib = new URL("../lib/", import.meta.url);

interface Import {
  readonly file: string;
  readonly target: string;
  readonly typesOnly: boolean;
}

async function importsOf(folder: string): Promise<Import[]> {
  const found: Import[] = [];
  for await (const { name, isDirectory } of Deno.readDir(new URL(`${folder}/`, lib))) {
    if (isDirectory) {
      found.push(...await importsOf(`${folder}/${name}`));
    } else if (name.endsWith(".ts")) {
      const file = `${folder}/${name}`;
      const text = await Deno.readTextFile(new URL(file, lib));
      for (
        const [statement, path] of text.matchAll(/^(?:import|export)\b[^;]*?from "(\.[^"]+)"/gms)
      ) {
        const target = new URL(path ?? "", new URL(file, lib)).pathname.slice(lib.pathname.length);
        found.push({ file, target, typesOnly: statement.startsWith("import type ") });
      }
    }
  }
  return found;
}

for (const [folder, targets] of Object.entries(ALLOWED)) {
  Deno.test(`lib/${folder} imports only itself and [${targets}]`, async () => {
    const imports = await importsOf(folder);
    for (const { file, target, typesOnly } of imports) {
      const top = target.split("/")[0] ?? "";
      const open = top === folder || targets.includes(top) ||
        (target === TYPES_ONLY && typesOnly) ||
        (target === "errors.ts" || target === "log.ts") && folder !== "mail" ||
        folder === "cli" && (target === "app.ts" || target === "version.ts");
      assert.ok(open, `lib/${file} must not import lib/${target}`);
    }
  });
}

Deno.test("every folder of lib/ has its row in the table of imports", () => {
  const folders = [...Deno.readDirSync(lib)].filter(({ isDirectory }) => isDirectory);
  assert.deepEqual(folders.map(({ name }) => name).sort(), Object.keys(ALLOWED).sort());
});

Deno.test("nothing below app.ts imports app.ts or the command line", async () => {
  for (const folder of Object.keys(ALLOWED).filter((name) => name !== "cli")) {
    for (const { file, target } of await importsOf(folder)) {
      assert.ok(!/^(app\.ts|cli\/)/.test(target), `lib/${file} must not import lib/${target}`);
    }
  }
});

Deno.test("no file of lib/ is over 250 lines without a reason in its header", async () => {
  const walk = async (folder: URL): Promise<void> => {
    for await (const { name, isDirectory } of Deno.readDir(folder)) {
      if (isDirectory) await walk(new URL(`${name}/`, folder));
      else if (name.endsWith(".ts")) {
        const text = await Deno.readTextFile(new URL(name, folder));
        const lines = text.split("\n").length - 1;
        assert.ok(lines <= 250 || /^ \* LENGTH\b/m.test(text), `${name} has ${lines} lines`);
      }
    }
  };
  await walk(lib);
});
