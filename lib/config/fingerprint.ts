/**
 * Names a configuration by what it says about where mails go: queued mail that another one has
 * routed is routed again.
 *
 * @module
 */

import { createHash } from "node:crypto";
import type { Configuration } from "./types.ts";

/** A short name that changes when routing may; it tells nothing of what it is made from. */
export function fingerprint({ managers }: Pick<Configuration, "managers">): string {
  const said = JSON.stringify(
    managers.map(({ gocd, ...manager }) => ({ ...manager, gocd: gocd?.url })),
    (_key, value) => value instanceof RegExp ? `/${value.source}/${value.flags}` : value,
  );
  return createHash("sha256").update(said).digest("hex").slice(0, 16);
}
