/**
 * The pack for any mail: plain words in the subject, and who sent it. It takes what no other pack
 * knows, and never declines.
 *
 * - `host` is the machine after `on` in the subject, if it is written in full or after the word
 *   `host`; else the sender's domain.
 * - `link` is the first http(s) URL that has a line to itself, a label like `Details:` before it
 *   aside: those within sentences are as often a vendor's home page.
 * - `fingerprint` is the sender and the subject without numbers and without words that tell states
 *   apart, so that `backup 17 failed` and `backup 18 succeeded` are about the same thing.
 * - There is no event: nobody can tell how a sender means it who is not known.
 *
 * @module
 */

import { httpLink, oneLine, reading } from "./finding.ts";
import { domainOf, isHostName } from "./hosts.ts";
import type { MailView, Pack, Reading } from "./pack.ts";
import { judge } from "./words.ts";

/** Characters of the subject that words are looked for in. */
const MAX_JUDGED_CHARACTERS = 500;
/** Lines of the text that are looked at. */
const MAX_LINES = 500;

/** Reads any mail. */
export const genericPack: Pack = { name: "generic", fields: [], events: [], read };

async function read(mail: MailView): Promise<Reading> {
  const text = await mail.text();
  const title = mail.subject || firstLine(text);
  const subject = title.slice(0, MAX_JUDGED_CHARACTERS);
  const sender = mail.from.address || mail.reversePath;
  const { severity, state, rest } = judge(subject);
  return reading("generic", mail, {
    severity,
    state,
    title: title || (sender === "" ? "Mail without a subject" : `Mail from ${sender}`),
    about: [sender.toLowerCase(), normalised(rest)],
    details: { host: hostIn(subject) ?? domainOf(sender), link: linkIn(text) },
  });
}

/** The first line with words in it; a line of dashes is a ruler. */
function firstLine(text: string): string {
  return oneLine(/^[^\n]*[\p{L}\p{N}][^\n]*$/mu.exec(text)?.[0] ?? "");
}

function hostIn(subject: string): string | undefined {
  const match = /\bon (host )?([\w.-]{1,253})/i.exec(subject);
  const name = match?.[2]?.replace(/[.-]+$/, "");
  if (match === null || name === undefined || !isHostName(name)) return undefined;
  // `on Monday` is no machine, `on 2026.11.22` is none either.
  const full = /^[\w-]+(?:\.[\w-]+)*\.[a-z][\w-]+$/i.test(name);
  return match[1] !== undefined || full ? name.toLowerCase() : undefined;
}

function linkIn(text: string): string | undefined {
  // Most texts name no URL; those are not taken to pieces.
  if (!text.includes("://")) return undefined;
  for (const candidate of text.split("\n", MAX_LINES)) {
    if (!candidate.includes("://")) continue;
    const match =
      /^[ \t]{0,40}(?:[\p{L}][\p{L}\p{N} _-]{0,40}: {0,4})?<?(https?:\/\/[^\s<>]{1,2048})>?[ \t]*$/iu
        .exec(candidate);
    const link = httpLink(match?.[1]);
    if (link !== undefined) return link;
  }
  return undefined;
}

/** Without numbers, signs of a reply, and the blanks and signs that are left over. */
function normalised(rest: string): string {
  return rest.toLowerCase().replace(/^(?:\s*(?:re|fwd?|aw|wg):)+/, "")
    .replace(/[\p{N}\p{P}\p{S}\s]+/gu, " ").trim().slice(0, 200).trimEnd();
}
