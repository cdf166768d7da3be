/** Following a dialogue by its octets. @module */

import { Dialogue } from "../../lib/cli/doctor/dialogue.ts";
import { octets } from "./octets.ts";

/** What goes to and fro: `>` octets of the device, `<` octets to it, `=` TLS begins. */
export type Exchange = readonly string[];

const MAX_OCTETS = 100_000;

/** Follows an exchange, cut into pieces of so many octets; what was told of it. */
export function follow(exchange: Exchange, pieceOctets = Infinity): string[] {
  const told: string[] = [];
  const dialogue = new Dialogue({
    said: (text) => told.push(`-> ${text}`),
    told: (text) => told.push(`<- ${text}`),
    message: ({ octets, bareNewlines, oddities }, ended) =>
      told.push(`message ${[octets, bareNewlines, ended, ...oddities].join(", ")}`),
    login: (mechanism) => told.push(`login ${mechanism}`),
  }, MAX_OCTETS);
  for (const part of exchange) {
    if (part === "=") {
      dialogue.restart();
      continue;
    }
    const all = octets(part.slice(1));
    for (let at = 0; at < all.length; at += pieceOctets) {
      const piece = all.subarray(at, at + pieceOctets);
      if (part.startsWith(">")) dialogue.heard(piece);
      else dialogue.answered(piece);
    }
  }
  dialogue.end();
  return told;
}
