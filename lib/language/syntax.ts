/**
 * Conditions taken apart: the tree that is checked, evaluated and explained. It knows nothing of
 * the library that parsed it.
 *
 * @module
 */

/** Functions that go through a list. */
export type Macro = "all" | "exists" | "exists_one" | "map" | "filter";

/** What stands between two values. */
export type Operator =
  | "=="
  | "!="
  | "<"
  | "<="
  | ">"
  | ">="
  | "in"
  | "+"
  | "-"
  | "*"
  | "/"
  | "%";

/** What every part of a condition has. */
export interface Part {
  /** Where it begins, in characters from the start of the condition. */
  readonly at: number;
  /** How it is written, on one line. */
  readonly source: () => string;
  /** Its type as CEL calls it; `dyn` where only the evaluation can tell. Known once checked. */
  readonly type: () => string;
}

/** A selection: `of.key`, `of["key"]`, `of[index]`. */
export interface Member extends Part {
  /** Tells it apart. */
  readonly kind: "member";
  /** What is selected from. */
  readonly of: Expression;
  /** What is selected: a name, or what gives a name or an index. */
  readonly key: string | Expression;
}

/** A call of a function: `size(x)`, or with a receiver: `x.size()`. */
export interface Call extends Part {
  /** Tells it apart. */
  readonly kind: "call";
  /** The function. */
  readonly name: string;
  /** What stands before the dot. */
  readonly receiver: Expression | null;
  /** What stands in the brackets. */
  readonly args: readonly Expression[];
}

/** A walk through a list: `list.exists(item, body)`. */
export interface Each extends Part {
  /** Tells it apart. */
  readonly kind: "each";
  /** Which of them. */
  readonly macro: Macro;
  /** What is walked through. */
  readonly list: Expression;
  /** What an item is called in the body. */
  readonly item: string;
  /** What must hold for an item; of `map`, what becomes of it. */
  readonly body: Expression;
  /** Only for `map` with three arguments: what becomes of an item for which the body holds. */
  readonly result: Expression | null;
}

/** Two values and what stands between them. */
export interface Binary extends Part {
  /** Tells it apart. */
  readonly kind: "binary";
  /** What stands between them. */
  readonly operator: Operator;
  /** The left one. */
  readonly left: Expression;
  /** The right one. */
  readonly right: Expression;
}

/** Parts between which `&&` or `||` stands. */
export interface Logic extends Part {
  /** `&&` or `||`. */
  readonly kind: "and" | "or";
  /** The parts in order; at least two. */
  readonly parts: readonly Expression[];
}

/** A part of a condition. */
export type Expression =
  | Part & { readonly kind: "literal"; readonly value: null | boolean | number | string }
  | Part & { readonly kind: "name"; readonly name: string }
  | Member
  | Call
  | Each
  | Part & { readonly kind: "has"; readonly of: Member }
  | Part & { readonly kind: "list"; readonly items: readonly Expression[] }
  | Part & { readonly kind: "not" | "minus"; readonly of: Expression }
  | Logic
  | Part & {
    readonly kind: "choose";
    readonly test: Expression;
    readonly yes: Expression;
    readonly no: Expression;
  }
  | Binary;

/** The parts right below a part. */
export function partsOf(part: Expression): readonly Expression[] {
  switch (part.kind) {
    case "literal":
    case "name":
      return [];
    case "member":
      return typeof part.key === "string" ? [part.of] : [part.of, part.key];
    case "call":
      return part.receiver === null ? part.args : [part.receiver, ...part.args];
    case "each":
      return part.result === null ? [part.list, part.body] : [part.list, part.body, part.result];
    case "has":
    case "not":
    case "minus":
      return [part.of];
    case "list":
      return part.items;
    case "and":
    case "or":
      return part.parts;
    case "choose":
      return [part.test, part.yes, part.no];
    case "binary":
      return [part.left, part.right];
  }
}

/** How many parts there are, the part itself included. */
export function countParts(part: Expression): number {
  return partsOf(part).reduce((sum, below) => sum + countParts(below), 1);
}

/** The lookup that a selection starts from: `owner` of `lookup.owner.team[0]`. */
export function lookupOf(part: Expression): string | undefined {
  if (part.kind !== "member") return undefined;
  const isRoot = part.of.kind === "name" && part.of.name === "lookup";
  return isRoot && typeof part.key === "string" ? part.key : lookupOf(part.of);
}
