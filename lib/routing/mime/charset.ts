/**
 * Octets to text, in whatever charset a machine says or does not say they are in.
 *
 * A label that is missing, unknown or proved wrong gives way to a guess that hardly ever fails: what
 * is valid UTF-8 is UTF-8, the rest is windows-1252. Never throws.
 *
 * @module
 */

/** Most characters that come out. */
export const MAX_TEXT_CHARACTERS = 65_536;
/** Octets that are sure to hold as many. */
const MAX_TEXT_OCTETS = 4 * MAX_TEXT_CHARACTERS;

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
}

/** Decodes octets; at most {@link MAX_TEXT_CHARACTERS} characters. */
export function decodeText(octets: Uint8Array, { charset = "", sevenBit }: CharsetOptions): string {
  const label = charset.trim().toLowerCase();
  const kept = octets.subarray(0, MAX_TEXT_OCTETS);
  // A character that the cut goes through is no proof against UTF-8.
  const cut = kept.length < octets.length;
  if (ASCII.has(label) || isUtf8(label)) return utf8OrWestern(kept, cut);
  const decoder = decoderOf(label);
  if (decoder === undefined) return utf8OrWestern(kept, cut);
  const text = sevenBit && hasEightBit(kept) ? validUtf8(kept, cut) : undefined;
  return (text ?? decoder.decode(kept)).slice(0, MAX_TEXT_CHARACTERS);
}

function utf8OrWestern(octets: Uint8Array, cut: boolean): string {
  const text = validUtf8(octets, cut) ?? new TextDecoder("windows-1252").decode(octets);
  return text.slice(0, MAX_TEXT_CHARACTERS);
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
