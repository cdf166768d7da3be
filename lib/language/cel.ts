/**
 * Our side of the CEL library: it parses and type-checks; evaluating is ours (`evaluate.ts`),
 * because the library's regular expressions are not linear, it does not count its steps, and it
 * cannot tell which lookup an answer waits for.
 *
 * @see https://github.com/google/cel-spec
 * @module
 */

import { type ASTNode, Environment, serialize } from "@marcbachmann/cel-js";
import { refusalOf, WHY_NOT } from "./cel_refusals.ts";
import { compiled, placeOf, problem } from "./compiled.ts";
import type { Compiled } from "./scope.ts";
import type { Expression, Macro, Member, Operator, Part } from "./syntax.ts";

/** A condition that was parsed, and not yet checked. */
export interface Parsed {
  /** The tree. */
  readonly root: Expression;
  /** Checks the types; `null` when all is well. */
  readonly check: () => string | null;
}

/** What the library's tree looks like, as far as its own types leave it open. */
interface Node {
  readonly op: string;
  readonly args: unknown;
  readonly start: number;
  readonly checkedType?: { readonly name: string };
}

/** What cannot be translated: where, and why. */
class Untranslatable {
  constructor(readonly at: number, readonly why: string) {}
}

const LIMITS = {
  maxAstNodes: 500,
  maxDepth: 50,
  maxListElements: 200,
  maxMapEntries: 1,
  maxCallArguments: 4,
};

const MACROS: readonly string[] = ["all", "exists", "exists_one", "map", "filter"];

const environment = new Environment({ limits: LIMITS })
  .registerType("Attachment", { fields: { name: "string", type: "string", size: "int" } })
  .registerType("Mail", {
    fields: {
      id: "string",
      reverse_path: "string",
      recipients: "list<string>",
      subject: "string",
      headers: "map<string, list<string>>",
      text: "string",
      size: "int",
      attachments: "list<Attachment>",
    },
  })
  .registerVariable("event", "string")
  .registerVariable("fields", "map<string, string>")
  .registerVariable("lookup", "map<string, dyn>")
  .registerVariable("mail", "Mail")
  .registerVariable("now", "google.protobuf.Timestamp")
  // Only the signature is used.
  .registerFunction("Mail.header(string): string", () => "");

/** Parses a condition; unknown names are not looked for yet. */
export function parseCel(text: string): Compiled<Parsed> {
  try {
    const parsed = environment.parse(text);
    const check = () => {
      const { valid, type, error } = parsed.check();
      return valid ? wrongResult(type ?? "dyn") : refusalOf(error, text);
    };
    return compiled({ root: translate(parsed.ast as unknown as Node), check });
  } catch (error) {
    if (!(error instanceof Untranslatable)) return problem(refusalOf(error, text));
    return problem(`${placeOf(text, error.at)}: ${error.why}`);
  }
}

function wrongResult(type: string): string | null {
  if (type === "bool" || type === "dyn") return null;
  return `gives ${type}, not true or false: compare it, as in event == "BREAKS"`;
}

function translate(node: Node): Expression {
  const part: Part = {
    at: node.start,
    source: () => serialize(node as unknown as ASTNode),
    type: () => node.checkedType?.name ?? "dyn",
  };
  switch (node.op) {
    case "value":
      return { ...part, kind: "literal", value: literal(node) };
    case "id":
      return { ...part, kind: "name", name: node.args as string };
    case ".":
    case "[]":
      return member(node, part);
    case "call":
      return call(node, part);
    case "rcall":
      return method(node, part);
    default:
      return translateOperator(node, part);
  }
}

function translateOperator(node: Node, part: Part): Expression {
  switch (node.op) {
    case "list":
      return { ...part, kind: "list", items: (node.args as Node[]).map(translate) };
    case "!_":
      return { ...part, kind: "not", of: translate(node.args as Node) };
    case "-_":
      return { ...part, kind: "minus", of: translate(node.args as Node) };
    case "&&":
    case "||":
      return { ...part, kind: node.op === "&&" ? "and" : "or", parts: flat(node, node.op) };
    case "?:": {
      const [test, yes, no] = node.args as [Node, Node, Node];
      const branches = { yes: translate(yes), no: translate(no) };
      return { ...part, kind: "choose", test: translate(test), ...branches };
    }
    default:
      return binary(node, part);
  }
}

function binary(node: Node, part: Part): Expression {
  const why = WHY_NOT[node.op];
  if (why !== undefined) throw new Untranslatable(node.start, why);
  const [left, right] = node.args as [Node, Node];
  const sides = { left: translate(left), right: translate(right) };
  return { ...part, kind: "binary", operator: node.op as Operator, ...sides };
}

/** `a && b && c` is a tree that leans to the left; here they are three. */
function flat(node: Node, op: string): Expression[] {
  return (node.args as Node[]).flatMap((arg) => arg.op === op ? flat(arg, op) : [translate(arg)]);
}

function literal(node: Node): null | boolean | number | string {
  const value: unknown = node.args;
  if (typeof value === "bigint") {
    const number = Number(value);
    if (Number.isSafeInteger(number)) return number;
    throw new Untranslatable(node.start, "the number is too large");
  }
  if (value === null || ["boolean", "number", "string"].includes(typeof value)) {
    return value as null | boolean | number | string;
  }
  throw new Untranslatable(node.start, "octets and unsigned numbers are not known here");
}

function member(node: Node, part: Part): Member {
  const [of, key] = node.args as [Node, Node | string];
  if (typeof key === "string") return { ...part, kind: "member", of: translate(of), key };
  const index = translate(key);
  const name = index.kind === "literal" && typeof index.value === "string" ? index.value : index;
  return { ...part, kind: "member", of: translate(of), key: name };
}

function call(node: Node, part: Part): Expression {
  const [name, args] = node.args as [string, Node[]];
  if (name !== "has") {
    return { ...part, kind: "call", name, receiver: null, args: args.map(translate) };
  }
  const of = args.length === 1 && args[0] !== undefined ? translate(args[0]) : null;
  if (of?.kind === "member") return { ...part, kind: "has", of };
  throw new Untranslatable(node.start, "has() takes one selection, as in has(lookup.owner.tier)");
}

function method(node: Node, part: Part): Expression {
  const [name, receiver, args] = node.args as [string, Node, Node[]];
  if (MACROS.includes(name)) return each(node, part);
  const call = { name, receiver: translate(receiver), args: args.map(translate) };
  return { ...part, kind: "call", ...call };
}

function each(node: Node, part: Part): Expression {
  const [macro, list, args] = node.args as [Macro, Node, Node[]];
  const [variable, body, result] = args;
  if (variable?.op !== "id" || body === undefined || (args.length > 2 && macro !== "map")) {
    throw new Untranslatable(node.start, `${macro}() takes a name and a condition: ${macro}(x, …)`);
  }
  return {
    ...part,
    kind: "each",
    macro,
    list: translate(list),
    item: variable.args as string,
    body: translate(body),
    result: result === undefined ? null : translate(result),
  };
}
