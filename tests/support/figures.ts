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

/** The resident memory of a running process now, in MiB; what it had at most is forgotten. */
export function restartPeakMiB(pid: number): number {
  // proc(5): 5 makes the largest resident memory what it is now.
  Deno.writeTextFileSync(`/proc/${pid}/clear_refs`, "5");
  return peakMemoryMiB(pid);
}

/** Prints a line of a proof's figures. */
export function tell(line: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`    ${line}\n`));
}
