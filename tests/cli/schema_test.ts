/** The command that prints the configuration's JSON Schema. @module */

import assert from "node:assert/strict";
import { runCommandLine } from "../../lib/cli/command_line.ts";
import { jsonSchema } from "../../lib/config/json_schema.ts";
import { capturedTerminal } from "../support/captured_terminal.ts";

Deno.test("schema prints the whole schema, and nothing else", async () => {
  const terminal = capturedTerminal();
  assert.equal(await runCommandLine(["schema"], terminal), 0);
  assert.equal(terminal.stderr(), "");
  const printed = JSON.parse(terminal.stdout());
  assert.deepEqual(printed, JSON.parse(JSON.stringify(jsonSchema())));
  assert.equal(printed.$schema, "https://json-schema.org/draft/2020-12/schema");
  assert.equal(printed.title, "Configuration of mail2alert");
});

Deno.test("schema knows the keys of 2017 and those of today", async () => {
  const terminal = capturedTerminal();
  await runCommandLine(["schema"], terminal);
  const { properties } = JSON.parse(terminal.stdout());
  for (const key of ["local-smtp", "remote-smtp", "slack-token", "managers", "lookups", "tests"]) {
    assert.ok(Object.hasOwn(properties, key), key);
  }
});

Deno.test("schema --help says how an editor finds it", async () => {
  const terminal = capturedTerminal();
  assert.equal(await runCommandLine(["schema", "--help"], terminal), 0);
  assert.match(terminal.stdout(), /# yaml-language-server: \$schema=mail2alert\.schema\.json$/m);
});

Deno.test("schema takes no arguments", async () => {
  const terminal = capturedTerminal();
  assert.equal(await runCommandLine(["schema", "relay.yml"], terminal), 2);
  assert.equal(terminal.stdout(), "");
  assert.match(terminal.stderr(), /too many arguments/);
});
