/**
 * Packs of operators (key `packs` of the configuration): patterns recognise a sender, their named
 * groups become fields. What such a pack does not say is read as for any mail.
 *
 * @module
 */

import type { PackConfig, PackEvent, PackPattern } from "../../config/types.ts";
import { httpLink, oneLine } from "./finding.ts";
import { genericPack } from "./generic.ts";
import {
  COMMON_FIELDS,
  type MailView,
  type Pack,
  type Reading,
  SEVERITIES,
  STATES,
} from "./pack.ts";

type Values = Readonly<Record<string, string>>;

/**
 * Makes a pack of its configuration. All patterns must match. A field of the configuration wins over
 * a group of its name; severity and state count when they are words that every pack knows, in any
 * case; a link when it is one. Severity, state, title and host default to what the generic pack
 * reads, the fingerprint to source, host and object, or without these to its too.
 */
export function configuredPack(config: PackConfig): Pack {
  const groups = config.match.flatMap(({ pattern }) => pattern.groups);
  const common: readonly string[] = COMMON_FIELDS;
  return {
    name: config.name,
    fields: [...new Set([...groups, ...config.fields.keys()])].filter((name) =>
      !common.includes(name)
    ),
    events: eventsOf(config.event),
    async read(mail: MailView): Promise<Reading | null> {
      const found = await matchAll(config.match, mail);
      if (found === null) return null;
      const fields = await complete(filled(config, found), mail, config.name);
      const event = eventIn(config.event, found);
      return event === undefined ? { fields } : { fields, event };
    },
  };
}

/** The named groups of all patterns; `null` when one does not match. The text is read last. */
async function matchAll(patterns: readonly PackPattern[], mail: MailView): Promise<Values | null> {
  const found: Record<string, string> = {};
  const inText = (pattern: PackPattern) => pattern.on === "text";
  const ordered = [...patterns.filter((one) => !inText(one)), ...patterns.filter(inText)];
  for (const { on, pattern } of ordered) {
    const place = on === "text" ? await mail.text() : headerPlace(on, mail);
    const groups = place === undefined ? null : pattern.search(place, mail.work);
    if (groups === null) return null;
    for (const [name, value] of Object.entries(groups)) {
      if (!Object.hasOwn(found, name)) found[name] = bounded(name, value);
    }
  }
  return found;
}

function headerPlace(on: string, mail: MailView): string | undefined {
  if (on === "subject") return mail.subject;
  if (on !== "from") return mail.header(on.replace(/^header\./, ""));
  const { name, address } = mail.from;
  if (name === "") return address;
  return address === "" ? name : `${name} <${address}>`;
}

/** The groups, with the configuration's fields in their place. */
function filled({ fields }: PackConfig, found: Values): Values {
  const values: Record<string, string> = { ...found };
  for (const [name, words] of fields) values[name] = bounded(name, words.fill(found));
  return values;
}

/** A value on one line; a link is left whole, and is one or is dropped later. */
function bounded(name: string, value: string): string {
  return name === "link" ? value : oneLine(value);
}

/** Adds what every pack gives, drops what is empty or is no such value. */
async function complete(values: Values, mail: MailView, name: string): Promise<Values> {
  const any = (await genericPack.read(mail))?.fields ?? {};
  const source = values.source || name;
  const all: Record<string, string | undefined> = {
    ...values,
    source,
    subject: mail.subject,
    host: values.host || any.host,
    severity: oneOf(SEVERITIES, values.severity) ?? any.severity,
    state: oneOf(STATES, values.state) ?? any.state,
    title: values.title || any.title,
    link: httpLink(values.link) ?? any.link,
    fingerprint: values.fingerprint || `${source}:${aboutOf(values, any)}`,
  };
  return Object.fromEntries(
    Object.entries(all).filter((entry): entry is [string, string] => Boolean(entry[1])),
  );
}

function oneOf(words: readonly string[], value = ""): string | undefined {
  return words.find((word) => word === value.toLowerCase());
}

/** A sender's domain alone would make all its mails one thing; its subject tells them apart. */
function aboutOf({ host, object }: Values, any: Values): string {
  if (!host && !object) return any.fingerprint?.replace(/^generic:/, "") ?? "";
  return [host || any.host, object].filter(Boolean).join(":");
}

function eventsOf(event: PackEvent | undefined): readonly string[] {
  if (event === undefined) return [];
  return event.kind === "word" ? [event.word] : [...new Set(event.words.values())];
}

function eventIn(event: PackEvent | undefined, found: Values): string | undefined {
  if (event === undefined || event.kind === "word") return event?.word;
  const said = found[event.group]?.toLowerCase();
  for (const [value, word] of event.words) {
    if (value.toLowerCase() === said) return word;
  }
  return undefined;
}
