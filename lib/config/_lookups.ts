/**
 * The schema of lookups.
 *
 * @module
 */

import { z } from "zod";
import type { Names } from "../language/scope.ts";
import { readNetwork } from "./endpoint.ts";
import { choice, either, leaf, list, mapping, named } from "./_fields.ts";
import { readHeaderValue, readLookupUrl } from "./lookup_url.ts";
import { problem, type Reading, VALUE, value } from "./reading.ts";
import type { SecretReader } from "./readers.ts";
import { duration, size } from "./_settings.ts";
import type { LookupShape } from "./shape_routing.ts";

/** REST queries by name. */
export function lookups(
  names: Names,
  readSecret: SecretReader,
): z.ZodType<Readonly<Record<string, LookupShape>>> {
  return z.preprocess(
    (input) => input ?? {},
    named("a mapping of lookups: each its name, and below it its url", lookup(names, readSecret)),
  ).prefault({});
}

function lookup(names: Names, readSecret: SecretReader): z.ZodType<LookupShape> {
  return mapping("a lookup: a mapping with the key url", {
    url: leaf("the URL to ask", (text) => readLookupUrl(text, names), {
      examples: ["https://catalog.example.com/api/services/{{fields.host}}"],
    }),
    headers: headers(names, readSecret),
    format: choice(["auto", "json", "xml"]).default("auto"),
    timeout: duration({ min: "100ms", max: "30s" }).default(2_000),
    "max-size": size({ min: "1kB", max: "100MB" }).default(1_000_000),
    cache: duration({ min: "0s", max: "30d" }).default(300_000),
    "stale-while-revalidate": duration({ min: "0s", max: "30d" }).default(0),
    "stale-if-error": duration({ min: "0s", max: "365d" }).default(86_400_000),
    allow: list("networks", leaf("a network", readNetwork)).default([]),
    "on-missing": onMissing(),
  });
}

/** Any mapping or list stands in for an answer; `build_lookups.ts` takes it from the tree. */
function onMissing(): z.ZodType<LookupShape["on-missing"]> {
  const what = "undecided, fails or holds, or the answer that stands in: a mapping or a list";
  const answer = z.union([z.array(z.unknown()), z.record(z.string(), z.unknown())], {
    error: `${VALUE}: expected ${what}`,
  }).transform(() => "value" as const);
  return either<LookupShape["on-missing"]>(choice(["undecided", "fails", "holds"]), answer)
    .default("undecided");
}

/** Header fields; the value of `authorization-file` is the name of a file with its value. */
function headers(names: Names, readSecret: SecretReader): z.ZodType<LookupShape["headers"]> {
  const what = 'a mapping of header fields, such as {authorization: "Bearer $TOKEN"}';
  const item = leaf("the value of a header field", value);
  return named(what, item).transform((fields, context): LookupShape["headers"] =>
    Object.entries(fields).flatMap(([key, text]) => {
      const name = key.replace(/-file$/i, "");
      const read = key === name
        ? readHeaderValue(text, names)
        : fromFile(readSecret(text), (secret) => readHeaderValue(secret, names));
      if (read.kind === "value") return [{ name: name.toLowerCase(), value: read.value }];
      context.issues.push({ code: "custom", path: [key], message: read.text, input: text });
      return [];
    })
  ).default([]);
}

function fromFile<T>(secret: Reading<string>, read: (text: string) => Reading<T>): Reading<T> {
  if (secret.kind === "problem") return secret;
  if (read(secret.value).kind === "value" && !secret.value.includes("{{")) {
    return read(secret.value);
  }
  return problem(`${VALUE}: the file holds no value: expected letters of ASCII, on one line`);
}
