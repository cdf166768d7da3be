/** Every piece of a configuration in README.md must be right. @module */

import assert from "node:assert/strict";
import { reviewConfiguration } from "../../lib/config/review.ts";
import { parseHere } from "../support/configuration.ts";

const readme = await Deno.readTextFile(new URL("../../README.md", import.meta.url));
const pieces = [...readme.matchAll(/^```yaml\n(.*?)^```$/gms)].map(([, text = ""]) => text);

/** Variables that the pieces name. */
const VARIABLES = {
  GOUSER: "olle",
  GOPASS: "pelle",
  NAS_PASSWORD: "pelle",
  CATALOG_TOKEN: "pelle",
};

/** What the reader of a piece is told in the text around it. */
const KNOWN = [
  /shows a certificate of its own that nobody can verify/,
  /gets all mail in clear/,
];

Deno.test("README.md shows how to configure both sides of SMTP", () => {
  const shown = pieces.join("\n");
  for (
    const key of ["tls", "auth", "lenient", "profile", "proxy", "xclient", "oauth", "protocol"]
  ) {
    assert.match(shown, new RegExp(`\\b${key}:`), key);
  }
});

pieces.forEach((piece, index) => {
  const [line = ""] = piece.split("\n").filter((text) => /\S:\s/.test(text)).slice(-1);
  Deno.test(`README.md's configuration ${index + 1} (… ${line.trim()}) is right`, () => {
    const rest = ["local-smtp: localhost:1025\n", "remote-smtp: localhost:8025\n"]
      .filter((other) => !piece.includes(other.slice(0, other.indexOf(":") + 1)));
    const doubts = reviewConfiguration(parseHere(`${piece}\n${rest.join("")}`, VARIABLES))
      .filter((doubt) => !KNOWN.some((known) => known.test(doubt)));
    assert.deepEqual(doubts, []);
  });
});
