/**
 * A wall clock that jumps, for one process: Debian's `libfaketime`. What a process measures time
 * spans with runs on undisturbed.
 *
 * @module
 */

import { join } from "node:path";

/** The clock of one process. */
export interface FakeWallClock extends AsyncDisposable {
  /** The variables that the process needs. */
  readonly env: Readonly<Record<string, string>>;
  /** Moves the clock: `+400d`, `-2h`, counted from the true time. */
  jump(by: string): Promise<void>;
  /** What a log shows that was written after the jump: the year. */
  shows(): RegExp;
}

const LIBRARIES = ["x86_64", "aarch64"]
  .map((machine) => `/usr/lib/${machine}-linux-gnu/faketime/libfaketimeMT.so.1`);
const DAY_MS = 86_400_000;

/**
 * Makes a clock that shows the true time at first.
 *
 * @throws {Error} If the library is not installed: names the package.
 */
export async function fakeWallClock(): Promise<FakeWallClock> {
  const library = LIBRARIES.find(exists);
  if (library === undefined) {
    throw new Error(
      "libfaketime is not installed: run `apt-get install libfaketime` (Debian) and try again",
    );
  }
  const folder = await Deno.makeTempDir({ prefix: "mail2alert-clock-" });
  const file = join(folder, "offset");
  let year = "";
  const jump = async (by: string) => {
    year = `${new Date(Date.now() + Number(by.replace("d", "")) * DAY_MS).getUTCFullYear()}`;
    // Never a file that is half written.
    await Deno.writeTextFile(`${file}.new`, `${by}\n`);
    await Deno.rename(`${file}.new`, file);
  };
  await jump("+0d");
  return {
    env: {
      LD_PRELOAD: library,
      FAKETIME_TIMESTAMP_FILE: file,
      FAKETIME_NO_CACHE: "1",
      FAKETIME_DONT_FAKE_MONOTONIC: "1",
    },
    jump,
    shows: () => new RegExp(`^${year}-`, "m"),
    [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
  };
}

function exists(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
