/**
 * A mail server on Python's aiosmtpd, as a process of its own.
 *
 * @module
 */

import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { latin1 } from "./octets.ts";
import { freePort, isListening } from "./ports.ts";
import { toolPath } from "./tools.ts";
import { until, within } from "./wait.ts";

const SCRIPT = fileURLToPath(new URL("../peers/python/aiosmtpd_server.py", import.meta.url));

/** A running server. */
export interface Aiosmtpd extends AsyncDisposable {
  /** Its loopback port. */
  readonly port: number;
  /** The messages it took, one character an octet, line ends CR LF. */
  messages(): string[];
}

/**
 * Starts it, and waits until it listens; it ends when its stdin does.
 *
 * @param options Of `python/aiosmtpd_server.py`, such as `["--tls", "implicit", …]`.
 */
export async function startAiosmtpd(options: readonly string[] = []): Promise<Aiosmtpd> {
  const folder = await Deno.makeTempDir({ prefix: "aiosmtpd-" });
  const port = freePort();
  const child = new Deno.Command(toolPath("python3"), {
    args: [SCRIPT, `${port}`, folder, ...options],
    stdin: "piped",
    stdout: "null",
    stderr: "piped",
  }).spawn();
  const said = new Response(child.stderr).text();
  let exit: number | null = null;
  const ended = child.status.then(({ code }) => exit = code);
  const dispose = async () => {
    if (exit === null) await child.stdin.close();
    await within(ended, { what: "the end of aiosmtpd" });
    await said;
    await Deno.remove(folder, { recursive: true });
  };
  await until(async () => {
    if (exit !== null) {
      throw new Error(`aiosmtpd ended; is python3-aiosmtpd installed? ${await said}`);
    }
    return await isListening(port);
  }, { what: `aiosmtpd on port ${port}` });
  const keep = ({ name }: Deno.DirEntry) => name.endsWith(".eml");
  return {
    port,
    messages: () =>
      [...Deno.readDirSync(folder)].filter(keep)
        .map(({ name }) => latin1(Deno.readFileSync(join(folder, name)))),
    [Symbol.asyncDispose]: dispose,
  };
}
