/**
 * XML as mappings, lists and text.
 *
 * - The root element is the answer: its name is left out, as are the prefixes of namespaces.
 * - An element with neither attributes nor elements in it is its text, without blanks around it.
 * - Any other element is a mapping: its attributes and the elements in it by their names. Its own
 *   text, if there is some, is called `text`.
 * - What occurs more than once under a name is a list, in its order, the attribute first. What
 *   occurs once is none: there is no telling that it might occur more often.
 *
 * Every value is text: XML knows no numbers. A document type is refused, and with it every entity
 * but the five of XML and characters by number.
 *
 * @module
 */

import { XMLParser } from "fast-xml-parser";
import type { Answered } from "../../language/scope.ts";
import type { Parsed } from "./answer.ts";

/**
 * Most tags, attributes and references together; the parser takes a while for each, and everybody
 * waits for it.
 */
const MAX_MARKS = 20_000;
const MARKS: ReadonlySet<number> = new Set([..."<=&"].map((mark) => mark.charCodeAt(0)));

/** A tag that is longer holds names without values, which are no XML, in numbers. */
const LONG_TAG = /<[^!?<>][^<>]{65536}/;

/** How the parser calls what is no element. */
const TEXT = "#text";
const CDATA = "#cdata";
const ATTRIBUTES = ":@";

/** The entities that XML has by itself. */
const ENTITIES: Readonly<Record<string, string>> = {
  amp: "&",
  lt: "<",
  gt: ">",
  quot: '"',
  apos: "'",
};

/** One node as the parser has it: one key beside the attributes. */
type Node = Readonly<Record<string, unknown>>;

/**
 * Reads a document; `undefined` when it is no XML. Never throws.
 *
 * @param text The document.
 * @param maxDepth Deepest nesting.
 */
export function readXml(text: string, maxDepth: number): Parsed {
  if (/<!DOCTYPE/i.test(text)) return { problem: "it declares a document type" };
  if (countMarks(text) > MAX_MARKS) {
    return { problem: `it has more than ${MAX_MARKS} tags, attributes and references` };
  }
  if (LONG_TAG.test(text)) return { problem: "it has a tag of more than 65536 characters" };
  let nodes: readonly Node[];
  try {
    nodes = parser(maxDepth).parse(text, true);
  } catch (error) {
    const deep = error instanceof Error && /nested tags/i.test(error.message);
    return deep ? { problem: `it is nested more than ${maxDepth} deep` } : undefined;
  }
  const [root, ...more] = nodes.filter((node) => nameOf(node) !== undefined);
  if (root === undefined || more.length > 0) return undefined;
  return { value: valueOf(root) };
}

function countMarks(text: string): number {
  let count = 0;
  for (let at = 0; at < text.length; at++) {
    if (MARKS.has(text.charCodeAt(at))) count++;
  }
  return count;
}

function parser(maxDepth: number): XMLParser {
  return new XMLParser({
    preserveOrder: true,
    ignoreAttributes: false,
    attributeNamePrefix: "",
    allowBooleanAttributes: false,
    removeNSPrefix: true,
    parseAttributeValue: false,
    parseTagValue: false,
    trimValues: false,
    processEntities: false,
    ignoreDeclaration: true,
    ignorePiTags: true,
    textNodeName: TEXT,
    cdataPropName: CDATA,
    maxNestedTags: maxDepth,
    onDangerousProperty: (name) => name,
  });
}

/** The name of an element; `undefined` for what is none. */
function nameOf(node: Node): string | undefined {
  return Object.keys(node).find((key) => key !== TEXT && key !== CDATA && key !== ATTRIBUTES);
}

/** As deep as the parser lets a document be. */
function valueOf(node: Node): Answered {
  const found = new Map<string, Answered[]>();
  const add = (name: string, value: Answered) => {
    const known = found.get(name);
    if (known === undefined) found.set(name, [value]);
    else known.push(value);
  };
  for (const [name, value] of Object.entries(node[ATTRIBUTES] ?? {})) {
    add(name, decode(String(value)));
  }
  let text = "";
  for (const inner of childrenOf(node, nameOf(node) ?? "")) {
    const name = nameOf(inner);
    if (name !== undefined) add(name, valueOf(inner));
    else text += ownText(inner);
  }
  text = text.trim();
  if (found.size === 0) return text;
  if (text !== "") add("text", text);
  const entries = [...found].map(([name, [first = "", ...more]]) =>
    [name, more.length === 0 ? first : [first, ...more]] as const
  );
  return Object.fromEntries(entries);
}

function childrenOf(node: Node, name: string): readonly Node[] {
  const children = node[name];
  return Array.isArray(children) ? children : [];
}

function ownText(node: Node): string {
  if (TEXT in node) return decode(String(node[TEXT]));
  return childrenOf(node, CDATA).map((inner) => String(inner[TEXT] ?? "")).join("");
}

/** Puts characters in place of references, in one go: what comes out is not looked at again. */
function decode(text: string): string {
  return text.replace(/&(?:#(\d{1,7})|#x([\da-f]{1,6})|(\w{1,8}));/gi, (whole, ...found) => {
    const [decimal, hex, name] = found as (string | undefined)[];
    if (name !== undefined) return ENTITIES[name] ?? whole;
    const code = decimal === undefined ? parseInt(hex ?? "", 16) : Number(decimal);
    const letter = code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : "\ud800";
    return letter.isWellFormed() ? letter : whole;
  });
}
