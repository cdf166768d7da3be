/**
 * Numbers in words, for traces and the log.
 *
 * @module
 */

/** `3 keys`, `1 key`. */
export function counted(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? "" : "s"}`;
}

/** A time in words: `40 s`, `3 min`, `50 h`, `5 d`. */
export function span(ms: number): string {
  const seconds = Math.ceil(ms / 1_000);
  if (seconds < 120) return `${seconds} s`;
  const minutes = Math.ceil(seconds / 60);
  if (minutes < 180) return `${minutes} min`;
  const hours = Math.round(minutes / 60);
  return hours < 72 ? `${hours} h` : `${Math.round(hours / 24)} d`;
}

/**
 * A URL that may be shown: without credentials, query and fragment, where secrets are.
 *
 * @param text A URL, or the template of one.
 */
export function shownUrl(text: string): string {
  return text.replace(/[?#].*$/s, "").replace(/^([a-z][a-z\d+.-]*:\/\/)[^/]*@/i, "$1");
}
