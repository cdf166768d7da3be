/**
 * The whole program as a process of its own: through `deno run`, or, where the variable
 * `MAIL2ALERT_EXECUTABLE` names one, through the compiled executable.
 *
 * INVARIANTS
 *
 * 1. Every wait has a limit; a program that outlives its test is killed.
 * 2. The log goes to a file, not through a pipe: a test that does not read never slows the program.
 *
 * @module
 */

import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { isListening } from "./ports.ts";
import { STORE } from "./store_reading.ts";
import { type Ended, run, type RunOptions } from "./tools.ts";
import { HANG_MS, until, within } from "./wait.ts";

/** The folder with `main.ts`. */
export const ROOT: string = fileURLToPath(new URL("../..", import.meta.url)).replace(/\/$/, "");

/** Where the log goes in the program's folder. */
const LOG = "stderr.log";

/** An address the program listens on. */
export interface Listening {
  /** As the log says it. */
  readonly hostname: string;
  /** The port, also where the configuration says 0. */
  readonly port: number;
}

/** A running program. */
export interface Program extends AsyncDisposable {
  /** Process id. */
  readonly pid: number;
  /** The port of its first listener. */
  readonly port: number;
  /** All its listeners, in the order of the log. */
  readonly listening: readonly Listening[];
  /** A folder of its own, its working folder; removed with it. */
  readonly folder: string;
  /** The folder of its store, where its configuration does not name one. */
  readonly store: string;
  /** Its standard error so far. */
  log(): string;
  /** Sends a signal. */
  signal(name: Deno.Signal): void;
  /** Its exit code, once it has one; an error after `withinMs` (a minute when absent). */
  exit(withinMs?: number): Promise<number>;
  /** `SIGTERM`, then its exit code; an error after a minute. */
  stop(): Promise<number>;
}

/** How to start the program. */
export interface StartOptions {
  /** Variables added to its environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** How many listeners its log must name before it counts as started; 1 when absent. */
  readonly listeners?: number;
  /** The loopback port of its listener, for a program whose log is too quiet to tell. */
  readonly quietPort?: number;
  /** The folder to work in, which stays; one of its own, removed with it, when absent. */
  readonly folder?: string;
  /** A program to run it under, with its arguments; it must leave the process id to ours. */
  readonly under?: readonly string[];
  /** More arguments of `serve`, such as `--replace`. */
  readonly flags?: readonly string[];
  /** The name of its log in the folder, where several share one; `stderr.log` when absent. */
  readonly logName?: string;
}

/** Runs one command of the program to its end, such as `["version"]`. */
export function runProgram(args: readonly string[], options: RunOptions = {}): Promise<Ended> {
  const [command, ...first] = commandLine();
  return run(command, [...first, ...args], options);
}

/**
 * Starts `serve` on a configuration and waits until it listens.
 *
 * @param configuration YAML; listeners with port 0 take a free one.
 * @throws {Error} If it ends or does not listen within a minute; quotes its log.
 */
export async function startProgram(
  configuration: string,
  { listeners = 1, quietPort, folder: given, ...how }: StartOptions = {},
): Promise<Program> {
  const folder = given ?? await Deno.makeTempDir({ prefix: "mail2alert-whole-" });
  await Deno.writeTextFile(join(folder, "configuration.yml"), configuration);
  const logFile = join(folder, how.logName ?? LOG);
  await Deno.writeTextFile(logFile, "");
  const child = spawnProgram(folder, how);
  const ended = child.status.then(({ code }) => ({ code }));
  const log = () => Deno.readTextFileSync(logFile);
  const dispose = async () => {
    try {
      child.kill("SIGKILL");
    } catch (error) {
      // It has ended already.
      if (!(error instanceof TypeError)) throw error;
    }
    await ended;
    if (given === undefined) await Deno.remove(folder, { recursive: true });
  };
  try {
    const listening = quietPort === undefined
      ? await waitForListeners(log, listeners, ended)
      : await waitForPort(quietPort);
    const exit = async (withinMs = HANG_MS) =>
      (await within(ended, { what: "the end of the program", withinMs })).code;
    return {
      pid: child.pid,
      port: listening[0]?.port ?? 0,
      listening,
      folder,
      store: join(folder, STORE),
      log,
      signal: (name) => child.kill(name),
      exit,
      stop: () => {
        child.kill("SIGTERM");
        return exit();
      },
      [Symbol.asyncDispose]: dispose,
    };
  } catch (error) {
    const said = log();
    await dispose();
    throw new Error(`Cannot start the program. Its log: ${said}`, { cause: error });
  }
}

/**
 * Runs `serve` on the `configuration.yml` of a folder, with the log in there too, and waits for
 * nothing. The shell only opens the log and is then replaced by the program: the process is
 * the program's.
 */
export function spawnProgram(
  folder: string,
  { env = {}, under = [], flags = [], logName = LOG }: Omit<StartOptions, "folder"> = {},
): Deno.ChildProcess {
  return new Deno.Command("/bin/sh", {
    args: [
      "-c",
      'log=$1; shift; exec "$@" 2>"$log"',
      "sh",
      join(folder, logName),
      ...under,
      ...commandLine(),
      "serve",
      "--config",
      join(folder, "configuration.yml"),
      ...flags,
    ],
    cwd: folder,
    env: { ...env },
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
}

/** What comes before the arguments, for either way to run the program. */
export function commandLine(): [string, ...string[]] {
  const executable = Deno.env.get("MAIL2ALERT_EXECUTABLE");
  if (executable !== undefined) return [resolve(ROOT, executable)];
  const options = ["--no-prompt", "--config", join(ROOT, "deno.json"), "-P=serve"];
  return [Deno.execPath(), "run", "--quiet", ...options, join(ROOT, "main.ts")];
}

async function waitForPort(port: number): Promise<Listening[]> {
  await until(() => isListening(port), { what: `port ${port}` });
  return [{ hostname: "127.0.0.1", port }];
}

async function waitForListeners(
  log: () => string,
  count: number,
  ended: Promise<{ code: number }>,
): Promise<Listening[]> {
  let exit: number | null = null;
  ended.then(({ code }) => exit = code);
  return await until(() => {
    const found = [...log().matchAll(/ INFO app listening hostname=(\S+) port=(\d+)(?=[ \n])/g)];
    if (found.length >= count) {
      return found.map(([, hostname = "", port]) => ({ hostname, port: Number(port) }));
    }
    if (exit !== null) throw new Error(`It ended with exit code ${exit}`);
    return null;
  }, { what: `${count} "listening" lines in the log` });
}
