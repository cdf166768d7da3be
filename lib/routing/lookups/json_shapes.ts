/**
 * Reading a JSON text by the shape that it should have: only what the shape names is kept, and the
 * first value that does not fit ends the reading, so that a hostile answer costs no more than its
 * octets. Nobody waits for it meanwhile: see `json_cursor.ts`.
 *
 * @module
 */

import { JsonCursor, Misfit } from "./json_cursor.ts";

/** Reads one value where the cursor is; throws {@link Misfit} where it is another one. */
export type Shape<T> = (cursor: JsonCursor) => T | Promise<T>;

/** Shapes by the names of fields. */
export type Shapes = Readonly<Record<string, Shape<unknown>>>;

/** What such shapes give. */
export type Values<S extends Shapes> = {
  readonly [K in keyof S]: S[K] extends Shape<infer T> ? T : never;
};

/**
 * Reads a whole text.
 *
 * @returns What the shape gives; `null` where the text does not fit it. No text makes it reject.
 */
export async function readJson<T>(text: string, shape: Shape<T>): Promise<T | null> {
  const cursor = new JsonCursor(text);
  try {
    const value = await shape(cursor);
    return cursor.next() === "" ? value : null;
  } catch (error) {
    if (error instanceof Misfit) return null;
    throw error;
  }
}

/** A text. */
export function text(cursor: JsonCursor): string {
  return cursor.text();
}

/** A number, or a text of one. */
export function number(cursor: JsonCursor): number {
  const value = cursor.next() === '"' ? Number(cursor.text()) : cursor.scalar();
  if (typeof value !== "number" || Number.isNaN(value)) throw new Misfit();
  return value;
}

/** A text, or the text of a number. */
export function word(cursor: JsonCursor): string {
  return cursor.next() === '"' ? cursor.text() : String(cursor.scalar());
}

/** A list that is read in full before anybody sees it; of no more than so many items. */
export function list<T>(item: Shape<T>, most = Infinity): Shape<readonly T[]> {
  return async (cursor) => {
    const items: T[] = [];
    await each(item, (value) => {
      if (items.push(value) > most) throw new Misfit();
    })(cursor);
    return items;
  };
}

/** A list of which each item is taken as it is read; what it belongs to may not fit all the same. */
export function each<T>(item: Shape<T>, take: (value: T) => void): Shape<void> {
  return async (cursor) => {
    cursor.expect("[");
    if (cursor.take("]")) return;
    do {
      cursor.item();
      take(await item(cursor));
      const pause = cursor.pause();
      if (pause !== undefined) await pause;
    } while (cursor.take(","));
    cursor.expect("]");
  };
}

/**
 * An object. Fields that are not named are passed over; of two with one name the last counts.
 *
 * @param fields Those that it must have.
 * @param optional Those that may be missing, or `null`.
 */
export function object<R extends Shapes, O extends Shapes = Record<never, never>>(
  fields: R,
  optional?: O,
): Shape<Values<R> & Partial<Values<O>>> {
  const required = new Map(Object.entries(fields));
  const possible = new Map(Object.entries(optional ?? {}));
  return async (cursor) => {
    const values = new Map<string, unknown>();
    await eachField(cursor, async (name) => {
      const shape = required.get(name) ?? (cursor.next() === "n" ? undefined : possible.get(name));
      if (shape === undefined) await cursor.skip();
      else values.set(name, await shape(cursor));
    });
    for (const name of required.keys()) if (!values.has(name)) throw new Misfit();
    return Object.fromEntries(values) as Values<R> & Partial<Values<O>>;
  };
}

/** Passes an object; `read` passes each value. */
async function eachField(cursor: JsonCursor, read: (name: string) => Promise<void>): Promise<void> {
  cursor.expect("{");
  if (cursor.take("}")) return;
  do {
    const name = cursor.text();
    cursor.expect(":");
    await read(name);
    const pause = cursor.pause();
    if (pause !== undefined) await pause;
  } while (cursor.take(","));
  cursor.expect("}");
}
