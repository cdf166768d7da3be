/** `check` runs the tests in the configuration. @module */

import assert from "node:assert/strict";
import { inWorld } from "../support/command_world.ts";

const TESTS = `
tests:
- name: first
  mail: {from: go@example.com, to: [nobody@example.org], subject: hello}
  expect: {actions: []}
- name: second
  mail: {file: sample.eml}
  expect: {rules: []}
`;

const SAMPLE = "From: go@example.com\nTo: nobody@example.org\nSubject: hello\n\nbody\n";

Deno.test("check counts the tests that have passed", () =>
  inWorld(async ({ run, configuration, terminal, folder }) => {
    await Deno.writeTextFile(configuration, await Deno.readTextFile(configuration) + TESTS);
    await Deno.writeTextFile(`${folder}/sample.eml`, SAMPLE);
    assert.equal(await run("check", "--config", configuration), 0);
    assert.match(terminal.stdout(), /relay\.yml: fine \(.*rules: \d+, tests passed: 2\)\n/);
  }));

Deno.test("check exits 2 for tests that fail, and says what each has come to", () =>
  inWorld(async ({ run, configuration, terminal, folder }) => {
    const text = await Deno.readTextFile(configuration);
    const failing = TESTS.replace("{actions: []}", '{actions: ["mailto:b@example.org"]}');
    await Deno.writeTextFile(configuration, text + failing);
    await Deno.writeTextFile(`${folder}/sample.eml`, SAMPLE);
    assert.equal(await run("check", "--config", configuration), 2);
    const line = text.split("\n").length + 2;
    const path = configuration.replace(/[.\\/]/g, "\\$&");
    assert.match(
      terminal.stderr(),
      new RegExp(
        `^${path}:${
          line - 0
        }: tests\\[0\\] "first": expected actions \\[mailto:b@example\\.org\\], ` +
          "got \\[\\] \\(not sent: no-rule-matched: [^)]+\\)$",
        "m",
      ),
    );
    assert.doesNotMatch(terminal.stdout(), /fine/);
  }));

Deno.test("check exits 2 for a sample mail that is not there", () =>
  inWorld(async ({ run, configuration, terminal }) => {
    await Deno.writeTextFile(configuration, await Deno.readTextFile(configuration) + TESTS);
    assert.equal(await run("check", "--config", configuration), 2);
    assert.match(terminal.stderr(), /relay\.yml:\d+: tests\[1\].*there is no such file/);
  }));
