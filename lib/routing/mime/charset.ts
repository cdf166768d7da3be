/**
 * Octets to text, in whatever charset a machine says or does not say they are in.
 *
 * A label that is missing, unknown or proved wrong gives way to a guess that hardly ever fails: what
 * is valid UTF-8 is UTF-8, the rest is windows-1252. Never throws.
 *
 * @module
 */

/** Most characters of a text. */
export const MAX_TEXT_CHARACTERS = 65_536;
/** Octets that one character may take in the widest of charsets. */
const MAX_OCTETS_EACH = 4;

/** Labels that say nothing about octets above 127. */
const ASCII = new Set([
  "",
  "us-ascii",
  "ascii",
  "ansi_x3.4-1968",
  "646",
  "default",
  "unknown-8bit",
]);

/** What is known of octets. */
export interface CharsetOptions {
  /** The label that the sender gave. */
  readonly charset?: string | undefined;
  /** Whether they were declared to be 7-bit: with others among them, the label may be as wrong. */
  readonly sevenBit?: boolean;
  /** Most characters that come out; {@link MAX_TEXT_CHARACTERS} when it does not say. */
  readonly maxCharacters?: number;
}

/** Decodes octets, or as many of them as make so many characters. */
export function decodeText(octets: Uint8Array, options: CharsetOptions): string {
  const { maxCharacters = MAX_TEXT_CHARACTERS } = options;
  const kept = octets.subarray(0, MAX_OCTETS_EACH * maxCharacters);
  // A character that the cut goes through is no proof against UTF-8.
  return decode(kept, options, kept.length < octets.length).slice(0, maxCharacters);
}

function decode(
  octets: Uint8Array,
  { charset = "", sevenBit }: CharsetOptions,
  cut: boolean,
): string {
  const label = charset.trim().toLowerCase();
  if (ASCII.has(label) || isUtf8(label)) return utf8OrWestern(octets, cut);
  const decoder = decoderOf(label);
  if (decoder === undefined) return utf8OrWestern(octets, cut);
  const text = sevenBit && hasEightBit(octets) ? validUtf8(octets, cut) : undefined;
  return text ?? decoder.decode(octets);
}

function utf8OrWestern(octets: Uint8Array, cut: boolean): string {
  return validUtf8(octets, cut) ?? new TextDecoder("windows-1252").decode(octets);
}

function validUtf8(octets: Uint8Array, cut: boolean): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(octets, { stream: cut });
  } catch {
    return undefined;
  }
}

function isUtf8(label: string): boolean {
  return /^(?:x-)?(?:unicode-1-1-)?utf-?_?8\b/.test(label);
}

function decoderOf(label: string): TextDecoder | undefined {
  try {
    return new TextDecoder(
      /^(?:cp|windows|ms)-?(?:125\d)$/.test(label) ? `windows-${label.slice(-4)}` : label,
    );
  } catch {
    return undefined;
  }
}

function hasEightBit(octets: Uint8Array): boolean {
  return octets.some((octet) => octet > 127);
}
