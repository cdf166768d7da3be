/**
 * Every file in bad/ must be refused with exactly the message that its first lines expect, and
 * no message may show a secret.
 *
 * @module
 */

import assert from "node:assert/strict";
import { parseConfiguration } from "../../lib/config/load.ts";
import { value } from "../../lib/config/reading.ts";
import { RelayError } from "../../lib/errors.ts";

const folder = new URL("./bad/", import.meta.url);
const VARIABLES: Readonly<Record<string, string>> = { JUNK: "no address", OPS: "ops@example.com" };
const environment = (name: string) => VARIABLES[name];
const surroundings = {
  readSecret: () => value("kalle"),
  readPem: (path: string) => value(`/etc/${path}`),
  findSample: (path: string) => value(`/etc/${path}`),
};

/** What stands for secrets in the files of bad/. */
const SECRETS = /pelle|kalle|\bword\b|no address/;

function refusalOf(text: string): string {
  try {
    parseConfiguration("config.yaml", text, environment, surroundings);
  } catch (error) {
    if (error instanceof RelayError && error.code === "config-invalid") return error.message;
    throw error;
  }
  return "accepted";
}

for (const { name } of Deno.readDirSync(folder)) {
  Deno.test(`parseConfiguration() refuses bad/${name}`, async () => {
    const text = await Deno.readTextFile(new URL(name, folder));
    const expected = [...text.matchAll(/^# expect: (.*)$/gm)].map(([, message]) => message);
    assert.deepEqual(refusalOf(text).split("\n"), expected);
  });
}

Deno.test("parseConfiguration() shows no secret in any refusal of bad/", async () => {
  let holding = 0;
  for await (const { name } of Deno.readDir(folder)) {
    const text = (await Deno.readTextFile(new URL(name, folder))).replace(/^# expect: .*$/gm, "");
    if (SECRETS.test(text)) holding++;
    assert.doesNotMatch(refusalOf(text), SECRETS, name);
  }
  assert.ok(holding > 10, `only ${holding} of the files hold a secret`);
});

Deno.test("parseConfiguration() shows no secret wherever a file with one is cut or mistyped", () => {
  const secret = "Zx7Qw9Kv";
  const texts = [
    `local-smtp: localhost:1025
remote-smtp: localhost:8025
slack-token: ${secret}
managers:
  - name: gocd
    passwd: ${secret}
    user: olle
  - {type: gocd, token: ${secret}, url: http://localhost/go}
`,
    `local-smtp:
  - listen: localhost:25
    auth: {users: {a: ${secret}, b: {password: ${secret}}}}
remote-smtp:
  - server: a.example
    auth: {user: a, password: ${secret}}
  - server: b.example
    auth:
      oauth: {token-url: "https://x", client-secret: ${secret}, refresh-token: ${secret}}
`,
    `local-smtp: localhost:25
remote-smtp: a.example
lookups:
  owner:
    url: https://olle:${secret}@a.example/{{fields.host}}?key=${secret}
    headers:
      authorization: Bearer ${secret} {{fields.hst}}
      x-key: ${secret}
`,
  ];
  const signs = [
    "",
    ":",
    "\n",
    "\n  ",
    "*",
    "&",
    "!",
    "@",
    "$",
    "${",
    "'",
    '"',
    "[",
    "{",
    "|",
    "x",
  ];
  for (const text of texts) {
    for (let at = 0; at < text.length; at++) {
      // Inside the secret a typing error makes another secret, of which a piece may be a key.
      if (text.slice(0, at).endsWith(secret.slice(0, 3))) at += secret.length;
      // Elsewhere in words one place is as good as another, and there are many.
      const many = text !== texts[0];
      if (many && /\w{2}/.test(text.slice(at - 1, at + 1))) continue;
      for (const sign of many ? ["", ":", "\n  ", "*", "{", "x"] : signs) {
        const [before, after] = [text.slice(0, at), text.slice(at + (sign === "x" ? 1 : 0))];
        assert.ok(!refusalOf(`${before}${sign}${after}`).includes(secret), `${sign} at ${at}`);
      }
    }
  }
});

Deno.test("parseConfiguration() reports 100 problems and counts the rest", () => {
  const actions = Array.from({ length: 130 }, (_, index) => `        - dicard${index}\n`).join("");
  const text = `local-smtp: localhost:1025
remote-smtp: localhost:8025
managers:
  - name: mail
    messages-we-want: {from: go@example.com}
    otherwise:
${actions}`;
  const lines = refusalOf(text).split("\n");
  assert.equal(lines.length, 101);
  assert.match(lines[99] ?? "", /^config.yaml:106: managers\[0\].otherwise\[99\]: unknown action/);
  assert.equal(lines[100], "config.yaml: and 30 more problems");
});
