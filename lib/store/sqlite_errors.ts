/**
 * What SQLite's errors mean to us. `exec` and opening tell no code, so that the words of SQLite,
 * which have not changed for decades, are looked at too.
 *
 * @module
 */

const BUSY = 5;
const LOCKED = 6;
const NO_MEMORY = 7;
const READ_ONLY = 8;
const IO_ERROR = 10;
const CORRUPT = 11;
const FULL = 13;
const CANNOT_OPEN = 14;
const PROTOCOL = 15;
const NOT_A_DATABASE = 26;
const SHORT_READ = 522;

/** The transaction as a whole cannot go on. Anything else concerns one statement. */
const DISK_FAILS = [
  BUSY,
  LOCKED,
  NO_MEMORY,
  READ_ONLY,
  IO_ERROR,
  CORRUPT,
  FULL,
  CANNOT_OPEN,
  PROTOCOL,
  NOT_A_DATABASE,
];

const WORDS: readonly (readonly [RegExp, number])[] = [
  [/disk image is malformed/, CORRUPT],
  [/file is not a database/, NOT_A_DATABASE],
  [/database or disk is full|No space left/, FULL],
  [/unable to open database/, CANNOT_OPEN],
  [/readonly database/, READ_ONLY],
  [/disk I\/O error/, IO_ERROR],
  [/database (table )?is locked/, BUSY],
];

/** Whether it is the disk or the whole database that fails, and not one statement. */
export function isDiskFailure(error: unknown): boolean {
  return DISK_FAILS.includes(codeOf(error) & 0xff);
}

/** Whether there is no space left. */
export function isDiskFull(error: unknown): boolean {
  return (codeOf(error) & 0xff) === FULL;
}

/** As if SQLite had met the full disk itself. */
export function noSpace(): Error {
  return Object.assign(new Error("No space left: the database or disk is full"), { errcode: FULL });
}

/**
 * Whether an error says that the database is damaged: close it and call `replaceDamaged`. A file
 * that ends too early counts, because SQLite meets that as a read that came out short.
 */
export function isDamage(error: unknown): boolean {
  const code = codeOf(error);
  return [CORRUPT, NOT_A_DATABASE].includes(code & 0xff) || code === SHORT_READ;
}

/** Whether it may be for lack of space that a database cannot be opened. */
export function mayLackSpace(error: unknown): boolean {
  return [FULL, IO_ERROR, CANNOT_OPEN].includes(codeOf(error) & 0xff) && !isDamage(error);
}

/** SQLite's extended result code; 0 for an error that is none of SQLite's. */
function codeOf(error: unknown): number {
  if (!(error instanceof Error)) return 0;
  if ("errcode" in error && typeof error.errcode === "number") return error.errcode;
  if (!("code" in error) || error.code !== "ERR_SQLITE_ERROR") return 0;
  return WORDS.find(([words]) => words.test(error.message))?.[1] ?? 0;
}
