/**
 * A program that holds the lock of a store: `lock_holder.ts STORE`. It says `held` or the code of
 * the error, then waits for its end.
 *
 * @module
 */

import { RelayError } from "../../lib/errors.ts";
import { acquireLock } from "../../lib/store/lock.ts";
import { run } from "./tools.ts";

const LINE = new TextEncoder();

/** A process with the lock. */
export interface LockHolder extends AsyncDisposable {
  /** Its process id. */
  readonly pid: number;
  /** `held`, or why not. */
  readonly said: string;
  /** Kills it with `SIGKILL`; resolves when it is gone. */
  kill(): Promise<void>;
}

/** Starts a process that takes the lock, and waits for what it says. */
export async function startLockHolder(store: string): Promise<LockHolder> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--no-prompt", "-A", import.meta.url, store],
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const { value } = await child.stdout.pipeThrough(new TextDecoderStream()).getReader().read();
  let gone: Promise<void> | undefined;
  const end = async () => {
    child.kill("SIGKILL");
    await child.status;
  };
  const kill = () => gone ??= end();
  return { pid: child.pid, said: value?.trim() ?? "", kill, [Symbol.asyncDispose]: kill };
}

/** What a process says that tries to take the lock and ends. */
export async function tryLockElsewhere(store: string): Promise<string> {
  const args = ["run", "--quiet", "--no-prompt", "-A", import.meta.url, store, "--end"];
  return (await run(Deno.execPath(), args)).stdout.trim();
}

async function hold(store: string): Promise<string> {
  const { pid } = Deno;
  const holder = { pid, hostname: "elsewhere", version: "9.9.9", startedAt: 0, listening: [] };
  try {
    await acquireLock(store, holder);
    return "held";
  } catch (error) {
    if (error instanceof RelayError) return error.code;
    throw error;
  }
}

if (import.meta.main) {
  await Deno.stdout.write(LINE.encode(`${await hold(Deno.args[0] ?? "")}\n`));
  if (Deno.args[1] === "--end") Deno.exit();
  setInterval(() => {}, 60_000);
}
