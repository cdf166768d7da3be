/**
 * The schema of the file as a JSON Schema, for editors. They read YAML with numbers and booleans
 * where this program reads texts (`yaml.ts`), and know nothing of variables: so it takes more than
 * the program does, and what keys mean together is left to `mail2alert check`.
 *
 * @module
 */

import { z } from "zod";
import { DESCRIPTIONS } from "./descriptions.ts";
import { alternatives, openMappings } from "./_fields.ts";
import { problem, type Reading } from "./reading.ts";
import { fileSchema } from "./_file.ts";
import { vocabularyOf } from "./vocabulary.ts";

/** A part of a JSON Schema. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** Makes the JSON Schema of configuration files (draft 2020-12). */
export function jsonSchema(): JsonSchema {
  const unread = (): Reading<never> => problem("");
  const readers = { readSecret: unread, readPem: unread, findSample: unread };
  const schema = fileSchema({}, { readers, vocabulary: vocabularyOf(null) });
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: "Configuration of mail2alert",
    ...described(convert(schema), ""),
  };
}

function convert(schema: z.ZodType): JsonSchema {
  const { $schema: _, "~standard": __, ...json }: Record<string, unknown> = z.toJSONSchema(schema, {
    io: "input",
    unrepresentable: "any",
    override: ({ zodSchema, jsonSchema }) => {
      const json: Record<string, unknown> = jsonSchema;
      const form = formOf(zodSchema, json);
      for (const key of Object.keys(json)) delete json[key];
      Object.assign(json, form);
    },
  });
  return json;
}

/** What one schema takes, in the words of JSON Schema. */
function formOf(schema: z.core.$ZodType, json: JsonSchema): JsonSchema {
  // A default is in milliseconds and octets here; the descriptions say it as people write it.
  const { default: _, propertyNames: __, open, enum: words, type, ...rest } = json;
  const several = alternatives.get(schema);
  if (several !== undefined) return { anyOf: several.map(convert) };
  switch (schema._zod.def.type) {
    case "string":
      if (Array.isArray(words)) {
        return { ...rest, anyOf: [{ enum: words.flatMap(asWritten) }, otherText(open === true)] };
      }
      return typeof rest.pattern === "string"
        ? { ...rest, type: "string", pattern: `${rest.pattern}|\\$` }
        : { ...rest, type: ["string", "number", "boolean"] };
    case "object":
      return {
        ...rest,
        type: ["object", "null"],
        ...!openMappings.has(schema) && { additionalProperties: false },
      };
    case "array":
      return { ...rest, type: ["array", "null"] };
    default:
      return { ...rest, ...type !== undefined && { type } };
  }
}

/** An editor takes `true` for no text. */
function asWritten(word: unknown): readonly unknown[] {
  return word === "true" ? [true, word] : word === "false" ? [false, word] : [word];
}

/** A variable may stand for a word; some words the file makes up itself. */
function otherText(open: boolean): JsonSchema {
  return open ? { type: "string" } : { type: "string", pattern: "\\$" };
}

/** Puts its description to each key; the path is that of the keys, without positions and names. */
function described(node: unknown, path: string): JsonSchema {
  if (!isSchema(node)) return {};
  const { properties, items, additionalProperties, anyOf, ...rest } = node;
  return {
    ...rest,
    ...isSchema(properties) && {
      properties: Object.fromEntries(
        Object.entries(properties).map(([key, schema]) => {
          const inside = path === "" ? key : `${path}.${key}`;
          const description = DESCRIPTIONS[inside];
          return [key, {
            ...description !== undefined && { description },
            ...described(schema, inside),
          }];
        }),
      ),
    },
    ...isSchema(items) && { items: described(items, path) },
    ...additionalProperties !== undefined && {
      additionalProperties: isSchema(additionalProperties)
        ? described(additionalProperties, path)
        : additionalProperties,
    },
    ...Array.isArray(anyOf) && { anyOf: anyOf.map((schema) => described(schema, path)) },
  };
}

function isSchema(node: unknown): node is JsonSchema {
  return typeof node === "object" && node !== null && !Array.isArray(node);
}
