/**
 * The program's version, in one place.
 *
 * @module
 */

/** Semantic version of this program. */
export const VERSION = "0.1.0";
