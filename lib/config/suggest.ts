/**
 * "Did you mean", as conditions and templates ask it too.
 *
 * @module
 */

export { suggest } from "../language/suggest.ts";
