/** What the log is told while something runs. @module */

import { startLog, stopLog } from "../../lib/log.ts";

/** The lines so far; the log stops with it. */
export interface LogLines extends Disposable {
  /** Those that hold this text. */
  with(text: string): readonly string[];
}

/** Starts the log, at `INFO`. */
export function logLines(): LogLines {
  const lines: string[] = [];
  startLog("INFO", (text) => lines.push(...text.split("\n").filter((line) => line !== "")));
  return {
    with: (text) => lines.filter((line) => line.includes(text)),
    [Symbol.dispose]: () => stopLog(),
  };
}
