/**
 * Regular expressions of operators: RE2's, which take linear time whatever is matched against them,
 * so that no mail can make one run for hours.
 *
 * @see https://github.com/google/re2/wiki/Syntax
 * @module
 */

/** A compiled pattern. */
export interface Pattern {
  /** As the configuration writes it. */
  readonly source: string;
  /** Names of its named groups, in order. */
  readonly groups: readonly string[];
  /**
   * Searches a text; `null` when it does not match anywhere.
   *
   * @returns The named groups that took part, by name.
   */
  search(text: string): Readonly<Record<string, string>> | null;
}
