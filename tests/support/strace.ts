/**
 * `strace`: what a program asked of the kernel, in which order, and what came of it.
 *
 * INVARIANTS
 *
 * 1. Of two calls, one ended before the other began exactly if `a.ended < b.began`: strace holds a
 *    thread at the start of a call until it has written that down, and at its end likewise.
 * 2. Every wait has a limit; a strace that outlives its test is ended, which leaves the program.
 *
 * @module
 */

import { toolPath } from "./tools.ts";
import { until, within } from "./wait.ts";

/** One system call. */
export interface Call {
  /** The thread that made it. */
  readonly thread: number;
  /** `fdatasync`. */
  readonly name: string;
  /** Its arguments as strace writes them. */
  readonly args: string;
  /** What its first argument stands for where that is a file descriptor: a path, or `TCP:[…]`. */
  readonly file?: string;
  /** What it returned: -1 for an error; absent: it had not returned, or does not return. */
  readonly result?: number;
  /** The line of the trace with which it began. */
  readonly began: number;
  /** The line with which it ended; infinite for one that had not ended. */
  readonly ended: number;
}

/** A running strace. */
export interface Strace extends AsyncDisposable {
  /** Lets the program go on alone, and gives all calls that it made, in the order of their beginnings. */
  stop(): Promise<Call[]>;
}

/** What to look at, and what to do to the program. */
export interface StraceOptions {
  /** Names of the calls. */
  readonly calls: readonly string[];
  /** Calls to tamper with, as `strace -e inject=` has it: `fdatasync:error=EIO`. */
  readonly inject?: readonly string[];
}

/** Octets of each text that are written down: a page of SQLite and some. */
const TEXT_OCTETS = 4_400;

/** Looks at a running program, all of its threads, from when this resolves. */
export async function attachStrace(
  pid: number,
  { calls, inject = [] }: StraceOptions,
): Promise<Strace> {
  const file = await Deno.makeTempFile({ prefix: "strace-" });
  const child = new Deno.Command(toolPath("strace"), {
    args: [
      ...["-f", "-tt", "-yy", "-s", `${TEXT_OCTETS}`, "-o", file],
      ...["-e", `trace=${calls.join()}`, "-e", "signal=none"],
      ...inject.flatMap((one) => ["-e", `inject=${one}`]),
      ...["-p", `${pid}`],
    ],
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).spawn();
  let said = "";
  let over = false;
  const listening = (async () => {
    for await (const piece of child.stderr.pipeThrough(new TextDecoderStream())) said += piece;
  })();
  const ended = Promise.all([child.status, listening]).finally(() => over = true);
  const stop = async () => {
    if (!over) child.kill("SIGINT");
    await within(ended, { what: "the end of strace" });
    return parseTrace(await Deno.readTextFile(file));
  };
  const dispose = async () => {
    if (!over) child.kill("SIGKILL");
    await ended;
    await Deno.remove(file);
  };
  try {
    await until(() => over || / attached/.test(said), { what: "strace to attach" });
    if (over) throw new Error(`strace cannot attach to process ${pid}: ${said}`);
  } catch (error) {
    await dispose();
    throw error;
  }
  return { stop, [Symbol.asyncDispose]: dispose };
}

const LINE = /^(\d+) +(?:[\d:.]+ )?(.*)$/;
const RESUMED = /^<\.\.\. (\w+) resumed>(.*)$/;
const BEGUN = /^(\w+)\((.*)$/;
const UNFINISHED = " <unfinished ...>";
/** From its right end, for what a program wrote may look like a result. */
const RESULT = /^(.*)\) += (-?\d+|\?)(?:<[^<>]*>)?(?: .*)?$/;
const DESCRIPTOR = /^\d+<(TCP(?:v6)?:\[.*?\]|[^>]*)>/;

/**
 * Reads a trace: `strace -f -tt -yy -o FILE`. Lines about signals and ends of threads are left out.
 *
 * @throws {Error} If a line is none that strace writes.
 */
export function parseTrace(text: string): Call[] {
  const calls: Call[] = [];
  const open = new Map<number, { readonly index: number; readonly begun: string }>();
  text.split("\n").forEach((line, number) => {
    const [, thread = "", what = ""] = LINE.exec(line) ?? [];
    if (line === "" || /^(?:---|\+\+\+)/.test(what)) return;
    const resumed = RESUMED.exec(what);
    const [, name = "", begun = ""] = BEGUN.exec(what) ?? [];
    if (resumed) {
      const begin = open.get(Number(thread));
      const call = calls[begin?.index ?? -1];
      // It began before strace came.
      if (begin === undefined || call === undefined) return;
      calls[begin.index] = finished(call, `${begin.begun}${resumed[2]}`, number);
      return;
    }
    if (name === "") throw new Error(`Cannot read line ${number + 1} of the trace: ${line}`);
    const call = { thread: Number(thread), name, args: "", began: number, ended: Infinity };
    if (!begun.endsWith(UNFINISHED)) {
      calls.push(finished(call, begun, number));
      return;
    }
    const head = begun.slice(0, -UNFINISHED.length);
    open.set(call.thread, { index: calls.length, begun: head });
    calls.push({ ...call, ...described(head) });
  });
  return calls;
}

function finished(call: Call, text: string, ended: number): Call {
  const [, args = text, result] = RESULT.exec(text) ?? [];
  if (result === undefined) return { ...call, ...described(args) };
  return { ...call, ...described(args), ended, ...(result !== "?" && { result: Number(result) }) };
}

function described(args: string): Pick<Call, "args" | "file"> {
  const file = DESCRIPTOR.exec(args)?.[1];
  return file === undefined ? { args } : { args, file };
}

/** The texts among the arguments of a call, as strace writes them, without quotes. */
export function textsOf({ args }: Call): string[] {
  return [...args.matchAll(/"((?:[^"\\]|\\.)*)"/g)].map(([, text = ""]) => text);
}
