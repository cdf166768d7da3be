/**
 * What a session is served with.
 *
 * @module
 */

import type { Limits } from "../config/types.ts";
import type { Authenticator } from "./auth/authenticator.ts";
import type { Clock } from "./deadline.ts";
import type { Quirk } from "./quirks.ts";
import type { MailService } from "./service.ts";
import type { SessionOptions } from "./session_state.ts";
import type { TlsBegin, TlsServer } from "./tls/tls_server.ts";
import type { Treatment } from "./treatment.ts";
import type { Wire } from "./wire.ts";

/** What all sessions of a listener have in common. */
export interface ConnectionOptions {
  /** Our name in the greeting and in the reply to EHLO. */
  readonly hostname: string;
  /** Bounds on what the peer may do. */
  readonly limits: Limits;
  /** Takes the mails. */
  readonly service: MailService;
  /** What is spoken; SMTP when absent. */
  readonly protocol?: "smtp" | "lmtp";
  /** TLS; absent: none. */
  readonly tls?: ListenerTls;
  /** Authentication; absent: none. */
  readonly auth?: ListenerAuth;
  /** Where time comes from; the machine's clock when absent. */
  readonly clock?: Clock | undefined;
  /** Lets somebody see what is said, in clear also over TLS; absent: nobody. */
  readonly watch?: (wire: Wire) => Wire;
  /** Told of each kind of oddity of a session, once. */
  readonly onQuirk?: (quirk: Quirk, tolerated: boolean) => void;
}

/** TLS of one listener. */
export interface ListenerTls {
  /** Makes wires secure. */
  readonly server: TlsServer;
  /** How TLS begins. */
  readonly mode: TlsBegin;
  /** Whether mail in clear is refused. */
  readonly required: boolean;
}

/** Authentication of one listener. */
export interface ListenerAuth {
  /** Who decides. */
  readonly authenticator: Authenticator;
  /** Whether peers within `allow` need it too. */
  readonly required: boolean;
  /** Whether it is offered in clear. */
  readonly withoutTls: boolean;
}

/** How a peer is received. */
export interface Welcome extends Treatment {
  /** Whether there is time to see that it waits for the greeting. */
  readonly listenFirst: boolean;
  /** How another peer is treated, for which this one may turn out to speak (XCLIENT). */
  readonly treatmentOf: (peer: string) => Treatment;
}

/** One for each listener: a session is short, and there are thousands a second. */
const known = new WeakMap<ConnectionOptions, SessionOptions>();

/** What the state machine of a session has to know of its listener; always the same object. */
export function sessionOptions(options: ConnectionOptions): SessionOptions {
  const made = known.get(options) ?? makeOptions(options);
  known.set(options, made);
  return made;
}

function makeOptions(
  { hostname, limits, protocol = "smtp", tls, auth }: ConnectionOptions,
): SessionOptions {
  return {
    hostname,
    limits,
    protocol,
    tls: tls?.mode !== "starttls" ? "none" : tls.required ? "required" : "offered",
    auth: !auth ? "none" : auth.withoutTls ? "always" : "with-tls",
  };
}
