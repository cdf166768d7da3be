/**
 * The schema of the whole file: which keys there are, what each may hold, what it means when absent.
 * The settings that are all optional are in `_settings.ts`, both sides of SMTP in `_smtp.ts`, routing
 * in `_routing.ts`, `_actions.ts`, `_lookups.ts` and `_packs.ts`.
 *
 * @module
 */

import type { z } from "zod";
import { notices } from "./_actions.ts";
import { readHostname } from "./endpoint.ts";
import { choice, leaf, mapping } from "./_fields.ts";
import { LATER } from "./later.ts";
import { lookups } from "./_lookups.ts";
import { packs, tests } from "./_packs.ts";
import type { FileReaders } from "./readers.ts";
import { managers, readToken, readTokenFile } from "./_routing.ts";
import { duplicates, duration, history, limits, queue, store } from "./_settings.ts";
import type { FileShape } from "./shape.ts";
import { listeners, smarthosts } from "./_smtp.ts";
import type { Vocabulary } from "./vocabulary.ts";
import { isMapping, type YamlValue } from "./yaml.ts";

/** What the schema depends on besides the tree. */
export interface SchemaContext {
  /** For the files that the configuration names. */
  readonly readers: FileReaders;
  /** Words that the configuration makes up itself. */
  readonly vocabulary: Vocabulary;
}

/** The schema of the file; of a tree, which decides the paths of some problems. */
export function fileSchema(
  tree: YamlValue,
  { readers, vocabulary }: SchemaContext,
): z.ZodType<FileShape> {
  const { readSecret, findSample } = readers;
  return mapping("a mapping with the keys local-smtp, remote-smtp and managers", {
    hostname: leaf("a domain name", readHostname).optional(),
    "local-smtp": listeners(readers),
    "remote-smtp": smarthosts(isMapping(tree) ? tree["remote-smtp"] : undefined, readers),
    "slack-token": leaf("a token", readToken).optional(),
    "slack-token-file": leaf("the name of a file", readTokenFile(readSecret)).optional(),
    ack: choice(["relayed", "queued"]).default("relayed"),
    "ack-budget": duration({ min: "1s", max: "5m" }).default(10_000),
    store: store(),
    queue: queue(),
    duplicates: duplicates(),
    history: history(),
    "on-failure": notices().default([]),
    limits: limits(),
    reload: choice(["on-change", "on-signal"]).default("on-change"),
    lookups: lookups(vocabulary.names, readSecret),
    packs: packs(findSample),
    managers: managers(vocabulary, readSecret),
    tests: tests(findSample),
  }, LATER.file);
}
