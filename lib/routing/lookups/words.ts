/**
 * Numbers in words, for traces and the log.
 *
 * @module
 */

/** `3 keys`, `1 key`. */
export function counted(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? "" : "s"}`;
}

/** A time in words: `40 s`, `3 min`. */
export function span(ms: number): string {
  const seconds = Math.ceil(ms / 1_000);
  return seconds < 120 ? `${seconds} s` : `${Math.ceil(seconds / 60)} min`;
}

/**
 * A URL that may be shown: without credentials, query and fragment, where secrets are.
 *
 * @param text A URL, or the template of one.
 */
export function shownUrl(text: string): string {
  return text.replace(/[?#].*$/s, "").replace(/^([a-z][a-z\d+.-]*:\/\/)[^/]*@/i, "$1");
}
