/**
 * Who claims a mail: the first manager that wants its envelope, as in 2017.
 *
 * @module
 */

import type { ManagerConfig } from "../config/types.ts";
import type { Envelope } from "../mail/envelope.ts";
import type { ClaimTrace } from "./trace.ts";

/** Whether a manager wants a mail, and what it looks for. */
export function claim({ name, wants }: ManagerConfig, envelope: Envelope): ClaimTrace {
  if ("to" in wants) {
    const key = addressKey(wants.to);
    const claimed = envelope.forwardPaths.some((path) => addressKey(path) === key);
    return { manager: name, wants: `to ${wants.to}`, claimed };
  }
  const claimed = addressKey(envelope.reversePath) === addressKey(wants.from);
  return { manager: name, wants: `from ${wants.from}`, claimed };
}

/**
 * What two addresses have in common exactly when they are the same mailbox to us: the local part
 * as it is, the domain without regard to case (RFC 5321 §2.4); postmaster in any case (§4.5.1).
 */
export function addressKey(address: string): string {
  const at = address.lastIndexOf("@");
  const local = at < 0 ? address : address.slice(0, at);
  const domain = at < 0 ? "" : address.slice(at).toLowerCase();
  return (local.toLowerCase() === "postmaster" ? "postmaster" : local) + domain;
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
