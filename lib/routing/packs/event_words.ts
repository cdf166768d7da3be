/**
 * Words of senders as words of rules.
 *
 * @module
 */

/** A word in camel case as an event: `DegradedArray` is `DEGRADED_ARRAY`. */
export function eventOf(word: string): string {
  return word.replace(/([a-z0-9])([A-Z])/g, "$1_$2").toUpperCase();
}
