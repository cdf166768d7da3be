/**
 * What a transcript wants of its listener beyond limits:
 *
 *     tls=required     STARTTLS before mail (`offered`: STARTTLS if the client likes)
 *     auth=required    who would send mail must authenticate: nas with the password secret;
 *                      `optional`: may; `clear`: may, also without TLS
 *     lenient=1        devices are tolerated; or the networks whose devices are
 *     protocol=lmtp    LMTP is spoken
 *     proxy=1          connections begin with a PROXY header      xclient=1   XCLIENT is offered
 *     on=plain         the transport that it is for, or several: `starttls,implicit`
 *
 * @module
 */

import { createAuthenticator } from "../../lib/smtp/auth/authenticator.ts";
import type { ListenOptions } from "../../lib/smtp/listener.ts";
import type { TlsServer } from "../../lib/smtp/tls/tls_server.ts";
import type { Transport } from "./dialog_transport.ts";
import type { FakeClock } from "./fake_clock.ts";

/** Wishes by name. */
export type Wishes = ReadonlyMap<string, string>;

/** What the listener of a transcript is made with. */
export interface Scene {
  /** The transport that it is played over. */
  readonly transport: Transport;
  /** Makes wires secure. */
  readonly tls: TlsServer;
  /** The clock. */
  readonly clock: FakeClock;
}

const LOOPBACK = ["127.0.0.0/8"];

/** The listener that fulfils wishes. */
export function listenerFor(wishes: Wishes, scene: Scene): Partial<ListenOptions> {
  const tls = tlsFor(wishes, scene);
  const auth = authFor(wishes, scene);
  const lenient = wishes.get("lenient");
  return {
    ...tls && { tls },
    ...auth && { auth },
    ...lenient && { lenient: lenient === "1" ? LOOPBACK : lenient.split(",") },
    ...wishes.get("protocol") === "lmtp" && { protocol: "lmtp" },
    ...wishes.get("proxy") && { proxy: LOOPBACK },
    ...wishes.get("xclient") && { xclient: LOOPBACK },
  };
}

function tlsFor(wishes: Wishes, { transport, tls: server }: Scene): ListenOptions["tls"] {
  const wish = wishes.get("tls");
  if (transport === "implicit") return { server, mode: "implicit", required: true };
  if (transport === "plain" && wish === undefined) return undefined;
  return { server, mode: "starttls", required: wish === "required" };
}

function authFor(wishes: Wishes, { clock }: Scene): ListenOptions["auth"] {
  const wish = wishes.get("auth");
  if (wish === undefined) return undefined;
  const users = new Map([["nas", "secret"]]);
  const authenticator = createAuthenticator({ users, clock });
  return { authenticator, required: wish === "required", withoutTls: wish === "clear" };
}

/** Whether a transcript is for a transport. What is said before the greeting is for clear text. */
export function isFor(transport: Transport, wishes: Wishes, firstWord: string): boolean {
  const only = wishes.get("on")?.split(",");
  if (only) return only.includes(transport);
  return transport === "plain" || firstWord.startsWith("220");
}
