/**
 * The header by which a load balancer tells who is really calling, versions 1 and 2 of the PROXY
 * protocol (HAProxy's proxy-protocol.txt). Pure.
 *
 * @module
 */

/** What the first octets of a connection are. */
export type ProxyHeader =
  /** Too few to tell. */
  | { readonly kind: "more" }
  | {
    readonly kind: "header";
    /** Who is calling, without port; absent for LOCAL and UNKNOWN: the load balancer itself. */
    readonly peer?: string;
    /** Length of the header, in octets. */
    readonly octets: number;
  }
  | {
    readonly kind: "invalid";
    /** What is wrong, for the log. */
    readonly reason: string;
  };
