/**
 * Where a configuration comes from, and how it is read: with a look at each file before it is read,
 * so that a change while it is read shows afterwards.
 *
 * @module
 */

import { lineFinder } from "../config/lines.ts";
import type { Configuration, SampleMail } from "../config/types.ts";
import { rehearse } from "../routing/rehearsal.ts";
import { type FileStates, SeenFiles } from "./file_states.ts";

/** A file of a configuration. */
export interface ConfigurationSource {
  /** Its path, as messages name it. */
  readonly path: string;
  /**
   * Reads it.
   *
   * @param named Told of each other file that it names, before that is read.
   * @throws {RelayError} `config-invalid`, with one line per problem.
   */
  read(named: (file: string) => void): Promise<Configuration>;
}

/** A configuration that was read, or why it could not be, with all files that count. */
export interface SourceRead {
  /** What it says; rejects like {@link ConfigurationSource.read}. */
  readonly configuration: Promise<Configuration>;
  /** The files, as they were before they were read; complete once that has settled. */
  readonly files: () => FileStates;
}

/** Largest sample file, in octets. */
const MAX_SAMPLE_OCTETS = 26_214_400;

/** Reads a configuration, and looks at its files, those of samples too. */
export function readSource({ path, read }: ConfigurationSource): SourceRead {
  const seen = new SeenFiles();
  seen.see(path);
  const configuration = read((file) => seen.see(file)).then((configuration) => {
    samplesOf(configuration).forEach((file) => seen.see(file));
    return configuration;
  });
  return { configuration, files: () => seen.states };
}

/**
 * Runs the tests of a configuration and the samples of its packs.
 *
 * @param path Its file, for the lines in the messages.
 * @param signal Ends it early; what has been found by then comes back.
 * @returns One sentence for each that fails: `config.yaml:31: tests[2] "gold tier": …`.
 */
export async function failedTests(
  path: string,
  configuration: Configuration,
  signal?: AbortSignal,
): Promise<readonly string[]> {
  const failures = await rehearse(configuration, readSample, signal);
  if (failures.length === 0) return [];
  const lineOf = lineFinder(await Deno.readTextFile(path).catch(() => ""));
  return failures.map((failure) => {
    const [, key, at, sample] =
      /^(tests|packs)\[(\d+)\] "[^"]*":(?: sample (\d+):)?/.exec(failure) ??
        [];
    if (key === undefined) return `${path}: ${failure}`;
    const inside = sample === undefined ? [] : ["samples", Number(sample) - 1];
    return `${path}:${lineOf([key, Number(at), ...inside])}: ${failure}`;
  });
}

/** How many tests a configuration has, the samples of its packs among them. */
export function testsOf({ tests, packs }: Configuration): number {
  return packs.reduce((count, { samples }) => count + samples.length, tests.length);
}

function samplesOf({ tests, packs }: Configuration): readonly string[] {
  const mails: readonly SampleMail[] = [
    ...tests.map(({ mail }) => mail),
    ...packs.flatMap(({ samples }) => samples.map(({ mail }) => mail)),
  ];
  return mails.flatMap((mail) => mail.kind === "file" ? [mail.path] : []);
}

async function readSample(path: string): Promise<Uint8Array> {
  const { isFile, size } = await Deno.stat(path);
  if (!isFile) throw new Error("it is no file");
  if (size > MAX_SAMPLE_OCTETS) throw new Error(`it is over ${MAX_SAMPLE_OCTETS} octets long`);
  return await Deno.readFile(path);
}
