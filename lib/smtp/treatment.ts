/**
 * How a peer is treated, by its address: whether it may send mail, whether it must authenticate,
 * what is tolerated.
 *
 * @module
 */

import { allowOnly, LOCAL_PEER } from "./admission.ts";
import type { Standing } from "./session_state.ts";

/** The networks that a listener tells apart; see {@link allowOnly}. */
export interface Networks {
  /** Whose peers may send mail. */
  readonly allow: readonly string[];
  /** Whose peers are served leniently. */
  readonly lenient?: readonly string[];
  /** Whose peers may say XCLIENT. */
  readonly xclient?: readonly string[];
  /** Whose peers begin with a PROXY header. */
  readonly proxy?: readonly string[];
}

/** What becomes of one peer. */
export interface Treatment {
  /** Whether it may send mail, if only once it has authenticated. */
  readonly allowed: boolean;
  /** What is true of it before it has said anything. */
  readonly standing: Standing;
}

/** Says how peers are treated. */
export interface Treatments {
  /** The treatment of a peer. */
  of(peer: string): Treatment;
  /** Whether the peer is a load balancer, which speaks for others. */
  isProxy(peer: string): boolean;
}

/**
 * Makes the treatments of one listener.
 *
 * @param auth Whether authentication is offered, and whether everybody needs it.
 * @throws {RelayError} `config-invalid` for anything that is no network.
 */
export function treatments(
  { allow, lenient = [], xclient = [], proxy = [] }: Networks,
  auth: { readonly offered: boolean; readonly required: boolean },
): Treatments {
  const [allows, tolerates, believes, proxies] = [allow, lenient, xclient, proxy].map(within);
  return {
    of: (peer) => {
      const known = peer === LOCAL_PEER || (allows?.(peer) ?? false);
      return {
        allowed: known || auth.offered,
        standing: {
          secure: false,
          mustAuthenticate: auth.offered && (auth.required || !known),
          lenient: tolerates?.(peer) ?? false,
          mayXclient: believes?.(peer) ?? false,
        },
      };
    },
    isProxy: (peer) => proxies?.(peer) ?? false,
  };
}

/** A peer on a unix socket is within every network that holds anybody. */
function within(networks: readonly string[]): (peer: string) => boolean {
  if (networks.length === 0) return () => false;
  const filter = allowOnly(networks);
  return (peer) => peer === LOCAL_PEER || filter(peer);
}
