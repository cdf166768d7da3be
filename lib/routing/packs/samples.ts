/**
 * Samples of an operator's pack: mails that it must recognise, and what it must find in them.
 *
 * @module
 */

import type { PackSample, SampleMail } from "../../config/types.ts";
import type { MailView, Pack } from "./pack.ts";

/** Shows a sample as a pack sees a mail; a file that cannot be read: why, in words. */
export type ShowSample = (mail: SampleMail) => Promise<MailView | string> | MailView | string;

/**
 * Runs the samples of a pack.
 *
 * @param pack The pack alone: whether another one takes such mails first is not asked.
 * @param samples Its samples, counted from 1.
 * @param show Shows each mail.
 * @returns What differs, a line each: `sample 2: fields.host: expected "nas1", found "nas"`; empty
 * when all is as it should be.
 */
export async function checkSamples(
  pack: Pack,
  samples: readonly PackSample[],
  show: ShowSample,
): Promise<readonly string[]> {
  const problems: string[] = [];
  for (const [index, sample] of samples.entries()) {
    for (const problem of await differences(pack, sample, show)) {
      problems.push(`sample ${index + 1}: ${problem}`);
    }
  }
  return problems;
}

async function differences(pack: Pack, sample: PackSample, show: ShowSample): Promise<string[]> {
  const view = await show(sample.mail);
  if (typeof view === "string") return [view];
  const found = await pack.read(view);
  if (found === null) return ["the pack does not recognise this mail"];
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
