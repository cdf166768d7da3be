/**
 * Figures of measurements. Pure.
 *
 * @module
 */

/**
 * The value below which a share of the values lies (nearest rank).
 *
 * @param share 0.5 for the median, 0.99 for the 99th percentile.
 * @throws {RangeError} If there are no values.
 */
export function percentile(values: readonly number[], share: number): number {
  const rank = Math.max(Math.ceil(values.length * share), 1);
  const value = values.toSorted((a, b) => a - b)[rank - 1];
  if (value === undefined) throw new RangeError("Cannot say a percentile of nothing");
  return value;
}

/** The shortest of three runs, in ms: what else the machine does may hold up one or two. */
export function quickestMs(run: () => void): number {
  return Math.min(...[1, 2, 3].map(() => {
    const began = performance.now();
    run();
    return performance.now() - began;
  }));
}

/** The largest resident memory that a running process ever had, in MiB. */
export function peakMemoryMiB(pid: number): number {
  const status = Deno.readTextFileSync(`/proc/${pid}/status`);
  return Math.round(Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1]) / 1024);
}

/**
 * The resident memory of a running process now, in MiB; what it had at most is forgotten.
 *
 * @throws {Error} If this kernel forgets nothing: says what it lacks.
 */
export function restartPeakMiB(pid: number): number {
  try {
    // proc(5): 5 makes the largest resident memory what it is now.
    Deno.writeTextFileSync(`/proc/${pid}/clear_refs`, "5");
  } catch (cause) {
    throw new Error(
      "Memory cannot be measured here: /proc/PID/clear_refs cannot be written to (it takes a Linux " +
        `kernel with CONFIG_PROC_PAGE_MONITOR, and our own process): ${cause}`,
    );
  }
  return peakMemoryMiB(pid);
}

/**
 * Makes sure that this process, and thus each that it starts, may open so many files.
 *
 * @throws {Error} If it may not: says how many it may.
 */
export function needOpenFiles(count: number): void {
  const limits = Deno.readTextFileSync("/proc/self/limits");
  const limit = /^Max open files +(\S+)/m.exec(limits)?.[1] ?? "unlimited";
  if (limit !== "unlimited" && Number(limit) < count) {
    throw new Error(`This test needs ${count} open files, and may open ${limit} (ulimit -n)`);
  }
}

/** Prints a line of a proof's figures. */
export function tell(line: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`    ${line}\n`));
}
