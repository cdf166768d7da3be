/** The reasons not to send a mail: one list, which documents follow. @module */

import assert from "node:assert/strict";
import { NOT_SENT } from "../../lib/mail/not_sent.ts";
import { sourceFiles } from "../support/source_files.ts";

const top = new URL("../../", import.meta.url);

Deno.test("the reasons not to send are listed once; their words for people are checked by type", async () => {
  const listing = (await sourceFiles(new URL("lib/", top)))
    .filter(({ text }) =>
      NOT_SENT.every((word) => new RegExp(`^ +"?${word}"?[,:]`, "m").test(text))
    )
    .map(({ path }) => path);
  assert.deepEqual(listing.sort(), ["cli/explain_text.ts", "mail/not_sent.ts"]);
});

Deno.test("README.md says what each reason not to send means, and knows no other", async () => {
  const readme = await Deno.readTextFile(new URL("README.md", top));
  const [, table = ""] = /^\*\*Not sent\.\*\*.*?\n(\|.*?)\n\n/ms.exec(readme) ?? [];
  const words = [...table.matchAll(/^\| `([a-z-]+)`/gm)].map(([, word = ""]) => word);
  assert.deepEqual(words.sort(), [...NOT_SENT].sort());
});

Deno.test("config.example.yaml names each reason not to send", async () => {
  const example = await Deno.readTextFile(new URL("config.example.yaml", top));
  const [, named = ""] = /and not-sent says why: ([^.]*)\./.exec(example) ?? [];
  const words = named.match(/[a-z-]+/g)?.filter((word) => word !== "or");
  assert.deepEqual(words?.sort(), [...NOT_SENT].sort());
});
