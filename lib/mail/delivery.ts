/**
 * What routing decides: one mail to one destination.
 *
 * @module
 */

/** One mail to one destination, for one or more recipients there. */
export interface Delivery {
  /** The destination's name in the registry: `smarthost`, `discard`, or a configured one. */
  readonly destination: string;
  /** Forward-paths for the smarthost; for other destinations the one target's name. Never empty. */
  readonly recipients: readonly string[];
  /** Header fields to replace on the way out; absent: every octet stays as it came. */
  readonly rewrite?: HeaderRewrite;
}

/** The 2017 rewriting of claimed mail, who it is for now and who it is from; and an action's words. */
export interface HeaderRewrite {
  /** New `To` field: these addresses, in this order; absent: as it came. */
  readonly to?: readonly string[];
  /** New `From` field; absent for a null reverse-path, which no `From` field can express. */
  readonly from?: string;
  /** New `Subject`, one line of text; absent: as it came. */
  readonly subject?: string;
  /** Text that goes out instead of the body, with LF line ends; absent: the body as it came. */
  readonly text?: string;
}

/** Names one recipient of one destination. */
export function attemptKey(destination: string, recipient: string): string {
  return `${destination} ${recipient}`;
}
