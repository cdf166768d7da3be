/** What README.md and config.example.yaml name, in comments too, must be what there is. @module */

import assert from "node:assert/strict";
import { CALENDAR, METHODS } from "../../lib/language/functions.ts";
import { MAIL_VALUES } from "../../lib/language/mail_values.ts";
import { compileTemplate } from "../../lib/language/template.ts";
import { ALL_FIELDS } from "../../lib/routing/packs/packs.ts";

const read = (name: string) => Deno.readTextFile(new URL(`../../${name}`, import.meta.url));
const readme = await read("README.md");
const documents = [["README.md", readme], [
  "config.example.yaml",
  await read("config.example.yaml"),
]] as const;

/** What follows a root, apart from its values: a function of filters, one of conditions, a file. */
const OTHERS = ["in_subject", "header", "eml"];
const KNOWN = {
  mail: [...Object.keys(MAIL_VALUES), ...OTHERS],
  fields: [...ALL_FIELDS, "NAME"],
};

for (const [name, text] of documents) {
  for (const root of ["mail", "fields"] as const) {
    Deno.test(`${name} names nothing below ${root} that is not there`, () => {
      // What goes on after another dot is a host.
      const named = [...text.matchAll(new RegExp(`\\b${root}\\.(\\w+)(?!\\w|\\.[a-z])`, "g"))]
        .map(([, word = ""]) => word);
      assert.ok(named.length > 2);
      assert.deepEqual(named.filter((word) => !KNOWN[root].includes(word)), []);
      // A name without its root is not looked at above.
      assert.ok(!/[ (]\.[a-z_]+,/.test(text), "a name without its root");
    });
  }

  Deno.test(`${name} names no filter that is not there`, () => {
    const named = [...text.matchAll(/\{\{[^{}|]+\|[^{}]+\}\}/g)].map(([all]) =>
      all.replaceAll('\\"', '"')
    );
    const names = { fields: new Set(ALL_FIELDS), lookups: new Set(["owner"]) };
    assert.ok(named.length > 0);
    for (const template of named) {
      assert.equal(compileTemplate(template, { names, target: "text" }).kind, "value", template);
    }
  });
}

Deno.test("README.md's table of conditions names values and functions that are there", () => {
  const rows = readme.split("\n").filter((line) => line.startsWith("| `"));
  const words = (begin: string) => {
    const row = rows.find((line) => line.startsWith(`| \`${begin}`)) ?? "";
    const [, cell = ""] = row.split(" | ", 1)[0]?.split("| ") ?? [];
    return [...cell.matchAll(/`([\w.]+)/g)].map(([, word = ""]) => word.replace("mail.", ""));
  };
  const values = [...words("mail.subject"), ...words("mail.recipients"), "headers", "attachments"];
  assert.deepEqual(values.toSorted(), Object.keys(MAIL_VALUES).toSorted());
  const calls = ["contains", "lowerAscii", "getHours"].flatMap(words);
  const known = [...Object.keys(METHODS), ...Object.keys(CALENDAR), "matches", "size"];
  assert.ok(calls.length > 8);
  assert.deepEqual(calls.filter((word) => !known.includes(word)), []);
});
