/**
 * Names a configuration by what it says about where mails go: queued mail that another one has
 * routed is routed again.
 *
 * @module
 */

import { createHash } from "node:crypto";
import type { Configuration, LookupConfig, ManagerConfig, PackConfig } from "./types.ts";

/** The parts of a configuration on which routing depends. */
export type RoutingParts = Pick<Configuration, "managers" | "lookups" | "packs">;

/**
 * A short name that changes when routing may. It tells nothing of what it is made from, and is not
 * made from anything secret: who knows the rest could try out what is missing.
 */
export function fingerprint({ managers, lookups, packs }: RoutingParts): string {
  const said = JSON.stringify(
    [managers.map(ofManager), lookups.map(ofLookup), packs.map(ofPack)],
    asText,
  );
  return createHash("sha256").update(said).digest("hex").slice(0, 16);
}

function ofManager({ gocd, ...manager }: ManagerConfig): unknown {
  return { ...manager, gocd: gocd?.url };
}

/** How long answers are kept changes when a server is asked, not what it answers. */
function ofLookup(lookup: LookupConfig) {
  const { name, format, maxOctets, allow, onMissing, secrets = [] } = lookup;
  const fields = lookup.headers.map((header) => header.name);
  const url = secrets.reduce((text, secret) => text.replaceAll(secret, "…"), lookup.url.text);
  return { name, url, fields, format, maxOctets, allow, onMissing };
}

function ofPack({ samples: _, ...pack }: PackConfig): unknown {
  return pack;
}

/** What was compiled is named by the text that it was made from. */
function asText(_key: string, value: unknown): unknown {
  if (value instanceof Map) return [...value];
  if (typeof value !== "object" || value === null) return value;
  const { text, source } = value as { readonly text?: unknown; readonly source?: unknown };
  if ("render" in value || "test" in value || "fill" in value) {
    if (typeof text === "string") return text;
  }
  return "search" in value ? source : value;
}
