/** config.example.yaml must be right as it is, and with every hidden setting shown. @module */

import assert from "node:assert/strict";
import { DESCRIPTIONS } from "../../lib/config/descriptions.ts";
import { LATER } from "../../lib/config/later.ts";
import { parseConfiguration } from "../../lib/config/load.ts";
import { value } from "../../lib/config/reading.ts";
import { reviewConfiguration } from "../../lib/config/review.ts";
import { eventsOf } from "../../lib/routing/packs/packs.ts";
import type { Configuration } from "../../lib/config/types.ts";

const example = await Deno.readTextFile(new URL("../../config.example.yaml", import.meta.url));

/** A hidden setting: a "#" that neither "or" nor one blank follows. */
const HIDDEN = /^( *)#(?!or | \S|$)/;
const ALTERNATIVE = /^ *#or +/;
/** The first line of an alternative, and the others. */
const ALTERNATIVE_START = /^ *#or (?! )/;

function parse(lines: readonly string[], variables: (name: string) => string | undefined) {
  return parseConfiguration("config.example.yaml", lines.join("\n"), variables, {
    readSecret: () => value("secret"),
    readPem: (path) => value(`/etc/${path}`),
    findSample: (path) => value(`/etc/${path}`),
  });
}

function shown(): string[] {
  return example.split("\n").map((line) => line.replace(HIDDEN, "$1"));
}

Deno.test("config.example.yaml is right as it is, without any variable", () => {
  const configuration = parse(example.split("\n"), () => undefined);
  assert.deepEqual(reviewConfiguration(configuration), []);
  assert.equal(configuration.managers.length, 2);
});

Deno.test("config.example.yaml is right with every hidden setting, and gives the defaults", () => {
  const plain = parse(example.split("\n"), () => undefined);
  const full = parse(shown(), () => "x");
  const defaults = [
    "ack",
    "ackBudgetMs",
    "store",
    "queue",
    "duplicates",
    "history",
    "limits",
    "reload",
  ] satisfies (keyof Configuration)[];
  for (const key of defaults) {
    assert.deepEqual(full[key], plain[key], key);
  }
  assert.deepEqual(full.onFailure.map(({ text }) => text), ["mailto:ops@example.com"]);
  assert.equal(full.listeners.length, 3);
  assert.equal(full.managers.length, 3);
  assert.deepEqual(reviewConfiguration(full).filter((doubt) => /lookup|pack/.test(doubt)), []);
  assert.deepEqual([full.lookups, full.packs, full.tests].map(({ length }) => length), [1, 1, 3]);
  assert.deepEqual(full.managers.map(({ gocd }) => gocd?.basic ?? gocd?.token), [
    { user: "x", password: "x" },
    "x",
    undefined,
  ]);
});

Deno.test("config.example.yaml is right with each alternative in place of what it stands for", () => {
  const lines = shown();
  let alternatives = 0;
  lines.forEach((line, index) => {
    if (!ALTERNATIVE_START.test(line)) return;
    alternatives++;
    const replaced = lines.slice(0, index).findLastIndex((other) => !/^ *#/.test(other));
    const indent = indentOf(lines[replaced]);
    const written = alternativeAt(lines, index).map((other) => other.replace(/^ *#or /, indent));
    const changed = lines.with(replaced, written.join("\n"));
    assert.ok(parse(changed, () => "x"), line);
  });
  assert.equal(alternatives, 10);
});

/** Keys that it leaves out. */
const SECRETS_BETTER_IN_FILES = ["client-secret", "refresh-token"];

/** Names that are no keys of ours: of users, lookups, header fields, fields, groups. */
const NAMES = [
  ..."nas ups printer owner accept authorization x-api-key-file email tier x-mailer host".split(
    " ",
  ),
  ..."empty full object beans x-priority my-group pipeline".split(" "),
];

Deno.test("config.example.yaml names every key that there is, and none that is still to come", () => {
  const keys = new Set(Object.keys(DESCRIPTIONS).map((path) => path.split(".").at(-1)));
  const named = new Set(
    example.split("\n").map((line) => line.replace(HIDDEN, "$1").replace(ALTERNATIVE, ""))
      .filter((line) => !/^ *#/.test(line))
      .flatMap((line) => [...line.matchAll(/(?:^|[\s{])([a-z-]+):(?= |$)/g)].map(([, key]) => key)),
  );
  assert.deepEqual([...keys].filter((key) => !named.has(key)), SECRETS_BETTER_IN_FILES);
  assert.deepEqual([...named].filter((key) => !keys.has(key)), NAMES);
  for (const later of Object.values(LATER)) {
    assert.ok(Object.keys(later).every((key) => !named.has(key)));
  }
});

Deno.test("config.example.yaml names every function, and every event of GoCD", async () => {
  const source = await Deno.readTextFile(new URL("../../lib/config/filter.ts", import.meta.url));
  const words = [...source.matchAll(/^ {2}"([\w.]+)",$/gm)].map(([, word = ""]) => word);
  assert.equal(words.length, 5);
  for (const word of [...words, ...eventsOf("gocd")]) assert.ok(example.includes(word), word);
});

/** The lines of the alternative that begins at an index. */
function alternativeAt(lines: readonly string[], index: number): string[] {
  const others = lines.slice(index + 1);
  const end = others.findIndex((line) => ALTERNATIVE_START.test(line) || !/^ *#/.test(line));
  return [lines[index] ?? "", ...others.slice(0, end).filter((line) => ALTERNATIVE.test(line))];
}

function indentOf(line = ""): string {
  return /^ */.exec(line)?.[0] ?? "";
}
