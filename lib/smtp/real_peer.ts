/**
 * For whom a mail server in front of us speaks, as its XCLIENT says (Postfix' XCLIENT_README). Pure.
 *
 * @module
 */

import { isIP } from "node:net";
import { canonicalAddress } from "./canonical_address.ts";

/** Who the peer really is; what is absent was not told. */
export interface RealPeer {
  /** Its address, as {@link canonicalAddress} writes it. */
  readonly peer?: string;
  /** Who it is; absent also where it has not authenticated. */
  readonly user?: string;
  /** What it calls itself. */
  readonly helo?: string;
}

/** Reads the attributes that matter: ADDR, LOGIN, HELO. What makes no sense counts as not told. */
export function realPeer(attributes: ReadonlyMap<string, string | null>): RealPeer {
  const address = attributes.get("ADDR")?.replace(/^IPv6:/i, "");
  const user = attributes.get("LOGIN");
  const helo = attributes.get("HELO");
  return {
    // A zone, fe80::1%eth0, names an interface of the other host.
    ...address && isIP(address) !== 0 && !address.includes("%") &&
      { peer: canonicalAddress(address) },
    ...user && !/\p{Cc}/u.test(user) && { user },
    ...helo && /^[!-~]{1,255}$/.test(helo) && { helo },
  };
}
