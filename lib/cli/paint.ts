/**
 * Colours, and text that cannot colour itself: what a mail says is shown, never obeyed.
 *
 * @module
 */

/** A colour or a weight that terminals know. */
export type Colour = "bold" | "dim" | "red" | "green" | "yellow" | "cyan";

const CODES: Readonly<Record<Colour, number>> = {
  bold: 1,
  dim: 2,
  red: 31,
  green: 32,
  yellow: 33,
  cyan: 36,
};

/** Colours a text, or leaves it as it is. */
export type Paint = (text: string, colour: Colour) => string;

/** Makes a brush; a dry one when nobody wants colours. */
export function paint(colour: boolean): Paint {
  return (text, name) => colour ? `\x1b[${CODES[name]}m${text}\x1b[0m` : text;
}

/** Text from outside, fit for a terminal: control and invisible formatting characters are escaped. */
export function printable(text: string): string {
  return text.replace(
    /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu,
    (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`,
  );
}
