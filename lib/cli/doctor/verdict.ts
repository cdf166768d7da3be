/**
 * What is to be said of a device when its session is over, in plain words.
 *
 * @module
 */

import { type Quirk, QUIRKS } from "../../smtp/quirks.ts";
import { type Entry, setEntry } from "../demo/layout.ts";
import { type Paint, printable } from "../paint.ts";
import type { SessionRecord } from "./record.ts";
import { needsLenient, snippet, type SnippetOptions } from "./snippet.ts";

/** The text of a verdict, with its newlines. */
export function verdict(record: SessionRecord, options: SnippetOptions, brush: Paint): string {
  const entries = [...fine(record), ...wrong(record), ...ofMessages(record), conclusion(record)];
  const text = entries.map((entry) => setEntry(entry, brush)).join("");
  return isWorthSetting(record) ? `${text}\n${snippet(record, options)}` : text;
}

function fine({ mails, secure, login }: SessionRecord): Entry[] {
  const done = [
    ...secure ? ["speaks TLS"] : [],
    ...login ? [`logs in by ${login}`] : [],
    ...mails > 0 ? [`brought ${mails === 1 ? "a mail" : `${mails} mails`}, delivered nowhere`] : [],
  ];
  return done.length === 0 ? [] : [{ label: "fine", text: done.join("; "), colour: "green" }];
}

function wrong({ quirks, tlsFailure }: SessionRecord): Entry[] {
  const entries = [...quirks.keys()].flatMap((quirk): Entry[] => [
    { label: "wrong", text: QUIRKS[quirk].does, colour: "yellow" },
    { label: "", text: capital(QUIRKS[quirk].remedy) },
  ]);
  if (tlsFailure === undefined || quirks.has("old-tls")) return entries;
  return [...entries, { label: "TLS", text: printable(tlsFailure), colour: "yellow" }];
}

/** What no relay refuses a mail for. */
function ofMessages({ oddities }: SessionRecord): Entry[] {
  if (oddities.size === 0) return [];
  const list = [...oddities].join(", ");
  return [{ label: "message", text: `${list}: taken all the same, by every profile` }];
}

function conclusion(record: SessionRecord): Entry {
  return { label: "verdict", ...judge(record) };
}

function judge(record: SessionRecord): Pick<Entry, "text" | "colour"> {
  const { mails, spoke, tlsFailure } = record;
  if (!spoke && tlsFailure === undefined && record.quirks.size === 0) {
    return { text: SILENT, colour: "yellow" };
  }
  const hopeless = quirkThat(record, "nothing");
  if (mails === 0 && hopeless) return { text: HOPELESS, colour: "red" };
  const needs = [
    ...needsLenient(record) ? ["profile: lenient"] : [],
    ...quirkThat(record, "setting") ? ["the setting that is named above"] : [],
  ].join(" and ");
  if (mails > 0 && record.unfinished) return { text: PARTLY, colour: "yellow" };
  if (mails > 0 && needs === "") return { text: "works with the strict profile", colour: "green" };
  if (mails > 0) return { text: `works with ${needs}`, colour: "green" };
  if (needs !== "") return { text: `no mail came; it needs ${needs}`, colour: "yellow" };
  return { text: nothingCame(record), colour: "yellow" };
}

const SILENT = "it connected and said nothing: a look whether the port is open, or it waits for " +
  "something that is not SMTP";
const PARTLY = "some mail came, and a message that it did not end";
const HOPELESS = "no setting of mail2alert makes this work";

function nothingCame({ tlsFailure, refusal, unfinished }: SessionRecord): string {
  if (tlsFailure !== undefined) return "no mail came: there was no TLS, for the reason above";
  if (unfinished) return "no mail came: it went away in the middle of its message";
  if (refusal !== undefined) return `no mail came; the last that it was refused: ${refusal}`;
  return "no mail came: it went away without sending one, and nothing was refused";
}

function isWorthSetting(record: SessionRecord): boolean {
  return record.mails > 0 || needsLenient(record) && !quirkThat(record, "nothing") ||
    quirkThat(record, "setting");
}

function quirkThat({ quirks }: SessionRecord, accepts: "setting" | "nothing"): boolean {
  return [...quirks.keys()].some((quirk: Quirk) => QUIRKS[quirk].accepts === accepts);
}

function capital(text: string): string {
  return /^(?:profile|auth|tls):/.test(text) ? text : text.charAt(0).toUpperCase() + text.slice(1);
}
