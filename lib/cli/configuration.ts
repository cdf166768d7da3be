/**
 * Finds and reads the configuration for a command.
 *
 * @module
 */

import { resolve } from "node:path";
import { type ConfigurationSource, readSource, type RelayOptions } from "../app.ts";
import { configurationPath, loadConfiguration } from "../config/load.ts";
import type { Configuration } from "../config/types.ts";
import type { Terminal } from "./terminal.ts";

/** A configuration and the file it came from. */
export interface ReadConfiguration {
  /** The file's path, as messages name it. */
  readonly path: string;
  /** What it says. */
  readonly configuration: Configuration;
  /** The files of secrets and keys that it names. */
  readonly secretFiles: ReadonlySet<string>;
  /** Reads it again, for a relay that is to follow its changes. */
  readonly source: NonNullable<RelayOptions["source"]>;
}

/**
 * Reads the file that `--config`, `$MAIL2ALERT_CONFIGURATION` or the working folder names.
 *
 * @throws {RelayError} `config-invalid`, with one line per problem.
 */
export async function readConfiguration(
  option: string | undefined,
  terminal: Terminal,
): Promise<ReadConfiguration> {
  const environment = (name: string) => terminal.env(name);
  const path = configurationPath(option, environment);
  const secretFiles = new Set<string>();
  const read: ConfigurationSource["read"] = (named) =>
    loadConfiguration(path, environment, (file, holds) => {
      if (holds !== "certificate" && holds !== "sample") secretFiles.add(file);
      named(file);
    });
  const reading = readSource({ path, read });
  const configuration = await reading.configuration;
  return { path, configuration, secretFiles, source: { path, read, files: reading.files() } };
}

/** A path as messages name it: what begins at a working folder says nothing elsewhere. */
export function fullPath(path: string): string {
  try {
    return resolve(path);
  } catch {
    // The permission to ask for the working folder was withheld, or it is gone.
    return path;
  }
}
