/**
 * Lookups, packs and tests, from the checked shape of the file to their form in `Configuration`.
 *
 * @module
 */

import type { Answered } from "../language/scope.ts";
import { readPackField } from "./pack_words.ts";
import type { LookupShape, MailShape, PackShape, TestShape } from "./shape_routing.ts";
import type {
  LookupConfig,
  PackConfig,
  PackEvent,
  PackPattern,
  RoutingTest,
  SampleMail,
} from "./types.ts";

/** What the file says about a lookup that its shape does not hold. */
export interface LookupContext {
  /** Finds the answer that stands in, where `on-missing` has one. */
  standIn(lookup: string): Answered;
  /** Finds what is to be hidden in its URL. */
  secretsOf(lookup: string): readonly string[];
}

/** Builds one lookup. */
export function buildLookup(
  name: string,
  lookup: LookupShape,
  { standIn, secretsOf }: LookupContext,
): LookupConfig {
  const kind = lookup["on-missing"];
  const secrets = secretsOf(name);
  return {
    name,
    url: lookup.url,
    ...secrets.length > 0 && { secrets },
    headers: lookup.headers,
    format: lookup.format,
    timeoutMs: lookup.timeout,
    maxOctets: lookup["max-size"],
    cacheMs: lookup.cache,
    staleWhileRevalidateMs: lookup["stale-while-revalidate"],
    staleIfErrorMs: lookup["stale-if-error"],
    allow: lookup.allow,
    onMissing: kind === "value" ? { kind, value: standIn(name) } : { kind },
  };
}

/** Builds one pack. */
export function buildPack(pack: PackShape): PackConfig {
  const match = buildMatch(pack.match);
  const groups = match.flatMap(({ pattern }) => pattern.groups);
  const event = pack.event === undefined ? undefined : buildEvent(pack.event);
  return {
    name: pack.name,
    match,
    fields: new Map(
      Object.entries(pack.fields).map(([name, text]) => {
        const words = readPackField(name, text, groups);
        if (words.kind === "problems") throw new TypeError(`Cannot build pack: ${name} unchecked`);
        return [name, words.value];
      }),
    ),
    ...event && { event },
    samples: pack.samples.map(({ expect, ...mail }) => ({
      mail: buildMail(mail),
      fields: expect.fields,
      ...expect.event !== undefined && { event: expect.event },
    })),
  };
}

/**
 * Builds one test.
 *
 * @param index Its position, which names it when it has no name.
 * @param answers What its lookups answer.
 */
export function buildTest(
  test: TestShape,
  index: number,
  answers: Readonly<Record<string, Answered>>,
): RoutingTest {
  const { at, before, groups, expect: { actions, rules, fields, event, ...outcome } } = test;
  const { "not-sent": notSent, "passed-through": passedThrough } = outcome;
  return {
    name: test.name ?? `test ${index + 1}`,
    mail: buildMail(test.mail),
    ...at !== undefined && { atMs: at },
    lookups: answers,
    groups,
    ...before !== undefined && { before },
    expect: {
      ...actions !== undefined && { actions },
      ...notSent !== undefined && { notSent },
      ...passedThrough !== undefined && { passedThrough },
      ...rules !== undefined && { rules },
      ...fields !== undefined && { fields },
      ...event !== undefined && { event },
    },
  };
}

function buildMatch(match: PackShape["match"]): readonly PackPattern[] {
  const { subject, from, text, headers } = match;
  // In this order, which is from cheap to dear.
  return [
    ...subject ? [{ on: "subject", pattern: subject }] : [],
    ...from ? [{ on: "from", pattern: from }] : [],
    ...Object.entries(headers).map(([name, pattern]) => ({
      on: `header.${name.toLowerCase()}`,
      pattern,
    })),
    ...text ? [{ on: "text", pattern: text }] : [],
  ];
}

function buildEvent(event: NonNullable<PackShape["event"]>): PackEvent {
  if (typeof event === "string") return { kind: "word", word: event };
  return { kind: "by-group", group: event.group, words: new Map(Object.entries(event.words)) };
}

function buildMail({ file, from, to, subject, headers, text }: MailShape): SampleMail {
  if (file !== undefined) {
    return { kind: "file", path: file, ...from !== undefined && { from }, to };
  }
  return {
    kind: "parts",
    from: from ?? "",
    to,
    ...subject !== undefined && { subject },
    headers,
    text,
  };
}
