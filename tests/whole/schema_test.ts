/** The whole program's `schema`: where no configuration is. @module */

import assert from "node:assert/strict";
import { runProgram } from "../support/program.ts";

Deno.test("schema needs no configuration, and the example points at its file", async () => {
  const folder = await Deno.makeTempDir({ prefix: "mail2alert-schema-" });
  try {
    const { code, stdout, stderr } = await runProgram(["schema"], { cwd: folder });
    assert.deepEqual({ code, stderr }, { code: 0, stderr: "" });
    assert.equal(typeof JSON.parse(stdout).properties["local-smtp"].description, "string");
    const example = await Deno.readTextFile(new URL("../../config.example.yaml", import.meta.url));
    const { stdout: help } = await runProgram(["schema", "--help"], { cwd: folder });
    const [first = ""] = example.split("\n");
    assert.match(first, /^# yaml-language-server: \$schema=\S+$/);
    assert.ok(help.includes(first), first);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
