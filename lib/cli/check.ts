/**
 * `mail2alert check`: is the configuration right, and could a relay work on its store? With
 * `--probe`: does what it names answer, and can the store be written to?
 *
 * DIAGNOSTICS. Exit 0: nothing wrong, perhaps warnings on stderr. Exit 1: a probe failed, or there
 * is something wrong with the store (a warning without `--probe`).
 * Exit 2: the configuration is wrong; each problem on a line.
 *
 * @module
 */

import { reviewConfiguration } from "../config/review.ts";
import type { Configuration } from "../config/types.ts";
import { RelayError } from "../errors.ts";
import { createReport } from "../routing/report.ts";
import { openClient, peerName } from "../smtp/client/open_client.ts";
import { readConfiguration } from "./configuration.ts";
import { printable } from "./paint.ts";
import { examineStore } from "./store_check.ts";
import type { Terminal } from "./terminal.ts";

/** What to check. */
export interface CheckOptions {
  /** The configuration file. */
  readonly config?: string;
  /** Whether to contact the mail server and the REST APIs, and to write to the store. */
  readonly probe?: boolean;
}

/** Longest wait for the mail server of a probe, in milliseconds. */
const PROBE_MS = 10_000;

/** Checks, and says what it found. */
export async function check(options: CheckOptions, terminal: Terminal): Promise<number> {
  const { path, configuration } = await readConfiguration(options.config, terminal);
  for (const warning of reviewConfiguration(configuration)) {
    terminal.err(`${path}: warning: ${warning}\n`);
  }
  const { managers, listeners } = configuration;
  const rules = managers.reduce((count, manager) => count + manager.rules.length, 0);
  terminal.out(
    `${path}: fine (listeners: ${listeners.length}, managers: ${managers.length}, rules: ${rules})\n`,
  );
  const sound = await checkStore(configuration, path, { options, terminal });
  if (!options.probe) return 0;
  const answers = await probeAll(configuration);
  for (const { what, failure } of answers) {
    const line = `${what}: ${failure === undefined ? "answers" : printable(failure)}\n`;
    if (failure === undefined) terminal.out(line);
    else terminal.err(line);
  }
  return sound && answers.every(({ failure }) => failure === undefined) ? 0 : 1;
}

/** Says where the store is, and what is wrong with it; whether nothing is. */
async function checkStore(
  { store }: Configuration,
  file: string,
  { options, terminal }: { readonly options: CheckOptions; readonly terminal: Terminal },
): Promise<boolean> {
  const { place, problems } = await examineStore(store, { write: options.probe ?? false });
  terminal.out(`${printable(place)}\n`);
  for (const problem of problems) {
    const severity = options.probe ? "" : `${file}: warning: `;
    terminal.err(`${severity}store: ${printable(problem)}\n`);
  }
  return problems.length === 0;
}

/** Asks all that the configuration names, at the same time. */
async function probeAll(configuration: Configuration): Promise<readonly Answer[]> {
  return await Promise.all([
    probeSmarthost(configuration),
    ...configuration.managers.filter(({ gocd }) => gocd !== undefined).map(probeGocd),
  ]);
}

interface Answer {
  readonly what: string;
  readonly failure?: string;
}

/** Says EHLO and QUIT to the mail server. */
async function probeSmarthost(
  { smarthosts: [smarthost], hostname }: Configuration,
): Promise<Answer> {
  const what = `remote-smtp ${peerName(smarthost)}`;
  return await probe(what, async () => {
    const signal = AbortSignal.timeout(PROBE_MS);
    const client = await openClient({ ...smarthost, helloName: hostname }, signal);
    await client.quit();
  });
}

/** Asks the GoCD server for its pipeline groups. */
async function probeGocd(manager: Configuration["managers"][number]): Promise<Answer> {
  return await probe(`manager ${manager.name} ${manager.gocd?.url}`, async () => {
    await createReport([manager]);
  });
}

async function probe(what: string, ask: () => Promise<void>): Promise<Answer> {
  try {
    await ask();
    return { what };
  } catch (error) {
    if (!(error instanceof RelayError)) throw error;
    return { what, failure: error.message };
  }
}
