/**
 * `mail2alert schema`, judged by Python's jsonschema: a validator that nobody here wrote. It takes
 * every configuration that is right, and refuses every one whose fault is one of form.
 *
 * @module
 */

import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { parse } from "@std/yaml/parse";
import { runProgram } from "../support/program.ts";
import { runTool } from "../support/tools.ts";

const ROOT = new URL("../../", import.meta.url);

/** The library has no types. */
const parseTyped: (text: string, options: { schema: "core" }) => unknown = parse;

/** What is wrong with each document, as Python tells it. */
type Faults = Readonly<Record<string, readonly string[]>>;

/** What messages say of a fault that a schema can see: keys, kinds of values, words to choose from. */
const OF_FORM =
  /: (?:(?:the secret: |"[^"]*": )?expected a (?:list|mapping)\b|a (?:list|mapping): expected|unknown (?:key|value) |missing: expected)/;

/**
 * What a schema for editors does not see: names that the file makes up, keys that need or exclude
 * others, and that a key has nothing below it yet.
 */
const OF_MEANING = [
  "empty_file.yaml",
  "gocd_without_url.yaml",
  "listener_auth_no_users.yaml",
  "manager_type_of_pack.yaml",
  "manager_unknown_type.yaml",
  "manager_without_rules.yaml",
  "pack_sample_without_from.yaml",
  "remote_smtp_auth_without_password.yaml",
  "remote_smtp_missing.yaml",
  "remote_smtp_oauth_no_secret.yaml",
  "rule_without_filter.yaml",
];

/** A file as an editor reads it. */
async function documentIn(path: string): Promise<unknown> {
  return parseTyped(await Deno.readTextFile(new URL(path, ROOT)), { schema: "core" });
}

/** Has Python judge the documents by the schema that the program prints. */
async function judge(documents: Readonly<Record<string, unknown>>): Promise<Faults> {
  const { code, stdout: schema, stderr: said } = await runProgram(["schema"]);
  assert.deepEqual({ code, said }, { code: 0, said: "" });
  const script = fileURLToPath(new URL("python/json_schema.py", import.meta.url));
  const { stdout, stderr } = await runTool("python3", [script], {
    input: JSON.stringify({ schema: JSON.parse(schema), documents }),
  });
  assert.equal(stderr, "");
  return JSON.parse(stdout);
}

Deno.test("Python's jsonschema takes the example and every good configuration", async () => {
  const names = ["config.example.yaml"];
  for await (const { name } of Deno.readDir(new URL("tests/config/good", ROOT))) {
    names.push(`tests/config/good/${name}`);
  }
  const documents: Record<string, unknown> = {};
  for (const name of names) documents[name] = await documentIn(name);
  assert.deepEqual(await judge(documents), Object.fromEntries(names.map((name) => [name, []])));
});

Deno.test("Python's jsonschema takes every piece of a configuration in README.md", async () => {
  const readme = await Deno.readTextFile(new URL("README.md", ROOT));
  const pieces = [...readme.matchAll(/^```yaml\n(.*?)^```$/gms)].map(([, text = ""]) => text);
  const documents = Object.fromEntries(pieces.map((piece, index) => {
    const rest = /^local-smtp:/m.test(piece) ? "" : "local-smtp: localhost:1025\n";
    return [`piece ${index + 1}`, parseTyped(`${piece}\n${rest}`, { schema: "core" })];
  }));
  assert.ok(pieces.length > 5, `only ${pieces.length} pieces`);
  assert.deepEqual(Object.values(await judge(documents)).flat(), []);
});

Deno.test("Python's jsonschema refuses whatever is wrong in form", async () => {
  const documents: Record<string, unknown> = {};
  for await (const { name } of Deno.readDir(new URL("tests/config/bad", ROOT))) {
    const text = await Deno.readTextFile(new URL(`tests/config/bad/${name}`, ROOT));
    const [, expected = ""] = /^# expect: (.*)$/m.exec(text) ?? [];
    if (OF_FORM.test(expected)) documents[name] = await documentIn(`tests/config/bad/${name}`);
  }
  const judged = Object.entries(await judge(documents));
  assert.ok(judged.length > 90, `only ${judged.length} files`);
  const taken = judged.filter(([, faults]) => faults.length === 0).map(([name]) => name);
  assert.deepEqual(taken.toSorted(), OF_MEANING);
});

Deno.test("Python's jsonschema names the place of each fault", async () => {
  const document = {
    "local-smtp": [{ listen: "localhost:25", alow: ["10.0.0.0/8"] }],
    limits: { "message-size": [1] },
    ack: "later",
  };
  const { mail = [] } = await judge({ mail: document });
  assert.deepEqual(mail.map((fault) => fault.slice(0, fault.indexOf(":"))).toSorted(), [
    "ack",
    "limits/message-size",
    "local-smtp",
  ]);
});
