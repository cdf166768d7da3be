/**
 * The fields of a header section, of the mail or of one of its parts: found in one pass, decoded
 * when asked for.
 *
 * INVARIANTS
 *
 * 1. Of any header that the relay takes, the first field of a name that decides how a mail is read
 *    is found, whatever stands before it: who could hide the subject could keep an alert from being
 *    routed. Of all others the first 1,000 are known.
 * 2. Every value is one line of at most 8,192 characters, without control characters.
 *
 * @module
 */

import { CRON_ENV, redactCronEnv } from "../../mail/cron_env.ts";
import { trimBlanks } from "../../mail/header.ts";
import { latin1 } from "../../mail/latin1.ts";
import { decodeField } from "../../mail/subject.ts";

/** Octets of a header section that are looked at: what the relay takes of one. */
const MAX_OCTETS = 1_048_576;
/** Fields that are known of one header section. */
const MAX_FIELDS = 1_000;
/** The first field of such a name is known however many others come before. */
const DECISIVE: ReadonlySet<string> = new Set([
  "content-disposition",
  "content-transfer-encoding",
  "content-type",
  "from",
  "subject",
]);
/** Longest name that a field is known by; longer ones are nobody's. */
const MAX_NAME_OCTETS = 128;
/** Octets of a value that are looked at: they may decode to 8,192 characters. */
const MAX_VALUE_OCTETS = 65_536;

const LF = 0x0a;
const SPACE = 0x20;
const TAB = 0x09;
const COLON = 0x3a;

/** Where the value of a field stands, colon excluded. */
interface Place {
  readonly start: number;
  readonly end: number;
}

/** The fields of one header section, by name. */
export class Header {
  readonly #octets: Uint8Array;
  #places: ReadonlyMap<string, readonly Place[]> | undefined;

  /** Takes the fields in hand; nothing is read before it is asked for. */
  constructor(fields: Uint8Array) {
    this.#octets = fields.subarray(0, MAX_OCTETS);
  }

  /** The first field of that name (any case), decoded, on one line. */
  get(name: string): string | undefined {
    const raw = this.raw(name);
    return raw === undefined ? undefined : shown(name.toLowerCase(), decodeField(raw));
  }

  /** The same, unfolded but not decoded: one character an octet. */
  raw(name: string): string | undefined {
    const place = this.#find().get(name.toLowerCase())?.[0];
    return place && this.#value(place);
  }

  /** Every field by its name in lower case, decoded. */
  all(): ReadonlyMap<string, readonly string[]> {
    const entries = [...this.#find()].map(([name, places]) =>
      [name, places.map((place) => shown(name, decodeField(this.#value(place))))] as const
    );
    return new Map(entries);
  }

  /** Unfolded, without blanks around it. */
  #value({ start, end }: Place): string {
    const octets = this.#octets.subarray(start, Math.min(end, start + MAX_VALUE_OCTETS));
    return trimBlanks(latin1(octets).replace(/\r?\n(?=[ \t])/g, ""));
  }

  #find(): ReadonlyMap<string, readonly Place[]> {
    return this.#places ??= findFields(this.#octets);
  }
}

/** A value without what rules must not see: where one looks, traces, logs and URLs would have it. */
function shown(name: string, value: string): string {
  return name === CRON_ENV ? redactCronEnv(value) : value;
}

function findFields(octets: Uint8Array): ReadonlyMap<string, readonly Place[]> {
  const places = new Map<string, Place[]>();
  let at = 0;
  for (let count = 0; at < octets.length; count++) {
    const end = fieldEnd(octets, at);
    const colon = octets.subarray(at, Math.min(end, at + MAX_NAME_OCTETS)).indexOf(COLON);
    if (colon > 0) {
      const name = latin1(octets.subarray(at, at + colon)).trimEnd().toLowerCase();
      const place = { start: at + colon + 1, end };
      const same = places.get(name);
      if (same === undefined) {
        if (count < MAX_FIELDS || DECISIVE.has(name)) places.set(name, [place]);
      } else if (count < MAX_FIELDS) same.push(place);
    }
    at = end;
  }
  return places;
}

/** Where the field that starts at `at` ends, its continuation lines included. */
function fieldEnd(octets: Uint8Array, at: number): number {
  for (let from = at;;) {
    const newline = octets.indexOf(LF, from);
    if (newline < 0) return octets.length;
    const next = octets[newline + 1];
    if (next !== SPACE && next !== TAB) return newline + 1;
    from = newline + 1;
  }
}
