/**
 * Checks on JSON that comes back from the disk: what is stored is what we wrote, unless the disk or
 * somebody's editor had a hand in it.
 *
 * @module
 */

/** Whether a value is what it should be. */
export type Check = (value: unknown) => boolean;

/** Any text. */
export function isText(value: unknown): value is string {
  return typeof value === "string";
}
/** Any number. */
export function isNumber(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value);
}
/** Yes or no. */
export function isBoolean(value: unknown): value is boolean {
  return typeof value === "boolean";
}

/** A list of such values. */
export function listOf(check: Check): Check {
  return (value) => Array.isArray(value) && value.every(check);
}

/** One of these words. */
export function oneOf(...words: readonly string[]): Check {
  return (value) => typeof value === "string" && words.includes(value);
}

/** Such a value, or none. */
export function optional(check: Check): Check {
  return (value) => value === undefined || check(value);
}

/** An object with such members; others beside them are not looked at. */
export function shapeOf(members: Readonly<Record<string, Check>>): Check {
  return (value) =>
    typeof value === "object" && value !== null &&
    Object.entries(members).every(([name, check]) => check(Reflect.get(value, name)));
}

/** An object whose members, whatever their names, are all such values. */
export function mapOf(check: Check): Check {
  return (value) =>
    typeof value === "object" && value !== null && !Array.isArray(value) &&
    Object.values(value).every(check);
}

/** One of several shapes, told apart by the member `kind`. */
export function oneOfKind(kinds: Readonly<Record<string, Check>>): Check {
  return (value) => {
    if (typeof value !== "object" || value === null || !("kind" in value)) return false;
    return typeof value.kind === "string" && Object.hasOwn(kinds, value.kind) &&
      kinds[value.kind]?.(value) === true;
  };
}

/**
 * Reads JSON.
 *
 * @param what What it is, to follow "the".
 * @throws {Error} It does not parse, or the check fails. The text is not repeated: it may be anything.
 */
export function readJson(json: unknown, what: string, check: Check): unknown {
  const value = parsed(json);
  if (!check(value)) throw new Error(`the ${what} cannot be read`);
  return value;
}

/** The values of a text with one JSON value a line, and how many lines could not be read. */
export function readLines(
  text: unknown,
  check: Check,
): { readonly values: readonly unknown[]; readonly damaged: number } {
  if (typeof text !== "string") return { values: [], damaged: 1 };
  const lines = text.split("\n").filter((line) => line !== "");
  const values = lines.map(parsed).filter(check);
  return { values, damaged: lines.length - values.length };
}

/** One JSON value a line, each ended. */
export function toLines(values: readonly unknown[]): string {
  return values.map((value) => `${JSON.stringify(value)}\n`).join("");
}

function parsed(json: unknown): unknown {
  if (typeof json !== "string") return undefined;
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}
