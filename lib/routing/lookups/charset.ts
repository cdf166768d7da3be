/**
 * Octets of an answer as text.
 *
 * @module
 */

import { latin1 } from "../../mail/latin1.ts";

/** How much of a document is looked at for its XML declaration, in octets. */
const DECLARATION_OCTETS = 200;

/**
 * Decodes an answer by the `charset` of its media type, else by its XML declaration, else as UTF-8;
 * a byte order mark is left out, and what is no text in the encoding becomes U+FFFD. Never throws.
 *
 * @param octets The answer.
 * @param mediaType Its `Content-Type`; empty without one.
 */
export function decode(octets: Uint8Array, mediaType: string): string {
  const [, said] = /;\s*charset="?([\w.:-]{1,40})/i.exec(mediaType) ?? [];
  return decoderOf(said ?? declaredIn(octets)).decode(octets);
}

/** `<?xml version="1.0" encoding="ISO-8859-1"?>`. */
function declaredIn(octets: Uint8Array): string | undefined {
  const start = latin1(octets.subarray(0, DECLARATION_OCTETS));
  return /^<\?xml\s[^>]*?encoding\s*=\s*["']([\w.:-]{1,40})["']/.exec(start)?.[1];
}

function decoderOf(label = "utf-8"): TextDecoder {
  try {
    return new TextDecoder(label);
  } catch {
    return new TextDecoder(); // A name that nobody knows.
  }
}
