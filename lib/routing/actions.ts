/**
 * From the actions of the configuration to addresses and words of one mail. Pure.
 *
 * @module
 */

import type { Action, ActionWords } from "../config/types.ts";
import type { Rendered, Template } from "../language/expression.ts";
import type { Scope } from "../language/scope.ts";
import { addressKey, parseAddress } from "../mail/address.ts";

const NOTHING: ReadonlySet<string> = new Set();

/** So much of what an action leaves out is said. */
const MAX_LEFT_OUT = 5;

/** An action whose templates are filled in. */
export type Prepared =
  | {
    readonly kind: "mailto";
    /** At least one, in canonical form as far as they are addresses. */
    readonly addresses: readonly string[];
    /** The new subject, one line. */
    readonly subject?: string;
    /** The new text. */
    readonly body?: string;
  }
  | { readonly kind: "discard" }
  /** It cannot be taken: there is no address. */
  | { readonly kind: "unfit" };

/** Every action prepared, or the lookups that have to be asked before. */
export type ActionsPrepared =
  | {
    readonly kind: "prepared";
    /** In the order of the actions. */
    readonly prepared: readonly Prepared[];
    /** What was filled in and what could not be, for the trace. */
    readonly notes: readonly string[];
    /** Actions that cannot be taken, each with the reason. */
    readonly unfit: readonly string[];
  }
  | { readonly kind: "ask"; readonly lookups: ReadonlySet<string> };

/** What is found on the way. */
interface Findings {
  readonly scope: Scope;
  readonly claimed: ReadonlySet<string>;
  readonly asked: Set<string>;
  readonly notes: string[];
  readonly unfit: string[];
}

/**
 * Fills in the templates of actions.
 *
 * @param claimed Keys of the addresses that managers claim (`addressKey`): mail to them would come
 * back to us, so no template may lead there.
 */
export function prepareActions(
  actions: readonly Action[],
  scope: Scope,
  claimed: ReadonlySet<string> = NOTHING,
): ActionsPrepared {
  const findings: Findings = { scope, claimed, asked: new Set(), notes: [], unfit: [] };
  const prepared = actions.map((action) => prepare(action, findings));
  if (findings.asked.size > 0) return { kind: "ask", lookups: findings.asked };
  return { kind: "prepared", prepared, notes: findings.notes, unfit: findings.unfit };
}

function prepare(action: Action, findings: Findings): Prepared {
  switch (action.kind) {
    case "discard":
      return { kind: "discard" };
    case "mailto":
      return {
        kind: "mailto",
        addresses: [action.address],
        ...prepareWords(action.words, action.text, findings),
      };
    case "mailto-template": {
      const rendered = render(action.address, findings);
      const addresses = rendered.kind === "text" ? addressesIn(rendered.text, findings) : [];
      if (rendered.kind === "unfit" || (rendered.kind === "text" && addresses.length === 0)) {
        const why = rendered.kind === "unfit"
          ? rendered.why
          : `there is none in "${rendered.text}"`;
        findings.unfit.push(`${action.text}: ${why}`);
        findings.notes.push(`${action.text} cannot be sent: ${why}`);
        return { kind: "unfit" };
      }
      if (rendered.kind === "text") {
        findings.notes.push(`${action.text} is ${rendered.text}`);
        const { dropped = [] } = rendered;
        if (dropped.length > 0) findings.notes.push(`${action.text} leaves out: ${few(dropped)}`);
      }
      const words = prepareWords(action.words, action.text, findings);
      return { kind: "mailto", addresses, ...words };
    }
  }
}

/** The first of many. */
function few(words: readonly string[]): string {
  const more = words.length > MAX_LEFT_OUT ? `; and ${words.length - MAX_LEFT_OUT} more` : "";
  return `${words.slice(0, MAX_LEFT_OUT).join("; ")}${more}`;
}

/** Words that cannot be had are left as the mail has them: that is no reason not to send it. */
function prepareWords(
  words: ActionWords | undefined,
  text: string,
  findings: Findings,
): { readonly subject?: string; readonly body?: string } {
  const read = (template: Template | undefined, what: string): string | undefined => {
    if (template === undefined) return undefined;
    const rendered = render(template, findings);
    if (rendered.kind === "text") return rendered.text;
    if (rendered.kind === "unfit") {
      findings.notes.push(`the ${what} of ${text} stays as the mail has it: ${rendered.why}`);
    }
    return undefined;
  };
  const subject = read(words?.subject, "subject");
  const body = read(words?.body, "text");
  return { ...subject !== undefined && { subject }, ...body !== undefined && { body } };
}

function render(template: Template, { scope, asked }: Findings): Rendered {
  const rendered = template.render(scope);
  if (rendered.kind === "ask") rendered.lookups.forEach((name) => asked.add(name));
  return rendered;
}

/** A rendered text holds addresses and the commas between them; none has a comma itself. */
function addressesIn(text: string, { claimed, notes }: Findings): readonly string[] {
  return text.split(",").map((piece) => piece.trim()).filter((piece) => {
    if (parseAddress(piece) === null) return false;
    const ours = claimed.has(addressKey(piece));
    if (ours) notes.push(`${piece} is left out: a manager claims it, so the mail would come back`);
    return !ours;
  });
}
