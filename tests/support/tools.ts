/**
 * Programs of others that the peers tests and the bench run. One that is missing is an error that
 * names the Debian package to install; nothing is skipped for want of it.
 *
 * @module
 */

import { HANG_MS, within } from "./wait.ts";

/** Where system programs live that a plain user's `PATH` leaves out. */
const SYSTEM_FOLDERS = ["/usr/sbin", "/usr/bin", "/sbin", "/bin"];

/** Which Debian package brings which program. */
const PACKAGES = {
  "msmtp": "msmtp",
  "openssl": "openssl",
  "postconf": "postfix",
  "postfix": "postfix",
  "python3": "python3",
  "saslpasswd2": "sasl2-bin",
  "sendmail": "postfix",
  "smtp-sink": "postfix",
  "smtp-source": "postfix",
  "strace": "strace",
  "swaks": "swaks",
} as const;

/** A program that these tests know. */
export type Tool = keyof typeof PACKAGES;

/** What a program left behind. */
export interface Ended {
  /** Its exit code. */
  readonly code: number;
  /** Its standard output. */
  readonly stdout: string;
  /** Its standard error. */
  readonly stderr: string;
}

/** How to run a program. */
export interface RunOptions {
  /** What it reads; nothing when absent. */
  readonly input?: string;
  /** Longest run, in ms; 2 min when absent. After that it is killed with all that it has started. */
  readonly withinMs?: number;
  /** Variables added to the environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** Its working folder. */
  readonly cwd?: string;
}

/**
 * The path of a program. `python3` is Debian's own, which sees Debian's Python packages.
 *
 * @throws {Error} If it is not installed: names the package.
 */
export function toolPath(tool: Tool): string {
  for (const folder of SYSTEM_FOLDERS) {
    const path = `${folder}/${tool}`;
    if (exists(path)) return path;
  }
  const name = PACKAGES[tool];
  throw new Error(
    `${tool} is not installed: run \`apt-get install ${name}\` (Debian) and try again`,
  );
}

/**
 * Runs a program to its end.
 *
 * @throws {Error} If it is still running after the limit.
 */
export async function run(
  command: string,
  args: readonly string[],
  { input, withinMs = 2 * HANG_MS, env, cwd }: RunOptions = {},
): Promise<Ended> {
  const child = new Deno.Command(command, {
    args: [...args],
    stdin: input === undefined ? "null" : "piped",
    stdout: "piped",
    stderr: "piped",
    // The leader of a group of its own, to be killed with it.
    detached: true,
    ...(env && { env: { ...env } }),
    ...(cwd && { cwd }),
  }).spawn();
  const ended = Promise.all([
    child.status,
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    input === undefined ? null : feed(child.stdin, input),
  ]);
  try {
    const [{ code }, stdout, stderr] = await within(ended, {
      what: `the end of ${command}`,
      withinMs,
    });
    return { code, stdout, stderr };
  } catch (error) {
    killGroup(child.pid);
    // Who has left the group may hold the pipes still.
    await within(ended, { what: "the end of the killed", withinMs: 5_000 }).catch(() => {});
    throw error;
  }
}

/** Runs a program of {@link Tool} to its end. */
export function runTool(tool: Tool, args: readonly string[], options?: RunOptions): Promise<Ended> {
  return run(toolPath(tool), args, options);
}

/** Kills a process and all that it has started: one of those may live on without it. */
function killGroup(pid: number): void {
  try {
    Deno.kill(-pid, "SIGKILL");
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

async function feed(stdin: WritableStream<Uint8Array>, input: string): Promise<void> {
  const writer = stdin.getWriter();
  try {
    await writer.write(new TextEncoder().encode(input));
    await writer.close();
  } catch (error) {
    // A program that ends before it has read everything says why in its exit code.
    if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
  }
}

function exists(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
