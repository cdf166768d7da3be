/**
 * HTML as text. This file and no other knows the HTML library, which is loaded with the first mail
 * that needs it.
 *
 * @module
 */

/** Characters of HTML that are looked at, after what shows nothing is taken out. */
const MAX_CHARACTERS = 131_072;
/** Tags that are looked at: time grows with them, and more so where they are nested. */
const MAX_TAGS = 4_000;

/** Elements in one another that are looked into; what is laid out in tables goes some 20 deep. */
const MAX_DEPTH = 24;

/** Our side of the library, which has no types. */
type Convert = (html: string, options: unknown) => string;

const OPTIONS = {
  wordwrap: false,
  limits: { maxDepth: MAX_DEPTH, maxChildNodes: 4_000, ellipsis: "" },
  selectors: [
    { selector: "a", options: { hideLinkHrefIfSameAsText: true, linkBrackets: ["<", ">"] } },
    { selector: "img", format: "skip" },
    ...["h1", "h2", "h3", "h4", "h5", "h6"].map((selector) => ({
      selector,
      options: { uppercase: false },
    })),
    // A quote's marks and a list's indents are put before each line at every level: a deep one would
    // be many times as long as its HTML.
    { selector: "blockquote", format: "block" },
    { selector: "li > ul > li > ul", format: "block" },
    { selector: "li > ol > li > ol", format: "block" },
    // The cells of a row on one line: most tables are a name and a value.
    { selector: "tr", format: "block" },
    { selector: "td", format: "inlineSurround", options: { suffix: " " } },
    { selector: "th", format: "inlineSurround", options: { suffix: " " } },
  ],
};

/** Turns HTML into text. Never rejects: what cannot be read loses its tags and nothing else. */
export async function htmlToText(html: string): Promise<string> {
  const bounded = bound(html);
  try {
    const library = await import("html-to-text");
    const convert: Convert = library.convert;
    return convert(bounded, OPTIONS);
  } catch {
    return bounded.replace(/<[^<>]{0,1000}>/g, " ");
  }
}

/** Leaves out styles, scripts and comments, and what is over the limits. */
function bound(html: string): string {
  const shown = html.replace(/<(style|script)\b[^]*?(?:<\/\1\s*>|$)|<!--[^]*?(?:-->|$)/gi, "")
    .slice(0, MAX_CHARACTERS);
  let at = -1;
  for (let tags = 0; tags <= MAX_TAGS; tags++) {
    at = shown.indexOf("<", at + 1);
    if (at < 0) return shown;
  }
  return shown.slice(0, at);
}
