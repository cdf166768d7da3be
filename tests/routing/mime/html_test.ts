/** Holds lib/routing/mime/html.ts to texts that are not longer than their HTML. @module */

import assert from "node:assert/strict";
import { htmlToText } from "../../../lib/routing/mime/html.ts";

const LINES = "<pre>" + "a\n".repeat(10_000) + "</pre>";

const nests = [
  { name: "quotes", open: "<blockquote>" },
  { name: "lists", open: "<ul><li>" },
  { name: "numbered lists", open: "<ol><li>" },
  { name: "lists of both kinds", open: "<ul><li><ol><li>" },
  { name: "lists without items", open: "<ul>" },
  { name: "tables", open: "<table><tr><td>" },
];

for (const { name, open } of nests) {
  Deno.test(`htmlToText() makes no long text of lines deep in ${name}`, async () => {
    for (const depth of [1, 8, 23, 60, 500]) {
      const { length } = await htmlToText(open.repeat(depth) + LINES);
      // A list's indents are two letters for each of its first levels.
      assert.ok(length <= 5 * LINES.length, `${length} at ${depth}`);
    }
  });
}

Deno.test("htmlToText() reads what tables lay out twenty deep", async () => {
  const html = "<table><tbody><tr><td>".repeat(5) + "Disk failure" + "</td></tr>".repeat(5);
  assert.equal((await htmlToText(html)).trim(), "Disk failure");
});

Deno.test("htmlToText() keeps quotes, lines and lists apart", async () => {
  const html = "<p>one</p><blockquote>two<br>three</blockquote><ul><li>four<li>five</ul>";
  assert.equal(await htmlToText(html), "one\n\ntwo\nthree\n\n * four\n * five");
});
