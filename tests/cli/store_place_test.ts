/** `queue` and `history` where there is no store, and used wrongly. @module */

import assert from "node:assert/strict";
import { runCommandLine } from "../../lib/cli/command_line.ts";
import { capturedTerminal } from "../support/captured_terminal.ts";

const ID = "01JD0000000000000000000000";

const unfounded = [
  { args: ["queue", "list"], code: 0, out: "" },
  { args: ["queue", "list", "--json"], code: 0, out: "[]\n" },
  { args: ["queue", "retry", "--all"], code: 0, out: "" },
  { args: ["queue", "show", ID], code: 1, out: "" },
  { args: ["queue", "export", ID], code: 1, out: "" },
  { args: ["queue", "drop", ID], code: 1, out: "" },
  { args: ["history"], code: 0, out: "" },
  { args: ["history", "--json"], code: 0, out: "[]\n" },
  { args: ["history", "--id", ID], code: 1, out: "" },
];

for (const { args, code, out } of unfounded) {
  Deno.test(`${args.join(" ")} where no relay has run says so, and makes nothing`, async () => {
    const parent = await Deno.makeTempDir();
    const terminal = capturedTerminal();
    const folder = `${parent}/store`;
    try {
      assert.equal(await runCommandLine([...args, "--store", folder], terminal), code);
      assert.equal(terminal.stdout(), out);
      assert.ok(
        terminal.stderr().includes(`there is no store in ${folder}: no relay has run there`),
      );
      assert.equal(terminal.stderr().split("\n").length, 2, "one line");
      assert.deepEqual(await Array.fromAsync(Deno.readDir(parent)), []);
    } finally {
      await Deno.remove(parent, { recursive: true });
    }
  });
}

Deno.test("queue list names a relative store in full, and where it was looked for", async () => {
  const terminal = capturedTerminal();
  assert.equal(await runCommandLine(["queue", "list", "--store", "./no-such-store"], terminal), 0);
  assert.match(
    terminal.stderr(),
    /^there is no store in \/.*\/no-such-store: .* \(\.\/no-such-store begins at the working folder\)\n$/,
  );
});

const wrong = [
  { args: ["queue"], expected: /Usage: mail2alert queue/ },
  { args: ["queue", "lst"], expected: /unknown command 'lst'/ },
  { args: ["queue", "show"], expected: /missing required argument 'id'/ },
  { args: ["queue", "retry"], expected: /name its ID, or --all of them/ },
  { args: ["queue", "retry", ID, "--all"], expected: /name its ID, or --all of them/ },
  {
    args: ["queue", "list", "--config", "/nowhere.yml"],
    expected: /nowhere\.yml[^]*--store FOLDER/,
  },
];

for (const { args, expected } of wrong) {
  Deno.test(`${args.join(" ")} is wrong usage: exit 2, a message, no data`, async () => {
    const terminal = capturedTerminal();
    assert.equal(await runCommandLine(args, terminal), 2);
    assert.match(terminal.stderr(), expected);
    assert.equal(terminal.stdout(), "");
  });
}
