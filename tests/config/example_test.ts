/** config.example.yaml must be right as it is, and with every hidden setting shown. @module */

import assert from "node:assert/strict";
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
  ] satisfies (keyof Configuration)[];
  for (const key of defaults) {
    assert.deepEqual(full[key], plain[key], key);
  }
  assert.deepEqual(full.onFailure.map(({ text }) => text), ["mailto:ops@example.com"]);
  assert.equal(full.listeners.length, 3);
  assert.equal(full.managers.length, 3);
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
  assert.equal(alternatives, 9);
});

Deno.test("config.example.yaml names every key that there is, and none that is still to come", () => {
  const keys = [
    ..."hostname local-smtp listen mode allow protocol tls certificate key required".split(" "),
    ..."self-signed auth without-tls users profile lenient proxy xclient".split(" "),
    // Names of users, of whom there may be others.
    ..."nas ups printer".split(" "),
    ..."remote-smtp server tls-ca-file tls-server-name tls-certificate tls-key".split(" "),
    ..."password password-file mechanism oauth token-url client-id client-secret-file".split(" "),
    ..."refresh-token-file scope slack-token slack-token-file".split(" "),
    ..."ack ack-budget store path min-free queue first-retry max-retry give-up-after".split(" "),
    ..."delay-notice dead-letters duplicates window pass-through history text keep size".split(" "),
    ..."on-failure limits message-size recipients mails-per-connection".split(" "),
    ..."command-line errors connections connections-per-peer connections-per-minute".split(" "),
    ..."idle transaction".split(" "),
    ..."managers name type url user passwd passwd-file token token-file".split(" "),
    ..."messages-we-want to from rules otherwise rewrite-headers actions filter".split(" "),
    ..."events function args stop".split(" "),
  ];
  const named = new Set(
    example.split("\n").map((line) => line.replace(HIDDEN, "$1").replace(ALTERNATIVE, ""))
      .filter((line) => !/^ *#/.test(line))
      .flatMap((line) => [...line.matchAll(/(?:^|[\s{])([a-z-]+):(?= |$)/g)].map(([, key]) => key)),
  );
  assert.deepEqual([...named].toSorted(), keys.toSorted());
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
