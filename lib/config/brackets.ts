/**
 * Flow collections (`[…]`, `{…}`) that a piece of YAML leaves open.
 *
 * @module
 */

/** A quoted text, a comment, or a bracket. */
const TOKEN = /(?<=^|[\s[{,:])(?:"(?:\\.|[^"\\])*"|'(?:''|[^'])*')|(?<=^|\s)#[^\n]*|[[\]{}]/gs;

/**
 * Says which brackets would close a text's flow collections. A guess: a bracket inside an unquoted
 * text looks the same, so whoever adds them must see whether the result parses.
 *
 * @param text The beginning of a document.
 * @returns Closing brackets, the innermost first; the empty string if none are open.
 */
export function missingBrackets(text: string): string {
  const open: string[] = [];
  for (const [token] of text.matchAll(TOKEN)) {
    if (token === "[") open.push("]");
    else if (token === "{") open.push("}");
    else if (token === open.at(-1)) open.pop();
  }
  return open.toReversed().join("");
}
