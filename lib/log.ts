/**
 * The log: one line a record on stderr, whatever the values hold. This file and no other
 * knows the logging library and writes to the terminal unasked.
 *
 * A line is `TIME LEVEL CATEGORY event key=value …`; a value with a blank, a quote, a control
 * character or anything outside ASCII is written as a JSON string with `\u` escapes, so that no
 * peer can forge a line or move the cursor of whoever reads it.
 *
 * DIAGNOSTICS. `error`: the operator must act. `warning`: something went wrong and service goes
 * on. `info`: the life of each mail. `debug`: each step.
 *
 * @module
 */

import {
  configureSync,
  getLogger,
  type LogLevel,
  type LogRecord,
  resetSync,
} from "@logtape/logtape";
import { redactByField } from "@logtape/redaction";

/** Values that belong to a record; `undefined` ones are left out. */
export type Details = Readonly<Record<string, string | number | boolean | undefined>>;

/** Writes records of one category. */
export interface Log {
  /** Whether `debug` writes anything: for details that have to be waited for. */
  readonly debugs: boolean;
  /** Each step, for whoever looks for a fault; details that are dear to make, only when wanted. */
  debug(event: string, details?: Details | (() => Details)): void;
  /** The life of each mail, and of the program. */
  info(event: string, details?: Details): void;
  /** Something went wrong; service goes on. */
  warning(event: string, details?: Details): void;
  /** The operator must act. */
  error(event: string, details?: Details): void;
}

/** The levels of `LOGLEVEL`, named as in 2017, and what the library calls them. */
const LEVELS = [
  ["DEBUG", "debug"],
  ["INFO", "info"],
  ["WARNING", "warning"],
  ["ERROR", "error"],
  ["CRITICAL", "fatal"],
] as const;

/** What `LOGLEVEL` may be. */
export const LEVEL_NAMES: readonly string[] = LEVELS.map(([name]) => name);

/** Names whose values never reach a line. The library's own list would also hide addresses. */
const SECRET_FIELDS = [/pass(code|phrase|word|wd)|secret|token|credential|authorization/i];

/** Makes the log of one category, such as `smtp`; it may be made before {@link startLog}. */
export function log(category: string): Log {
  const logger = getLogger(["mail2alert", category]);
  return {
    get debugs() {
      return logger.isEnabledFor("debug");
    },
    debug: (event, details = {}) =>
      typeof details === "function" ? logger.debug(event, details) : logger.debug(event, details),
    info: (event, details = {}) => logger.info(event, details),
    warning: (event, details = {}) => logger.warning(event, details),
    error: (event, details = {}) => logger.error(event, details),
  };
}

/**
 * Starts writing records; until then they are dropped.
 *
 * @param level The value of `LOGLEVEL`; anything that is no level means `INFO`, as in 2017; `serve`
 * warns of it.
 * @param write Takes each line with its newline; stderr unless a test says otherwise.
 */
export function startLog(
  level: string | undefined,
  write: (line: string) => void = toStderr,
): void {
  const lowestLevel = new Map<string | undefined, LogLevel>(LEVELS).get(level) ?? "info";
  const sink = redactByField((record: LogRecord) => write(formatRecord(record)), {
    fieldPatterns: SECRET_FIELDS,
    action: () => "[redacted]",
  });
  configureSync({
    reset: true,
    sinks: { lines: sink },
    loggers: [
      { category: ["logtape", "meta"], sinks: ["lines"], lowestLevel: "warning" },
      { category: "mail2alert", sinks: ["lines"], lowestLevel },
    ],
  });
}

/** Stops writing records. */
export function stopLog(): void {
  resetSync();
}

function formatRecord({ timestamp, level, category, message, properties }: LogRecord): string {
  const shownLevel = level === "fatal" ? "CRITICAL" : level.toUpperCase();
  let line = `${showTime(timestamp)} ${shownLevel} ${category.at(-1)} ${message.join("")}`;
  for (const [key, value] of Object.entries(properties)) {
    if (value !== undefined) line += ` ${key}=${quote(String(value))}`;
  }
  return `${line}\n`;
}

let shownTime = { timestamp: NaN, text: "" };

/** ISO 8601 in UTC. Under load many records share a millisecond: its text is made once. */
function showTime(timestamp: number): string {
  if (timestamp !== shownTime.timestamp) {
    shownTime = { timestamp, text: new Date(timestamp).toISOString() };
  }
  return shownTime.text;
}

/** A value as one word: bare when harmless, else a JSON string in printable ASCII. */
function quote(value: string): string {
  if (/^[\x21\x23-\x7e]+$/.test(value)) return value;
  if (/^[ !\x23-\x5b\x5d-\x7e]*$/.test(value)) return `"${value}"`;
  return JSON.stringify(value).replace(
    /[^\x20-\x7e]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** Longest time that a line waits for others to be written with, in milliseconds. */
const GATHER_MS = 20;

/** Lines that wait for a slow reader, in UTF-16 units; beyond, lines are dropped and counted. */
const MAX_WAITING = 1_048_576;

let waiting = "";
let dropped = 0;
let writing: Promise<void> | undefined;

/** Under load one system call takes many lines; each alone would cost as much as its mail. */
function toStderr(line: string): void {
  if (waiting.length + line.length > MAX_WAITING) dropped++;
  else waiting += line;
  writing ??= writeWaiting().finally(() => writing = undefined);
}

/** Never blocks the program: a reader that has stalled costs log lines, and no mail. */
async function writeWaiting(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, GATHER_MS));
  while (waiting !== "") {
    const lines = dropped > 0 ? `${waiting}${dropped} lines of the log were dropped\n` : waiting;
    waiting = "";
    dropped = 0;
    const octets = new TextEncoder().encode(lines);
    try {
      for (let sent = 0; sent < octets.length;) {
        sent += await Deno.stderr.write(octets.subarray(sent));
      }
    } catch {
      // Nobody reads stderr any more (closed pipe, full disk): mail matters more than its log.
    }
  }
}

/**
 * Waits until the lines so far are written; the program calls it before it exits.
 *
 * @param limitMs Longest wait, for a reader that has stalled, in milliseconds.
 */
export async function flushLog(limitMs = 500): Promise<void> {
  if (writing === undefined) return;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<void>((resolve) => timer = setTimeout(resolve, limitMs));
  await Promise.race([writing, late]);
  clearTimeout(timer);
}
