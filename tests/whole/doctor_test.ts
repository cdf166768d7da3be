/** The whole program looks at a device, with the permissions of `serve`, until a signal ends it. @module */

import assert from "node:assert/strict";
import { commandLine } from "../support/program.ts";
import { sendRaw } from "../support/raw_client.ts";
import { within } from "../support/wait.ts";

Deno.test("mail2alert doctor device shows a mail, and SIGTERM ends it with exit code 0", async () => {
  const temporary = await Deno.makeTempDir();
  const [command, ...first] = commandLine();
  const child = new Deno.Command(command, {
    args: [...first, "doctor", "device", "--listen", "127.0.0.1:0"],
    env: { TMPDIR: temporary },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  let said = "";
  const read = async (pattern: RegExp) => {
    while (!pattern.test(said)) {
      const { value, done } = await reader.read();
      if (done) throw new Error(`It ended: ${said}`);
      said += value;
    }
    return pattern.exec(said)?.[1] ?? "";
  };
  try {
    const port = Number(
      await within(read(/^Listening on 127\.0\.0\.1:(\d+) /), { what: "a port" }),
    );
    assert.match(await sendRaw(port), /delivered nowhere$/);
    await within(read(/(works with the strict profile)[^]*allow/), { what: "the verdict" });
    child.kill("SIGTERM");
    assert.equal((await within(child.status, { what: "the end" })).code, 0);
    // An executable keeps a cache of its code there, which is a file.
    const left = await Array.fromAsync(Deno.readDir(temporary));
    assert.deepEqual(left.filter(({ isDirectory }) => isDirectory), []);
    assert.equal(await new Response(child.stderr).text(), "");
  } finally {
    end(child);
    await reader.cancel();
    await Deno.remove(temporary, { recursive: true });
  }
});

function end(child: Deno.ChildProcess): void {
  try {
    child.kill("SIGKILL");
  } catch (error) {
    if (!(error instanceof TypeError)) throw error; // It has ended, as it should.
  }
}
