/**
 * Actions and addresses, as the configuration writes them.
 *
 * @module
 */

import { formatAddress, isAddress, parseAddress } from "../mail/address.ts";
import { problem, type Reading, VALUE, value } from "./reading.ts";
import { suggest } from "./suggest.ts";
import type { Action } from "./types.ts";

/** Every action that there is. */
const KINDS = ["mailto", "discard"];

/**
 * Reads an action: `mailto:ADDRESS` or `discard`. `slack:` is known, and refused until there is a
 * destination for it.
 */
export function readAction(text: string): Reading<Action> {
  if (text === "discard") return value({ kind: "discard", text });
  const [, kind = "", rest = ""] = /^([^:]*):?([^]*)$/.exec(text) ?? [];
  if (kind === "slack") {
    return problem(
      `${VALUE}: the Slack destination is not built yet: remove the action, or use mailto:ADDRESS`,
    );
  }
  if (kind === "mailto" && text.includes(":")) return readMailto(rest, text);
  if (isAddress(text)) return problem(`${VALUE}: unknown action: write mailto: before an address`);
  if (kind === "discard") return problem(`${VALUE}: discard takes nothing: write discard alone`);
  return problem(`unknown action ${VALUE}${suggest(kind, KINDS)}`);
}

function readMailto(rest: string, text: string): Reading<Action> {
  if (rest.includes("{{")) {
    return problem(`${VALUE}: templates are not built yet: write the address itself`);
  }
  if (rest.includes("?")) {
    return problem(`${VALUE}: mailto: takes an address and nothing after it`);
  }
  const address = readAddress(rest);
  if (address.kind === "problem") {
    return problem(`${VALUE}: expected one address after mailto:, such as mailto:ops@example.com`);
  }
  return value({ kind: "mailto", address: address.value, text });
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
