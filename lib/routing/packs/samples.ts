/**
 * Samples of an operator's pack: mails that it must recognise, and what it must find in them.
 *
 * @module
 */

import type { PackSample, SampleMail } from "../../config/types.ts";
import type { MailView, Pack } from "./pack.ts";

/** Shows a sample as a pack sees a mail; a file that cannot be read: why, in words. */
export type ShowSample = (mail: SampleMail) => Promise<MailView | string> | MailView | string;

/** A pack, and those that a mail meets before it. */
export interface InOrder {
  /** The pack. */
  readonly pack: Pack;
  /** Packs that read first: a mail that one of them knows never comes to the pack. */
  readonly before: readonly Pack[];
}

/**
 * Runs the samples of a pack.
 *
 * @param packs The pack, and those before it.
 * @param samples Its samples, counted from 1.
 * @param show Shows each mail.
 * @returns What differs, a line each: `sample 2: fields.host: expected "nas1", found "nas"`; empty
 * when all is as it should be.
 */
export async function checkSamples(
  packs: InOrder,
  samples: readonly PackSample[],
  show: ShowSample,
): Promise<readonly string[]> {
  const problems: string[] = [];
  for (const [index, sample] of samples.entries()) {
    for (const problem of await differences(packs, sample, show)) {
      problems.push(`sample ${index + 1}: ${problem}`);
    }
  }
  return problems;
}

async function differences(
  { pack, before }: InOrder,
  sample: PackSample,
  show: ShowSample,
): Promise<string[]> {
  const view = await show(sample.mail);
  if (typeof view === "string") return [view];
  const found = await pack.read(view);
  if (found === null) return ["the pack does not recognise this mail"];
  for (const other of before) {
    if (await other.read(view) === null) continue;
    return [
      `read by pack ${other.name} instead, which stands before this one: narrow its patterns, or ` +
      "move it down",
    ];
  }
  const problems: string[] = [];
  if (sample.event !== undefined && sample.event !== found.event) {
    problems.push(`event: expected ${quoted(sample.event)}, found ${quoted(found.event)}`);
  }
  for (const [name, expected] of Object.entries(sample.fields)) {
    const value = found.fields[name];
    // An empty value asks for a field that is not there.
    if ((value ?? "") === expected) continue;
    problems.push(`fields.${name}: expected ${quoted(expected)}, found ${quoted(value)}`);
  }
  return problems;
}

function quoted(value: string | undefined): string {
  return value === undefined || value === "" ? "nothing" : JSON.stringify(value);
}
