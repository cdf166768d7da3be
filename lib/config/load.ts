/**
 * The configuration file, from its path to {@link Configuration}.
 *
 * @module
 */

import { dirname, resolve } from "node:path";
import { RelayError } from "../errors.ts";
import type { Environment } from "./expand.ts";
import { parseConfiguration } from "./parse.ts";
import { checkPem } from "./pem.ts";
import { problem, type Reading, VALUE, value } from "./reading.ts";
import type { PemKind } from "./readers.ts";
import type { Configuration } from "./types.ts";

export { parseConfiguration };

/** Largest configuration file, in octets. */
const MAX_FILE_OCTETS = 1_048_576;
/** Largest file of one secret, in octets. */
const MAX_SECRET_OCTETS = 16_384;
/** Largest file of certificates; all that a Debian trusts have 250,000. */
const MAX_PEM_OCTETS = 1_048_576;

/** Largest sample mail. */
const MAX_SAMPLE_OCTETS = 26_214_400;

/** What a file holds that the configuration names. */
export type FileKind = PemKind | "secret" | "sample";

/**
 * Says which file to read: the one of `--config`, else of `$MAIL2ALERT_CONFIGURATION`, else
 * `configuration.yml` in the working folder. An empty variable counts as none.
 *
 * @param option The value of `--config`.
 * @param environment Looks up the variable.
 */
export function configurationPath(option: string | undefined, environment: Environment): string {
  return option ?? (environment("MAIL2ALERT_CONFIGURATION") || "configuration.yml");
}

/**
 * Reads a configuration file and the files of secrets that it names, relative to its folder, and
 * looks at the certificates and keys.
 *
 * @param path The file; at most 1 MiB of UTF-8.
 * @param environment Looks up variables; those of this process unless a test says otherwise.
 * @param onFile Told the path of each file that the configuration names, before it is read.
 * @throws {RelayError} `config-invalid`; the message has one line per problem.
 */
export async function loadConfiguration(
  path: string,
  environment: Environment = (name) => Deno.env.get(name),
  onFile: (path: string, holds: FileKind) => void = () => {},
): Promise<Configuration> {
  const text = await readText(path);
  const find = (name: string, holds: FileKind) => {
    const file = resolve(dirname(path), name);
    onFile(file, holds);
    return file;
  };
  return parseConfiguration(path, text, permitted(path, environment), {
    readSecret: (name) => readSecretFile(find(name, "secret")),
    readPem: (name, kind) => {
      const file = find(name, kind);
      // What stands around a certificate may be in any encoding.
      const pem = readNamed(file, { maxOctets: MAX_PEM_OCTETS, strict: false });
      const checked = pem.kind === "problem" ? pem : checkPem(pem.value, kind);
      return checked.kind === "problem" ? checked : value(file);
    },
    findSample: (name) => {
      const file = find(name, "sample");
      const wrong = unreadable(file, MAX_SAMPLE_OCTETS);
      return wrong === null ? value(file) : problem(`${VALUE}: ${wrong}`);
    },
    hostname: machineName(),
  });
}

/** A variable that we may not read is no variable that is not set. */
function permitted(path: string, environment: Environment): Environment {
  return (name) => {
    try {
      return environment(name);
    } catch (error) {
      if (!(error instanceof Deno.errors.NotCapable)) throw error;
      const why = "this program was not given the permission to read variables (--allow-env)";
      throw new RelayError("config-invalid", `${path}: ${why}`, { cause: error });
    }
  };
}

async function readText(path: string): Promise<string> {
  const refused = (why: string, cause?: unknown) =>
    new RelayError(
      "config-invalid",
      `${path}: ${why}; name another file with --config FILE or in the environment variable ` +
        "MAIL2ALERT_CONFIGURATION, or begin with a copy of config.example.yaml",
      { cause },
    );
  let octets: Uint8Array;
  try {
    // A pipe or a device might never end; a file has a size to hold against the bound.
    const { isFile, size } = await Deno.stat(path);
    if (!isFile) throw refused("not a file");
    if (size > MAX_FILE_OCTETS) throw refused(`${size} octets: over ${MAX_FILE_OCTETS}`);
    octets = await Deno.readFile(path);
  } catch (error) {
    throw error instanceof RelayError ? error : refused(reasonOf(error), error);
  }
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(octets);
  } catch (error) {
    throw refused("not UTF-8 text", error);
  }
}

/** Reads one secret; one newline at its end is not part of it. */
function readSecretFile(path: string): Reading<string> {
  const what = "the file of the secret: ";
  const text = readNamed(path, { what, maxOctets: MAX_SECRET_OCTETS, strict: true });
  if (text.kind === "problem") return text;
  const secret = text.value.replace(/\r?\n$/, "");
  return secret === ""
    ? problem(`${VALUE}: ${what}empty: write the secret into it`)
    : value(secret);
}

interface Named {
  /** Begins the reason where it cannot be read. */
  readonly what?: string;
  readonly maxOctets: number;
  /** Whether what is no UTF-8 is refused. */
  readonly strict: boolean;
}

/** Reads a file that the configuration names. */
function readNamed(path: string, { what = "", maxOctets, strict }: Named): Reading<string> {
  const refused = (why: string) => problem(`${VALUE}: ${what}${why}`);
  const wrong = unreadable(path, maxOctets);
  if (wrong !== null) return refused(wrong);
  try {
    return value(new TextDecoder("utf-8", { fatal: strict }).decode(Deno.readFileSync(path)));
  } catch (error) {
    return refused(reasonOf(error));
  }
}

/** Why a file is none that we can read, as far as its entry tells; `null` for nothing. */
function unreadable(path: string, maxOctets: number): string | null {
  try {
    const { isFile, size } = Deno.statSync(path);
    if (!isFile) return "not a file: name a file";
    return size > maxOctets ? `over ${maxOctets} octets: name a smaller file` : null;
  } catch (error) {
    const remedy = error instanceof Deno.errors.NotFound
      ? ": create it, or correct its path, which begins at the folder of this file"
      : "";
    return `${reasonOf(error)}${remedy}`;
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof Deno.errors.NotFound) return "there is no such file";
  if (error instanceof Deno.errors.PermissionDenied) {
    return "this user may not read it: let it, with chmod or chown";
  }
  if (error instanceof Deno.errors.NotCapable) {
    return "this program was not given the permission to read it (deno run --allow-read)";
  }
  if (error instanceof TypeError) return "not UTF-8 text";
  return `cannot be read (${error instanceof Error ? error.name : "unknown error"})`;
}

/** The machine's name if we may know it and it is a domain name; else `localhost`. */
function machineName(): string {
  const { state } = Deno.permissions.querySync({ name: "sys", kind: "hostname" });
  const name = state === "granted" ? Deno.hostname() : "";
  return /^(?=.{1,253}$)[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+$/.test(name) ? name : "localhost";
}
