/**
 * Who claims a mail: the first manager that wants its envelope, as in 2017, and with `also: true`
 * those after it, too.
 *
 * @module
 */

import type { ManagerConfig } from "../config/types.ts";
import { addressKey, sameAddress } from "../mail/address.ts";
import type { Envelope } from "../mail/envelope.ts";
import type { ClaimTrace } from "./trace.ts";

/** Who was asked, and who claims the mail. */
export interface Claims {
  /** Each manager that was asked. */
  readonly asked: readonly ClaimTrace[];
  /** Those that claim it; empty: nobody does. */
  readonly managers: readonly ManagerConfig[];
}

/** Asks the managers in order, up to the first that claims the mail for itself alone. */
export function claimAll(managers: readonly ManagerConfig[], envelope: Envelope): Claims {
  const asked: ClaimTrace[] = [];
  const claiming: ManagerConfig[] = [];
  for (const manager of managers) {
    const answer = claim(manager, envelope);
    asked.push(answer);
    if (!answer.claimed) continue;
    claiming.push(manager);
    if (!manager.also) break;
  }
  return { asked, managers: claiming };
}

/** Whether a manager wants a mail, and what it looks for. */
export function claim({ name, wants }: ManagerConfig, envelope: Envelope): ClaimTrace {
  if ("to" in wants) {
    const claimed = envelope.forwardPaths.some((path) => sameAddress(path, wants.to));
    return { manager: name, wants: `to ${wants.to}`, claimed };
  }
  const claimed = sameAddress(envelope.reversePath, wants.from);
  return { manager: name, wants: `from ${wants.from || "<>"}`, claimed };
}

/** Each address once; the first occurrence keeps its place and its spelling. */
export function onceEach(addresses: readonly string[]): readonly string[] {
  const seen = new Map<string, string>();
  for (const address of addresses) {
    const key = addressKey(address);
    if (!seen.has(key)) seen.set(key, address);
  }
  return [...seen.values()];
}
