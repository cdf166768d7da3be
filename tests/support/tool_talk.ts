/**
 * A program of others that passes on what it is told, such as `openssl s_client`: one talks through
 * it to a mail server, reply by reply.
 *
 * @module
 */

import { nullWhenLost } from "./lost_peer.ts";
import { latin1, octets } from "./octets.ts";
import { type Tool, toolPath } from "./tools.ts";
import { within } from "./wait.ts";

/** A program that passes on. */
export interface ToolTalk extends AsyncDisposable {
  /** Writes octets, given as one character each. */
  write(text: string): Promise<void>;
  /** The next reply, its lines joined with `\n`; `null` when the program has ended. */
  reply(): Promise<string | null>;
  /** Writes a command and gives its reply. */
  say(command: string): Promise<string | null>;
  /** Ends its standard input. */
  finish(): Promise<void>;
  /** Waits for its end, within 10 s: its exit code, and what it said on standard error. */
  ended(): Promise<{ readonly code: number; readonly stderr: string }>;
}

/** Starts the program; disposing kills it if it is still there. */
export function startTalk(tool: Tool, args: readonly string[]): ToolTalk {
  const child = new Deno.Command(toolPath(tool), {
    args: [...args],
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const reader = child.stdout.getReader();
  const writer = child.stdin.getWriter();
  const said = new Response(child.stderr).text();
  let alive = true;
  const status = child.status.finally(() => alive = false);
  let rest = "";
  const nextReply = async () => {
    for (;;) {
      const whole = /^(?:\d{3}-[^\n]*\n)*\d{3} [^\n]*\n/.exec(rest)?.[0];
      if (whole !== undefined) {
        rest = rest.slice(whole.length);
        return whole.trimEnd().replaceAll("\r\n", "\n");
      }
      const { value, done } = await reader.read();
      if (done) return null;
      rest += latin1(value);
    }
  };
  const write = (text: string) => within(writer.write(octets(text)), { what: `${tool} to read` });
  const reply = () => within(nextReply(), { what: `a reply through ${tool}` });
  let finished = false;
  const finish = async () => {
    if (finished) return;
    finished = true;
    await writer.close().catch(() => {}); // It has ended before: the exit code tells why.
  };
  return {
    write,
    reply,
    say: async (command) => {
      // One that has ended may have passed something on before.
      await write(`${command}\r\n`).catch(nullWhenLost);
      return await reply();
    },
    finish,
    ended: async () => {
      const { code } = await within(status, { what: `the end of ${tool}` });
      return { code, stderr: await said };
    },
    async [Symbol.asyncDispose]() {
      if (alive) child.kill("SIGKILL");
      await finish();
      await reader.cancel();
      await Promise.all([status, said]);
    },
  };
}
