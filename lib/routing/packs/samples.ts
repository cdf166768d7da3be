/**
 * Samples of an operator's pack: mails that it must recognise, and what it must find in them.
 *
 * @module
 */

import type { PackSample, SampleMail } from "../../config/types.ts";
import { oneLine } from "./finding.ts";
import type { MailView, Pack } from "./pack.ts";

/** Characters of a header field, as everywhere. */
const MAX_HEADER = 8_192;

/** A mail of the configuration by its parts. */
export type PartsOfMail = Extract<SampleMail, { readonly kind: "parts" }>;

/** Shows a sample as a pack sees a mail; a file that cannot be read: why, in words. */
export type ShowSample = (mail: SampleMail) => Promise<MailView | string> | MailView | string;

/**
 * Runs the samples of a pack.
 *
 * @param pack The pack alone: whether another one takes such mails first is not asked.
 * @param samples Its samples, counted from 1.
 * @param show Shows each mail; {@link viewOfParts} will do for those without a file.
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

/** A mail of which only parts are given, as a pack sees it. */
export function viewOfParts({ from, subject, headers, text }: PartsOfMail): MailView {
  const fields = new Map(
    Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]),
  );
  const given = { from, ...(subject === undefined ? {} : { subject }) };
  for (const [name, value] of Object.entries(given)) fields.set(name, value);
  const header = (name: string) => {
    const value = fields.get(name.toLowerCase())?.slice(0, MAX_HEADER);
    return value?.replace(/[\s\p{Cc}]+/gu, " ").trim();
  };
  const line = header("subject");
  return {
    ...(line === undefined ? {} : { subject: line }),
    from: mailbox(header("from") ?? from),
    reversePath: mailbox(from).address,
    header,
    text: () => Promise.resolve(text.replaceAll("\r\n", "\n")),
  };
}

/** `Name <address>` or the address alone. */
function mailbox(text: string): { readonly name: string; readonly address: string } {
  const [, name = "", address] = /^"?([^"<>]{0,512}?)"? ?<([^<>]{0,512})>$/.exec(text) ?? [];
  return address === undefined ? { name: "", address: text } : { name: oneLine(name), address };
}
