/**
 * The kinds of value that the schema is made of, with messages for people. Values arrive as text,
 * list, mapping or nothing (`yaml.ts`), so these are all the type errors that there can be.
 *
 * @module
 */

import { z } from "zod";
import { showKey } from "./problems.ts";
import { type Reading, VALUE } from "./reading.ts";
import { suggest } from "./suggest.ts";

// A schema is made for one file and used once: compiling it would cost more than it saves.
z.config({ jitless: true });

/** What editors are told of a value beyond its key: words to choose from, examples. */
export interface JsonForm {
  /** Words to choose from. */
  readonly enum?: readonly string[];
  /** Whether there may be other words. */
  readonly open?: boolean;
  /** What every such text matches, unless there is a variable in it (a regular expression). */
  readonly pattern?: string;
  /** What it may look like. */
  readonly examples?: readonly string[];
}

/** Schemas of which the operator may write the one or the other; for `json_schema.ts`. */
export const alternatives = new WeakMap<object, readonly z.ZodType[]>();

/** Mappings that may have other keys than those that are known; for `json_schema.ts`. */
export const openMappings = new WeakSet<object>();

/**
 * A text that a reader turns into a value.
 *
 * @param form For editors: `examples` and what else a JSON Schema may say.
 */
export function leaf<T>(
  what: string,
  read: (text: string) => Reading<T>,
  form: JsonForm = {},
): z.ZodType<T> {
  const schema = z.string({ error: ({ input }) => wrongKind(input, what) });
  // `meta()` would make the schema twice.
  z.globalRegistry.add(schema, { ...form });
  return schema.transform((text, context): T => {
    const reading = read(text);
    if (reading.kind === "value") return reading.value;
    context.issues.push({ code: "custom", message: reading.text, input: text });
    return z.NEVER;
  });
}

/** A text that is not empty. */
export function text(what: string): z.ZodType<string> {
  return leaf(
    what,
    (text): Reading<string> =>
      text === ""
        ? { kind: "problem", text: `${VALUE}: empty: expected ${what}` }
        : { kind: "value", value: text },
  );
}

/**
 * One word of several.
 *
 * @param form For editors; `open` where the file itself makes up words.
 */
export function choice<T extends string>(words: readonly T[], form: JsonForm = {}): z.ZodType<T> {
  return leaf(words.join(" or "), (text): Reading<T> => {
    const found = words.find((word) => word === text);
    if (found !== undefined) return { kind: "value", value: found };
    return { kind: "problem", text: `unknown value ${VALUE}${suggest(text, words)}` };
  }, { enum: words, ...form });
}

/** `true` or `false`. */
export function flag(): z.ZodType<boolean> {
  return choice(["true", "false"]).transform((word) => word === "true");
}

/** A text, or else a mapping or list, each of which comes to the same. */
export function either<T>(text: z.ZodType<T>, other: z.ZodType<T>): z.ZodType<T> {
  const schema = z.unknown().transform((input, context): T => {
    const result = (typeof input === "string" ? text : other).safeParse(input);
    if (result.success) return result.data;
    for (const { path, message } of result.error.issues) {
      context.issues.push({ code: "custom", path, message, input });
    }
    return z.NEVER;
  });
  return takes(schema, [text, other]);
}

/** Tells editors that a schema takes any of some others. */
export function takes<T>(schema: z.ZodType<T>, of: readonly z.ZodType[]): z.ZodType<T> {
  alternatives.set(schema, of);
  return schema;
}

/**
 * Something that may be written as a text alone, which then stands for a mapping or a list.
 *
 * @param long What the text stands for.
 * @param alone For editors: what the text may be.
 */
export function short<T>(
  long: (text: string) => unknown,
  schema: z.ZodType<T>,
  alone: z.ZodType = z.string(),
): z.ZodType<T> {
  const both = z.preprocess((input) => typeof input === "string" ? long(input) : input, schema);
  return takes(both, [alone, schema]);
}

/** A mapping whose keys the operator chooses. */
export function named<T>(what: string, item: z.ZodType<T>): z.ZodType<Record<string, T>> {
  return z.record(z.string(), item, { error: ({ input }) => wrongKind(input, what) });
}

/**
 * The same where some keys are known: editors offer them.
 *
 * @param known The keys that are.
 */
export function namedWith<T>(
  what: string,
  known: Readonly<Record<string, z.ZodType<T | undefined>>>,
  item: z.ZodType<T>,
): z.ZodType<Record<string, T>> {
  const schema = z.object(known, { error: ({ input }) => wrongKind(input, what) }).catchall(item);
  openMappings.add(schema);
  return schema as unknown as z.ZodType<Record<string, T>>;
}

/**
 * A list.
 *
 * @param what What it holds, in the plural.
 * @param advise What to write where a text stands instead; may hold `VALUE` and `PLAIN_VALUE`.
 */
export function list<T extends z.ZodType>(
  what: string,
  item: T,
  advise: (text: string) => string = () => `[${VALUE}]`,
): z.ZodArray<T> {
  return z.array(item, {
    error: ({ input }) =>
      typeof input === "string"
        ? `${VALUE}: expected a list of ${what}: write ${advise(input)}`
        : wrongKind(input, `a list of ${what}`),
  });
}

/**
 * A mapping with exactly these keys.
 *
 * @param later Keys that a later version understands, and what they are about.
 */
export function mapping<T extends z.ZodRawShape>(
  what: string,
  shape: T,
  later: Readonly<Record<string, string>> = {},
): z.ZodType<z.output<z.ZodObject<T>>> {
  const surplus = z.unknown().refine(() => false, {
    error: ({ path }) => surplusKey(String(path?.at(-1) ?? ""), Object.keys(shape), later),
  });
  return z.object(shape, { error: ({ input }) => wrongKind(input, what) }).catchall(surplus);
}

/** A mapping of which every key may be missing: nothing at all is then an empty one. */
export function optionalMapping<T extends z.ZodRawShape>(
  what: string,
  shape: T,
  later: Readonly<Record<string, string>> = {},
): z.ZodType<z.output<z.ZodObject<T>>> {
  return z.preprocess((input) => input ?? {}, mapping(what, shape, later));
}

function surplusKey(
  key: string,
  known: readonly string[],
  later: Readonly<Record<string, string>>,
): string {
  if (Object.hasOwn(later, key)) return `${later[key]} not built yet: remove this key`;
  const shown = showKey(key);
  const blank = shown !== key && key.includes(":") ? "; a blank must follow the colon" : "";
  return `unknown key "${shown}"${suggest(shown.replace("…", ""), known)}${blank}`;
}

function wrongKind(input: unknown, what: string): string {
  if (input === undefined) return `missing: expected ${what}`;
  return `${VALUE}: expected ${what}`;
}
