/**
 * `mail2alert check`: is the configuration right, and could a relay work on its store? With
 * `--probe`: does what it names answer, and can the store be written to?
 *
 * DIAGNOSTICS. Exit 0: nothing wrong, perhaps warnings on stderr. Exit 1: a certificate is no good, a
 * probe failed, or there is something wrong with the store (a warning without `--probe`).
 * Exit 2: the configuration is wrong, or does not do what its own tests say; each problem on a line.
 *
 * @module
 */

import { failedTests, testsOf } from "../app.ts";
import { findExposed } from "../config/exposed.ts";
import { reviewConfiguration } from "../config/review.ts";
import type { Configuration } from "../config/types.ts";
import { examineCertificates } from "./certificate_check.ts";
import { readConfiguration } from "./configuration.ts";
import { printable } from "./paint.ts";
import { probeAll } from "./probe.ts";
import { examineStore } from "./store_check.ts";
import type { Terminal } from "./terminal.ts";

/** What to check. */
export interface CheckOptions {
  /** The configuration file. */
  readonly config?: string;
  /** Whether to contact the mail servers, GoCD and the lookups, and to write to the store. */
  readonly probe?: boolean;
}

/** Checks, and says what it found. */
export async function check(options: CheckOptions, terminal: Terminal): Promise<number> {
  const { path, configuration, secretFiles } = await readConfiguration(options.config, terminal);
  const warn = (text: string) => terminal.err(`${path}: warning: ${text}\n`);
  const warnings = [
    ...reviewConfiguration(configuration),
    ...await findExposed(path, secretFiles),
  ];
  warnings.forEach(warn);
  const failures = await failedTests(path, configuration);
  failures.forEach((failure) => terminal.err(`${printable(failure)}\n`));
  if (failures.length > 0) return 2;
  terminal.out(`${path}: fine (${countsOf(configuration)})\n`);
  const valid = await checkCertificates(configuration, path, terminal);
  const sound = await checkStore(configuration, path, { options, terminal });
  if (!options.probe) return valid ? 0 : 1;
  const answered = await checkAnswers(configuration, terminal);
  return valid && sound && answered ? 0 : 1;
}

/** What there is, in numbers. */
function countsOf(configuration: Configuration): string {
  const { managers, listeners } = configuration;
  const rules = managers.reduce((count, manager) => count + manager.rules.length, 0);
  const tests = testsOf(configuration);
  const counts = `listeners: ${listeners.length}, managers: ${managers.length}, rules: ${rules}`;
  return tests === 0 ? counts : `${counts}, tests passed: ${tests}`;
}

/** Tells what is wrong with certificates; whether none is worse than soon to expire. */
async function checkCertificates(
  configuration: Configuration,
  file: string,
  terminal: Terminal,
): Promise<boolean> {
  const findings = await examineCertificates(configuration, Date.now());
  for (const { severe, text } of findings) {
    terminal.err(`${file}: ${severe ? "" : "warning: "}${printable(text)}\n`);
  }
  return findings.every(({ severe }) => !severe);
}

/** Tells what those answer that the configuration names; whether all do. */
async function checkAnswers(configuration: Configuration, terminal: Terminal): Promise<boolean> {
  const answers = await probeAll(configuration);
  for (const { what, did = "answers", failure, facts } of answers) {
    const who = printable(what);
    if (failure !== undefined) terminal.err(`${who}: ${printable(failure)}\n`);
    else terminal.out(`${who}: ${did}${facts === undefined ? "" : ` (${printable(facts)})`}\n`);
  }
  return answers.every(({ failure }) => failure === undefined);
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
