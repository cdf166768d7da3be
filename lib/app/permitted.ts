/**
 * Whether this process may connect to everybody that a configuration names: its permissions were
 * given for another one, perhaps. Looks only, and never asks the operator.
 *
 * @module
 */

import { type Call, callsOf } from "../config/calls.ts";
import type { Configuration } from "../config/types.ts";

/** What the operator can do about it. */
const REMEDY = "restart it with the flags that `mail2alert permissions` prints";

/**
 * Finds whom this process may not connect to.
 *
 * @param configuration What is to be done.
 * @param before What is done now; what this lacks is not told again.
 * @returns One sentence for each host.
 */
export async function missingPermissions(
  configuration: Configuration,
  before?: Configuration,
): Promise<readonly string[]> {
  const { state, partial } = await Deno.permissions.query({ name: "net" });
  if (state === "granted" && !partial) return [];
  const known = new Set(before === undefined ? [] : callsOf(before).map(({ host }) => host));
  const missing = new Map<string, string[]>();
  for (const { who, host } of callsOf(configuration)) {
    if (known.has(host) || await mayConnect(host)) continue;
    missing.set(host, [...missing.get(host) ?? [], who]);
  }
  return [...missing].map(([host, who]) =>
    `${[...new Set(who)].join(", ")}: this process may not connect to ${host}: ${REMEDY}`
  );
}

async function mayConnect(host: Call["host"]): Promise<boolean> {
  try {
    return (await Deno.permissions.query({ name: "net", host })).state === "granted";
  } catch {
    return true; // No name that permissions could be given for: connecting to it tells why.
  }
}
