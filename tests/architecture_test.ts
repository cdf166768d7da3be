/** Holds the import direction that lib/README.md draws, and the length of files. @module */

import assert from "node:assert/strict";
import { importsOf, type SourceFile, sourceFiles } from "./support/source_files.ts";

/** Pure words that anybody may use. */
const WORDS = ["mail", "language"];
/** A part of routing that is vocabulary, so that the configuration knows its names. */
const PACKS = "routing/packs";
/** Open to all but mail, which is pure. */
const OPEN = ["errors.ts", "log.ts"];
const SIBLINGS = ["smtp", "config", "routing", "destinations", "queue", "store", "control"];

/** What each folder of lib/, and each file directly in it, may import beside itself. */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  "errors.ts": [],
  "log.ts": [],
  "version.ts": [],
  mail: [],
  language: ["mail"],
  smtp: [...WORDS, ...OPEN],
  config: [...WORDS, PACKS, ...OPEN],
  [PACKS]: WORDS,
  routing: [...WORDS, PACKS, ...OPEN],
  destinations: [...WORDS, "smtp", ...OPEN],
  queue: [...WORDS, ...OPEN],
  store: [...WORDS, ...OPEN],
  control: [...WORDS, ...OPEN],
  app: [...WORDS, ...SIBLINGS, PACKS, "version.ts", ...OPEN],
  "app.ts": [...WORDS, ...SIBLINGS, PACKS, "app", ...OPEN],
  cli: [...WORDS, ...SIBLINGS, PACKS, "app.ts", "version.ts", ...OPEN],
};

/** The vocabularies outside mail/: their types, and nothing but types, may be imported anywhere. */
const TYPES_ONLY = ["config/types.ts", "store/store.ts", "store/views.ts"];

const lib = new URL("../lib/", import.meta.url);
const files = await sourceFiles(lib);

function areaOf(path: string): string {
  return path.startsWith(`${PACKS}/`) ? PACKS : path.split("/")[0] ?? "";
}

/** Imports of a file that its area may not have. */
function strangersOf({ path, text }: SourceFile): string[] {
  return importsOf(text).flatMap(({ specifier, typesOnly }) => {
    const { pathname } = new URL(specifier, new URL(path, lib));
    const target = pathname.slice(lib.pathname.length);
    const inside = pathname.startsWith(lib.pathname);
    const known = inside && [areaOf(path), ...ALLOWED[areaOf(path)] ?? []].includes(areaOf(target));
    return known || (TYPES_ONLY.includes(target) && typesOnly) ? [] : [specifier];
  });
}

for (const [area, targets] of Object.entries(ALLOWED)) {
  Deno.test(`lib/${area} imports only itself and [${targets}]`, () => {
    for (const file of files.filter(({ path }) => areaOf(path) === area)) {
      assert.deepEqual(strangersOf(file), [], `lib/${file.path}`);
    }
  });
}

Deno.test("everything in lib/ has its row in the table of imports", () => {
  const areas = new Set(files.map(({ path }) => areaOf(path)));
  assert.deepEqual([...areas].sort(), Object.keys(ALLOWED).sort());
});

const forbidden = [
  { path: "smtp/x.ts", text: 'import { a } from "../queue/a.ts";' },
  { path: "smtp/x.ts", text: 'import {\n  a,\n} from "../queue/a.ts";' },
  { path: "smtp/x.ts", text: 'import "../queue/a.ts";' },
  { path: "smtp/x.ts", text: 'const a = await import("../queue/a.ts");' },
  { path: "smtp/x.ts", text: 'type A = import("../queue/a.ts").A;' },
  { path: "smtp/x.ts", text: 'export * from "../queue/a.ts";' },
  { path: "smtp/x.ts", text: 'export type { A } from "../queue/a.ts";' },
  { path: "smtp/x.ts", text: 'import { a } from "../config/types.ts";' },
  { path: "smtp/x.ts", text: 'import a from "../../main.ts";' },
  { path: "routing/packs/x.ts", text: 'import { a } from "../../smtp/a.ts";' },
  { path: "routing/packs/x.ts", text: 'import { a } from "../rules.ts";' },
  { path: "config/x.ts", text: 'import { a } from "../routing/rules.ts";' },
  { path: "language/x.ts", text: 'import { a } from "../config/units.ts";' },
  { path: "mail/x.ts", text: 'import { log } from "../log.ts";' },
  { path: "queue/x.ts", text: 'import type { Relay } from "../app.ts";' },
  { path: "errors.ts", text: 'import { log } from "./log.ts";' },
  { path: "app.ts", text: 'import { check } from "./cli/check.ts";' },
];

for (const { path, text } of forbidden) {
  Deno.test(`the table of imports forbids ${JSON.stringify(text)} in lib/${path}`, () => {
    assert.equal(strangersOf({ path, text }).length, 1);
  });
}

Deno.test("the table of imports lets types, libraries and examples pass", () => {
  const text = `/**
 * import { a } from "../queue/a.ts";
 */
import assert from "node:assert";
import type { Limits } from "../config/types.ts";
import { log } from "../log.ts";
// import "../queue/a.ts";
export { a } from "./a.ts";
`;
  assert.deepEqual(strangersOf({ path: "smtp/x.ts", text }), []);
  assert.equal(importsOf(text).length, 3);
});

Deno.test("no file is over 250 lines without a reason in its header", async () => {
  const tests = await sourceFiles(new URL("./", import.meta.url));
  const long = [...files, ...tests].flatMap(({ path, text }) => {
    const lines = text.split("\n").length - 1;
    return lines <= 250 || /^ \* LENGTH\b/m.test(text) ? [] : [`${path}: ${lines} lines`];
  });
  assert.deepEqual(long, []);
});
