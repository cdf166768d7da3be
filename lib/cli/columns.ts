/**
 * Texts cut and filled to columns of a terminal, where some characters take two and some none.
 *
 * @module
 */

/** Characters that take no column of a terminal, and those that take two. */
const MARK = /^\p{M}$/u;
const WIDE =
  /^[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]$/u;

/** A text cut to at most so many columns of a terminal, `…` at its end where something is missing. */
export function cut(text: string, columns: number): string {
  if (isNarrow(text) && text.length <= columns) return text;
  let width = 0;
  let kept = "";
  // The cut must leave a column for the ellipsis, unless nothing needs to be cut.
  for (const character of text) {
    width += widthOf(character);
    if (width > columns) return `${kept}…`;
    if (width < columns) kept += character;
  }
  return text;
}

/** A text cut or filled with blanks to so many columns of a terminal. */
export function fit(text: string, columns: number): string {
  const shown = cut(text, columns);
  return shown + " ".repeat(Math.max(0, columns - columnsOf(shown)));
}

/** How many columns of a terminal a text takes. */
export function columnsOf(text: string): number {
  return isNarrow(text) ? text.length : [...text].reduce((n, c) => n + widthOf(c), 0);
}

/** Nearly every text is: each character one column. */
function isNarrow(text: string): boolean {
  return /^[\x20-\x7e…→]*$/.test(text);
}

function widthOf(character: string): number {
  if (MARK.test(character)) return 0;
  return WIDE.test(character) ? 2 : 1;
}
