/**
 * Makes a {@link TlsServer}: what the peer says first is looked at here, then a bridge carries it to
 * the TLS of the runtime.
 *
 * INVARIANTS
 *
 * 1. Nothing that was sent in clear reaches the secure wire.
 * 2. Each handshake ends when the peer is gone or its wire is closed, and leaves nothing open.
 *
 * @module
 */

import type { CertificateFiles } from "../../config/types.ts";
import { reasonOf } from "../../errors.ts";
import { log } from "../../log.ts";
import { type Clock, SYSTEM_CLOCK } from "../deadline.ts";
import { asciiOctets } from "../reply.ts";
import type { Wire } from "../wire.ts";
import { Bridge } from "./bridge.ts";
import { TLS_1_3 } from "./client_hello.ts";
import { CurrentCertificate } from "./current_certificate.ts";
import { explainFailure, isTooOld, tooOld } from "./handshake_failure.ts";
import { HeadStart } from "./head_start.ts";
import { type First, listenFirst, turnAway } from "./first_octets.ts";
import { secureWire } from "./secure_wire.ts";
import { keepSelfSigned } from "./self_signed.ts";
import type { Handshake, TlsBegin, TlsServer } from "./tls_server.ts";

/** What a server needs. */
export interface TlsServerOptions {
  /** The certificate: in files, or made and kept here. */
  readonly certificate: CertificateFiles | "self-signed";
  /** Folder in which a self-signed certificate is kept. */
  readonly folder: string;
  /** The name of this server, for a self-signed certificate. */
  readonly hostname: string;
  /** Where spans of time come from; the machine's clock when absent. */
  readonly clock?: Clock | undefined;
  /** The present, in ms since the epoch; the machine's when absent. */
  readonly now?: (() => number) | undefined;
}

const NOT_TLS = "554 5.5.1 This port speaks TLS; use an SMTP client with TLS\r\n";

/** `protocol_version`, fatal (RFC 8446 §6), as every version since SSL 3.0 understands it. */
const TOO_OLD = Uint8Array.of(21, 3, 1, 0, 2, 2, 70);

const logger = log("tls");

/**
 * Reads or makes the certificate.
 *
 * @throws {RelayError} `config-invalid`: which file, what is wrong with it, how to mend it.
 */
export async function openTlsServer(options: TlsServerOptions): Promise<TlsServer> {
  const { certificate, folder, hostname, clock = SYSTEM_CLOCK, now = Date.now } = options;
  const files = () =>
    certificate === "self-signed"
      ? keepSelfSigned({ folder, hostname, now: now() })
      : Promise.resolve(certificate);
  return new Server(await CurrentCertificate.open({ files, clock, now }), clock);
}

class Server implements TlsServer {
  readonly #certificate: CurrentCertificate;
  readonly #clock: Clock;
  /** Bridges of wires that have been closed and have something to deliver. */
  readonly #ending = new Set<Promise<void>>();

  constructor(certificate: CurrentCertificate, clock: Clock) {
    this.#certificate = certificate;
    this.#clock = clock;
  }

  async secure(wire: Wire, begin: TlsBegin): Promise<Handshake> {
    // TLS takes turns by itself: its small writes must not wait for acknowledgements.
    wire.hurry();
    const looked = this.#certificate.look();
    const first = await listenFirst(wire);
    const { opening } = first;
    switch (opening.kind) {
      case "gone":
        wire.close();
        return failed("the peer went away before the handshake");
      case "other":
        if (begin === "implicit") await turnAway(wire, asciiOctets(NOT_TLS), this.#clock);
        wire.close();
        return failed("the peer speaks in clear where TLS was to begin");
      case "hello":
        if (!isTooOld(opening.hello)) break;
        await turnAway(wire, TOO_OLD, this.#clock);
        return { kind: "failed", reason: tooOld(opening.hello), quirk: "old-tls" };
      case "incomplete":
      case "broken":
        break; // TLS has its own answer to that.
    }
    await looked;
    return await this.#bridge(wire, first);
  }

  async reload(): Promise<void> {
    await this.#certificate.reload();
  }

  async close(): Promise<void> {
    await this.#certificate.close();
    await Promise.all(this.#ending);
  }

  async #bridge(wire: Wire, { opening, octets }: First): Promise<Handshake> {
    const hello = opening.kind === "hello" ? opening.hello : undefined;
    const pair = await this.#certificate.listener.connect().catch((error) => {
      wire.close();
      logger.error("no TLS", { peer: wire.peer, error: reasonOf(error) });
      return null;
    });
    if (pair === null) return failed("TLS failed on our side");
    const headStart = new HeadStart(hello !== undefined && hello.newest >= TLS_1_3);
    const bridge = new Bridge({ ...pair, wire, octets, headStart, clock: this.#clock });
    try {
      await pair.inner.handshake();
    } catch (error) {
      const { peerGone } = bridge;
      await this.#end(bridge.close(true));
      return failed(explainFailure({ error: reasonOf(error), hello, peerGone }));
    }
    bridge.hurry("first");
    const parts = { peer: wire.peer, inner: pair.inner, bridge };
    return { kind: "secure", wire: secureWire(parts, (over) => this.#end(over)) };
  }

  #end(over: Promise<void>): Promise<void> {
    this.#ending.add(over);
    return over.finally(() => this.#ending.delete(over));
  }
}

function failed(reason: string): Handshake {
  return { kind: "failed", reason };
}
