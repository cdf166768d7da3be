/**
 * Actions and addresses, as the configuration writes them.
 *
 * @module
 */

import type { Names } from "../language/scope.ts";
import { formatAddress, isAddress, parseAddress } from "../mail/address.ts";
import { readTemplate, withoutPlaceholders } from "./compile.ts";
import { problem, type Reading, VALUE, value } from "./reading.ts";
import { suggest } from "./suggest.ts";
import type { Action, ActionWords } from "./types.ts";

/** Every action that there is. */
const KINDS = ["mailto", "discard"];

/**
 * Reads an action: `mailto:ADDRESS` or `discard`. `slack:` is known, and refused until there is a
 * destination for it.
 *
 * @param names For templates in the address; without them there may be none.
 */
export function readAction(text: string, names?: Names): Reading<Action> {
  if (text === "discard") return value({ kind: "discard", text });
  const [, kind = "", rest = ""] = /^([^:]*):?([^]*)$/.exec(text) ?? [];
  if (kind === "slack") {
    return problem(
      `${VALUE}: the Slack destination is not built yet: remove the action, or use mailto:ADDRESS`,
    );
  }
  if (kind === "mailto" && text.includes(":")) return readMailto(rest, text, names);
  if (isAddress(text)) return problem(`${VALUE}: unknown action: write mailto: before an address`);
  if (kind === "discard") return problem(`${VALUE}: discard takes nothing: write discard alone`);
  return problem(`unknown action ${VALUE}${suggest(kind, KINDS)}`);
}

/** Reads the address of an action in mapping form, which stands there without `mailto:`. */
export function readTarget(text: string, names: Names): Reading<Action> {
  if (/^mailto:/i.test(text)) {
    return problem(`${VALUE}: write the address alone: mailto: is the key already`);
  }
  const action = readMailto(text, `mailto:${text}`, names);
  if (action.kind === "value" || text.includes("{{")) return action;
  return problem(`${VALUE}: expected one address, such as ops@example.com`);
}

/** Gives an action its words; `text` then says that it has some. */
export function withWords(action: Action, words: ActionWords): Action {
  const given = [...words.subject ? ["subject"] : [], ...words.body ? ["text"] : []];
  if (action.kind === "discard" || given.length === 0) return action;
  return { ...action, words, text: `${action.text} (${given.join(", ")})` };
}

function readMailto(rest: string, text: string, names?: Names): Reading<Action> {
  if (withoutPlaceholders(rest).includes("?")) {
    return problem(`${VALUE}: mailto: takes an address and nothing after it`);
  }
  if (rest.includes("{{")) return readMailtoTemplate(rest, text, names);
  const address = readAddress(rest);
  if (address.kind === "problem") {
    return problem(`${VALUE}: expected one address after mailto:, such as mailto:ops@example.com`);
  }
  return value({ kind: "mailto", address: address.value, text });
}

function readMailtoTemplate(rest: string, text: string, names?: Names): Reading<Action> {
  if (names === undefined) {
    return problem(`${VALUE}: no template here: write the address itself`);
  }
  const address = readTemplate(rest, "address", names);
  if (address.kind === "problem") {
    // Columns are counted from the address, which nobody does who reads the whole action.
    return problem(address.text.replace(/column \d+: /, ""));
  }
  return value({ kind: "mailto-template", address: address.value, text });
}

/** Reads an address into its canonical form, in which envelopes have it too. */
export function readAddress(text: string): Reading<string> {
  const address = isAddress(text) ? parseAddress(text) : null;
  return address === null
    ? problem(`${VALUE}: expected a mail address, such as mail2alert@example.com`)
    : value(formatAddress(address));
}

/** Reads a reverse-path: an address, or `<>` or the empty text for the null reverse-path. */
export function readReversePath(text: string): Reading<string> {
  return text === "<>" || text === "" ? value("") : readAddress(text);
}
