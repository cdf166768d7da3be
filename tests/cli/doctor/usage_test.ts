/** `mail2alert doctor device`, used wrongly or where it cannot listen. @module */

import assert from "node:assert/strict";
import { runCommandLine } from "../../../lib/cli/command_line.ts";
import { capturedTerminal } from "../../support/captured_terminal.ts";

const wrong = [
  { args: ["--listen", "2525"], message: /--listen "2525": no host: expected host:port/ },
  { args: ["--strict", "--lenient"], message: /exclude each other/ },
  { args: ["--tls", "perhaps"], message: /starttls, implicit, none/ },
];

for (const { args, message } of wrong) {
  Deno.test(`doctor device ${args.join(" ")} is wrong usage`, async () => {
    const terminal = capturedTerminal();
    assert.equal(await runCommandLine(["doctor", "device", ...args], terminal), 2);
    assert.match(terminal.stderr(), message);
  });
}

Deno.test("doctor device says who has the port, and exits 1", async () => {
  using taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const terminal = capturedTerminal();
  const listen = `127.0.0.1:${taken.addr.port}`;
  assert.equal(await runCommandLine(["doctor", "device", "--listen", listen], terminal), 1);
  assert.match(terminal.stderr(), /another program listens there; stop it/);
});
